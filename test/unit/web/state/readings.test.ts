import t, { type Test } from 'tap'
import type { Call } from '../../../../web/api/call.ts'
import { CallFailed, ownProblem } from '../../../../web/api/problem.ts'
import { createReadings } from '../../../../web/state/readings.ts'

function build(t: Test, answer: (count: number) => unknown) {
  const made: string[] = []
  const call = (async (route: string, parts: unknown) => {
    made.push(`${route} ${JSON.stringify(parts)}`)
    return answer(made.length)
  }) as unknown as Call
  let at = 1000
  const readings = createReadings({ call, now: () => at, isVisible: () => true })
  t.teardown(() => readings.clear())
  return { made, readings, wait: (ms: number) => (at += ms) }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

t.test('several that show one answer share its calls, and going back reads nothing that is new enough', async (t) => {
  const { made, readings, wait } = build(t, (count) => ({ count }))
  const ends = [readings.watch('GET /api/brokers', {}, 5000), readings.watch('GET /api/brokers', {}, 5000)]
  await settled()
  t.equal(made.length, 1)
  t.match(readings.of('GET /api/brokers', {}).reading.value, {
    value: { count: 1 },
    receivedAt: 1000,
    problem: undefined
  })
  for (const end of ends) end()
  wait(2000)
  readings.watch('GET /api/brokers', {}, 5000)()
  t.equal(made.length, 1)
  wait(1000)
  readings.watch('GET /api/brokers', {}, 5000)()
  await settled()
  t.equal(made.length, 2)
})

t.test('what was read stays when a later call fails, with the problem and its own time', async (t) => {
  const problem = ownProblem('x', 'X', 'x')
  const { readings, wait } = build(t, (count) => {
    if (count > 1) throw new CallFailed(problem)
    return { count }
  })
  const { reading, refresh } = readings.of('GET /api/brokers', {})
  await refresh()
  wait(500)
  await refresh()
  t.match(reading.value, { value: { count: 1 }, receivedAt: 1000, problem, loading: false })
})

t.test('a refresh reads again what is shown and begins with a path', async (t) => {
  const { made, readings } = build(t, () => ({}))
  readings.watch('GET /api/brokers', {}, 5000)
  const end = readings.watch('GET /api/health', {}, 5000)
  await settled()
  readings.refresh('/api/health')
  await settled()
  t.equal(made.length, 3)
  end()
  readings.refresh('/api/health')
  readings.refresh()
  await settled()
  t.equal(made.length, 4)
})

t.test('different queries are different answers', async (t) => {
  const { made, readings } = build(t, () => ({}))
  await readings.of('GET /api/topics', { query: { name: 'a' } }).refresh()
  await readings.of('GET /api/topics', { query: { name: 'b' } }).refresh()
  t.same(made, ['GET /api/topics {"query":{"name":"a"}}', 'GET /api/topics {"query":{"name":"b"}}'])
})
