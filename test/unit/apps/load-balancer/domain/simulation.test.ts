import fc from 'fast-check'
import t from 'tap'
import Value from 'typebox/value'
import { createSimulation, type SimulationOptions, serversOf } from '#apps/load-balancer/domain/simulation.ts'
import { algorithmNames, BalancedResponseSchema, BalancerMetricsSchema } from '#shared/contracts/load-balancer.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { requestAt } from '../requests.ts'

const later = Number.POSITIVE_INFINITY

function simulate(servers: SimulationOptions['servers'], options: Partial<SimulationOptions> = {}) {
  return createSimulation({ servers, algorithm: 'round_robin', random: createRandom(1), ...options })
}

t.test('a server works on one request after the other, capacity units of work a second', async (t) => {
  const simulation = simulate([{ capacity: 10 }])
  const rows = [
    { at: 0, work: 5, response: 0.5 },
    { at: 0.1, work: 2, response: 0.6 },
    { at: 0.7, work: 1, response: 0.1 },
    { at: 5, work: 10, response: 1 }
  ]
  for (const { at, work, response } of rows) {
    const answer = simulation.handle(requestAt(at, work), later)
    t.match(answer, { status: 'success', server_id: 0 })
    t.ok(Math.abs(answer.response_time - response) < 1e-9, `${answer.response_time} is ${response}`)
    t.ok(Math.abs(answer.timestamp - at - response) < 1e-9)
    t.ok(Value.Check(BalancedResponseSchema, answer))
  }
})

t.test('more than a second of work waits for nobody: it is refused at once', async (t) => {
  const simulation = simulate([{ capacity: 10 }])
  t.match(simulation.handle(requestAt(0, 6), later), { status: 'success' })
  t.match(simulation.handle(requestAt(0, 5), later), { status: 'failed', server_id: 0, response_time: 0, timestamp: 0 })
  t.match(simulation.handle(requestAt(0, 4), later), { status: 'success' })
  t.match(simulation.handle(requestAt(2, 500), later), { status: 'success' }, 'an idle server takes a larger one')
})

t.test('a slow server takes longer than its capacity promises', async (t) => {
  const simulation = simulate([{ capacity: 10, slowness: 10 }])
  t.equal(simulation.handle(requestAt(0, 5), later).response_time, 5)
})

t.test('a request never arrives before an earlier one, nor after now', async (t) => {
  const simulation = simulate([{ capacity: 10 }])
  t.equal(simulation.handle(requestAt(100, 1), 50).timestamp, 50.1, 'a clock that is ahead')
  t.equal(simulation.handle(requestAt(10, 1), 51).timestamp, 50.2, 'a late one')
})

t.test('changes apply to the next request; unknown servers are named', async (t) => {
  const simulation = simulate([{ capacity: 10 }, { capacity: 10 }])
  const next = () => simulation.handle(requestAt(0, 0.1), later).server_id
  t.same([next(), next()], [0, 1])
  t.same(simulation.change({ drained: { 'server-0': true } }), [])
  t.same([next(), next(), next()], [1, 1, 1])
  t.same(simulation.change({ drained: { 'server-0': false }, weights: { 'server-1': 0, 'user-service-1': 3 } }), [
    'user-service-1'
  ])
  t.same([next(), next()], [0, 0])
  simulation.change({ algorithm: 'weighted', weights: { 'server-0': 1, 'server-1': 3 } })
  t.same([next(), next(), next(), next()], [1, 0, 1, 1])
  t.equal(simulation.metrics(0).algorithm, 'weighted')
  simulation.change({ drained: { 'server-0': true, 'server-1': true } })
  t.match(simulation.handle(requestAt(0, 0.1), later), { status: 'failed', server_id: null })
})

t.test('metrics are those of the last arrival, or of a later time', async (t) => {
  const simulation = simulate([{ capacity: 10 }, { capacity: 20 }])
  for (const at of [0, 0, 1]) simulation.handle(requestAt(at, 5), later)
  const metrics = simulation.metrics(123.5)
  t.ok(Value.Check(BalancerMetricsSchema, metrics))
  t.match(metrics, {
    timestamp: 123.5,
    algorithm: 'round_robin',
    global_metrics: { total_requests: 3, successful_requests: 2, failed_requests: 0, throughput: 3 },
    server_metrics: [
      { server_id: 0, capacity: 10, current_load: 5, load_percentage: 50, total_requests: 2, active_connections: 1 },
      { server_id: 1, current_load: 0, total_requests: 1, average_response_time: 0.25, active_connections: 0 }
    ]
  })
  t.match(simulation.metrics(124, 1.25).server_metrics[0], { current_load: 2.5, active_connections: 1 })
  t.match(simulation.metrics(125, 30), {
    global_metrics: { total_requests: 3, successful_requests: 3, throughput: 0 },
    server_metrics: [{ current_load: 0, active_connections: 0, average_response_time: 0.5 }, {}]
  })
})

const work = fc.array(
  fc.record({ gap: fc.double({ min: 0, max: 2, noNaN: true }), work: fc.double({ min: 0.1, max: 90, noNaN: true }) }),
  {
    maxLength: 200
  }
)

t.test('whatever arrives: each request is answered once, and a server never does more than it can', async (t) => {
  fc.assert(
    fc.property(work, fc.constantFrom(...algorithmNames), fc.nat(), (list, algorithm, seed) => {
      const servers = serversOf({ servers: 3, seed })
      const simulation = simulate(servers, { algorithm, random: createRandom(seed) })
      const done = servers.map(() => ({ work: 0, until: 0, busySince: 0 }))
      let at = 0
      let failed = 0
      for (const [id, { gap, work }] of list.entries()) {
        at += gap
        const answer = simulation.handle({ ...requestAt(at, work), request_id: id }, later)
        if (answer.request_id !== id) return false
        if (answer.status === 'failed') failed += 1
        const server = answer.status === 'success' && answer.server_id !== null ? done[answer.server_id] : undefined
        if (!server) continue
        // Answers of a server come in the order of the arrivals, and take at least their own work.
        const least = work / (servers[answer.server_id ?? 0]?.capacity ?? 1)
        if (answer.timestamp < server.until || answer.response_time < least - 1e-9) return false
        server.until = answer.timestamp
      }
      const { global_metrics: all, server_metrics } = simulation.metrics(at, at + 1000)
      const sent = server_metrics.reduce((sum, { total_requests }) => sum + total_requests, 0)
      return (
        all.total_requests === list.length &&
        all.failed_requests === failed &&
        all.successful_requests === list.length - failed &&
        sent === list.length &&
        server_metrics.every(({ active_connections, current_load }) => active_connections === 0 && current_load === 0)
      )
    })
  )
  t.pass()
})

t.test('the same seed gives the same servers, in the range of the simulator', async (t) => {
  const servers = serversOf({ servers: 200, seed: 7, slowness: { 1: 10 } })
  t.ok(servers.every(({ capacity }) => Number.isInteger(capacity) && capacity >= 50 && capacity <= 100))
  t.same(
    serversOf({ servers: 5, seed: 7 }).map(({ capacity }) => capacity),
    servers.slice(0, 5).map(({ capacity }) => capacity)
  )
  t.notSame(serversOf({ servers: 5, seed: 8 }), serversOf({ servers: 5, seed: 7 }))
  t.equal(servers[1]?.slowness, 10)
})
