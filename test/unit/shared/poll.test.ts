import t from 'tap'
import { poll, retry } from '#shared/poll.ts'
import { manualClock } from '../manual-clock.ts'

t.test('polls until an answer is accepted, with pauses that double up to the maximum', async (t) => {
  const clock = manualClock()
  const asked: number[] = []
  const options = { timeoutMs: 10_000, pauseMs: { first: 100, longest: 300 }, clock }
  const outcome = await poll(
    () => {
      asked.push(clock.monotonicMs())
      return asked.length
    },
    (count) => count === 5,
    options
  )
  t.same(outcome, { done: true, answer: 5 })
  t.same(asked, [0, 100, 300, 600, 900])
})

t.test('ends with the last answer when the time is up, and begins no pause beyond it', async (t) => {
  const clock = manualClock()
  const never = { timeoutMs: 1000, pauseMs: 300, clock }
  t.same(
    await poll(
      () => clock.monotonicMs(),
      () => false,
      never
    ),
    { done: false, answer: 900 }
  )
  t.same(
    await poll(
      () => 'once',
      () => false,
      { ...never, timeoutMs: 0 }
    ),
    { done: false, answer: 'once' }
  )
})

t.test('ends with the reason of its signal', async (t) => {
  const gone = new AbortController()
  const asking = poll(
    () => gone.abort(new Error('gone')),
    () => false,
    {
      timeoutMs: 1000,
      pauseMs: 10,
      clock: manualClock(),
      signal: gone.signal
    }
  )
  await t.rejects(asking, { message: 'gone' })
})

t.test('work is done again while its error may pass, and its last error is thrown', async (t) => {
  const clock = manualClock()
  const options = { timeoutMs: 1000, pauseMs: 300, clock }
  let attempts = 0
  const failing = (until: number) => async () => {
    attempts += 1
    if (attempts < until) throw new Error(`attempt ${attempts}`)
    return attempts
  }
  t.equal(await retry(failing(3), () => true, options), 3)
  attempts = 0
  await t.rejects(
    retry(failing(99), () => true, options),
    { message: 'attempt 4' }
  )
  attempts = 0
  await t.rejects(
    retry(failing(99), (error) => !/2/.test(String(error)), options),
    { message: 'attempt 2' }
  )
})
