import t from 'tap'
import { createOffsetEstimate } from '#services/load-test/domain/load-workers/clock-offset.ts'

/** An exchange at a time of the worker's clock; the service holds its answer for 300 ms. */
function exchange({
  atMs = 0,
  offsetMs,
  thereMs,
  backMs
}: {
  atMs?: number
  offsetMs: number
  thereMs: number
  backMs: number
}) {
  const receivedMs = atMs + thereMs + offsetMs
  return { sentMs: atMs, receivedMs, answeredMs: receivedMs + 300, answerReceivedMs: atMs + thereMs + 300 + backMs }
}

t.test('the offset is exact when both ways take the same time, and never further off than half of both', async (t) => {
  const cases = [
    { offsetMs: 5000, thereMs: 4, backMs: 4, estimate: 5000, error: 4 },
    { offsetMs: -20, thereMs: 30, backMs: 2, estimate: -6, error: 16 },
    { offsetMs: 0, thereMs: 0, backMs: 10, estimate: -5, error: 5 }
  ]
  for (const { estimate, error, ...given } of cases) {
    const offset = createOffsetEstimate()
    offset.add(exchange(given))
    t.same(offset.current(), { offsetMs: estimate, errorMs: error })
    t.ok(Math.abs(estimate - given.offsetMs) <= error)
  }
})

t.test('the fastest exchange of the last minute counts', async (t) => {
  const offset = createOffsetEstimate()
  t.equal(offset.current(), null)
  offset.add(exchange({ atMs: 0, offsetMs: 100, thereMs: 1, backMs: 1 }))
  offset.add(exchange({ atMs: 1000, offsetMs: 101, thereMs: 9, backMs: 1 }))
  t.match(offset.current(), { errorMs: 1 })
  offset.add(exchange({ atMs: 70_000, offsetMs: 103, thereMs: 3, backMs: 3 }))
  t.same(offset.current(), { offsetMs: 103, errorMs: 3 }, 'clocks drift')
})

t.test('an answer that came before its question was sent counts for nothing: a clock was set', async (t) => {
  const offset = createOffsetEstimate()
  offset.add({ sentMs: 1000, receivedMs: 1000, answeredMs: 1010, answerReceivedMs: 500 })
  t.equal(offset.current(), null)
})
