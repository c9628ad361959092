import t from 'tap'
import Value from 'typebox/value'
import { createRouter, type Router } from '#apps/load-balancer/domain/routing/router.ts'
import {
  AlertMessageSchema,
  HealthScoreMessageSchema,
  ServiceMetricsMessageSchema
} from '#shared/contracts/health-events.ts'
import { type HealthCheck, type RoutingDecision, RoutingDecisionSchema } from '#shared/contracts/load-balancer.ts'
import { reportOf } from './reports.ts'

const start = Date.parse('2024-01-15T10:30:00Z')
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString()
const instances = ['user-service-1', 'user-service-2', 'user-service-3']

/** A router that gets a report of each instance every ten seconds, and then ticks. */
function routing() {
  const router = createRouter({ intervalMs: 10_000 })
  let seconds = 0
  const written: ReturnType<Router['tick']> = []
  return {
    router,
    written,
    step(changed: Record<string, Parameters<typeof reportOf>[1] | null> = {}) {
      seconds += 10
      for (const id of instances) {
        const metrics = changed[id]
        if (metrics !== null) router.report(reportOf(id, metrics, at(seconds)))
      }
      const outputs = router.tick(start + seconds * 1000)
      written.push(...outputs)
      const [decision] = outputs.flatMap(({ topic, message }) => (topic === 'routing-decisions' ? [message] : []))
      const alerts = outputs.flatMap(({ topic, message }) =>
        topic === 'alerts' ? [`${message.state} ${message.alert} ${message.instanceId}`] : []
      )
      return { decision, alerts, outputs, now: at(seconds) }
    }
  }
}

const shares = (decision: RoutingDecision | undefined) =>
  decision?.instances.map(({ share }) => Math.round(share * 100))
const states = (decision: RoutingDecision | undefined) => decision?.instances.map(({ state }) => state).join(' ')

t.test('a new service is decided on once, and again only when something changes', async (t) => {
  const { step } = routing()
  const { decision, alerts } = step()
  t.same(shares(decision), [33, 33, 33])
  t.match(decision, { serviceId: 'user-service', algorithm: 'weighted', failOpen: false })
  t.match(decision?.reasons[0], /^user-service-1: new, share 33 %$/)
  t.same(alerts, [])
  t.equal(step().decision, undefined)
  t.equal(step({ 'user-service-2': { cpuUsage: 0.82 } }).decision, undefined, 'a little is not worth it')
})

t.test('an instance that fails loses its share, is alerted of, and comes back', async (t) => {
  const { step } = routing()
  step()
  const failing = step({ 'user-service-2': { errorRate: 0.5, rps: 10 } })
  t.same(shares(failing.decision), [50, 0, 50])
  t.equal(states(failing.decision), 'ACTIVE EJECTED ACTIVE')
  t.match(failing.decision?.reasons, [
    'user-service-1: share 33 % -> 50 %',
    /^user-service-2: share 33 % -> 0 % \(EJECTED, 50 % of the requests fail\)$/,
    /3/
  ])
  t.same(failing.alerts, ['FIRING instance_ejected user-service-2'])
  t.same(step({ 'user-service-2': { errorRate: 0.4, rps: 10 } }).alerts, [], 'once')
  const back = step()
  t.same(shares(back.decision), [33, 33, 33])
  t.same(back.alerts, ['RESOLVED instance_ejected user-service-2'])
})

t.test('a firing alert is repeated every minute', async (t) => {
  const { step } = routing()
  const heard = Array.from({ length: 8 }, () => step({ 'user-service-2': { errorRate: 0.5, rps: 1 } }).alerts.length)
  t.same(heard, [1, 0, 0, 0, 0, 0, 1, 0])
})

t.test(
  'an instance that has stopped to report gets nothing after three intervals, and is forgotten later',
  async (t) => {
    const { step } = routing()
    step()
    const silent = { 'user-service-3': null }
    t.equal(step(silent).decision, undefined)
    t.equal(step(silent).decision, undefined)
    t.equal(step(silent).decision, undefined)
    const { decision, alerts } = step(silent)
    t.equal(states(decision), 'ACTIVE ACTIVE SILENT')
    t.same(shares(decision), [50, 50, 0])
    t.same(alerts, ['FIRING instance_silent user-service-3'])
    let last = step(silent)
    for (let more = 0; more < 60 && !last.decision; more += 1) last = step(silent)
    t.same(last.decision?.reasons, ['user-service-3: gone'])
    t.same(last.alerts, ['RESOLVED instance_silent user-service-3'])
  }
)

t.test('when nobody is healthy all share the traffic, but for those that are drained', async (t) => {
  const { router, step } = routing()
  router.configure({ timestamp: at(0), serviceId: 'user-service', drained: { 'user-service-1': true } })
  step()
  const broken = { errorRate: 1 }
  const { decision, alerts } = step({ 'user-service-2': broken, 'user-service-3': broken })
  t.match(decision, { failOpen: true })
  t.same(shares(decision), [0, 50, 50])
  t.same(alerts.toSorted(), [
    'FIRING instance_ejected user-service-2',
    'FIRING instance_ejected user-service-3',
    'FIRING no_healthy_instance user-service',
    'FIRING service_error_rate user-service'
  ])
  t.match(step().decision, { failOpen: false })
})

t.test('config-updates are obeyed, each in what it names', async (t) => {
  const { router, step } = routing()
  step()
  router.configure({ timestamp: at(0), serviceId: 'user-service', weights: { 'user-service-1': 2 } })
  t.same(shares(step().decision), [50, 25, 25])
  router.configure({ timestamp: at(0), serviceId: 'user-service', drained: { 'user-service-2': true } })
  const drained = step()
  t.same(shares(drained.decision), [67, 0, 33])
  t.equal(states(drained.decision), 'ACTIVE DRAINED ACTIVE')
  t.same(drained.alerts, [], 'somebody wanted it')
  router.configure({ timestamp: at(0), serviceId: 'user-service', algorithm: 'peak_ewma' })
  t.match(step().decision, { algorithm: 'peak_ewma', reasons: ['algorithm weighted -> peak_ewma'] })
  router.configure({ timestamp: at(0), serviceId: 'user-service', drained: { 'user-service-2': false } })
  t.same(shares(step().decision), [50, 25, 25])
  router.configure({ timestamp: at(0), serviceId: 'order-service', algorithm: 'random' })
  t.equal(step().decision, undefined, 'another service')
})

t.test('a health check takes an instance out, the latest one counts, and an old one no longer does', async (t) => {
  const { router, step } = routing()
  step()
  const check = (status: HealthCheck['status'], seconds: number): void =>
    router.check({
      timestamp: at(seconds),
      serviceId: 'user-service',
      instanceId: 'user-service-1',
      status,
      checkType: 'HTTP'
    })
  check('UNHEALTHY', 12)
  check('HEALTHY', 11)
  const { decision } = step()
  t.same(shares(decision), [0, 50, 50])
  t.match(decision?.reasons[0], /its HTTP check says UNHEALTHY/)
  let last = step()
  for (let more = 0; more < 70 && !last.decision; more += 1) last = step()
  t.same(shares(last.decision), [33, 33, 33])
})

t.test('older reports change nothing, and a clock that is ahead keeps nobody alive', async (t) => {
  const { router, step } = routing()
  step()
  router.report(reportOf('user-service-1', { errorRate: 1 }, at(5)))
  t.equal(step({ 'user-service-1': null }).decision, undefined)
  router.report(reportOf('user-service-4', {}, at(100_000)))
  t.equal(step().decision, undefined)
})

t.test('everything that is written has its schema, and the key that keeps it in order', async (t) => {
  const { step, written } = routing()
  step()
  step({ 'user-service-2': { errorRate: 0.5 }, 'user-service-3': null })
  step({ 'user-service-1': { p95Latency: 900 }, 'user-service-3': null })
  const schemas = {
    'routing-decisions': RoutingDecisionSchema,
    'health-scores': HealthScoreMessageSchema,
    'metrics-aggregated': ServiceMetricsMessageSchema,
    alerts: AlertMessageSchema
  }
  t.same([...new Set(written.map(({ topic }) => topic))].sort(), Object.keys(schemas).sort())
  for (const { topic, key, message } of written) {
    t.ok(Value.Check(schemas[topic], message), JSON.stringify(message))
    t.equal(key, topic === 'routing-decisions' ? message.serviceId : 'instanceId' in message && message.instanceId)
  }
  const [aggregated] = written.flatMap(({ topic, message }) =>
    topic === 'metrics-aggregated' ? [message.metrics] : []
  )
  t.match(aggregated, {
    instances: 3,
    reports: 3,
    rps: 451.5,
    highestP95Latency: 45.2,
    errorRate: 0,
    activeConnections: 75
  })
})
