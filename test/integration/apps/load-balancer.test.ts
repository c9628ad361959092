import t from 'tap'
import Value from 'typebox/value'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { AlertMessage } from '#shared/contracts/health-events.ts'
import { BalancedResponseSchema, type RoutingDecision } from '#shared/contracts/load-balancer.ts'
import { parseDeadLetter } from '#shared/streams/dead-letters/headers.ts'
import { kops, kopsJson } from '../cli/kops.ts'
import { eventually } from '../support/eventually.ts'
import {
  answersOf,
  createTopics,
  everyRecord,
  hears,
  messagesOf,
  runKops,
  startProcessor
} from './balancer-commands.ts'

t.setTimeout(180_000)
await createTopics()

const produce = (topic: string, message: object, key = 'test') =>
  kops(['messages', 'produce', topic, JSON.stringify(message), '--key', key])

t.test('requests are generated, balanced, answered once each, and monitored', async (t) => {
  const monitor = runKops(t, ['lb', 'monitor', '--topic', 'load-balancer-metrics'])
  const processor = await startProcessor(t, '--algorithm', 'least-connection')
  t.match(
    processor.stderr(),
    /Balancing load-balancer-requests by least_connection over servers of capacity \d+(, \d+){4}/
  )
  await hears('the monitor follows', monitor.stdout, /^=== Load Balancer Metrics Monitor ===\n\n/)

  const began = Date.now()
  const broken = produce('load-balancer-requests', { test: 'message' }, `broken-${began}`)
  const { code, stdout } = await kops(['lb', 'generate', '--num-requests', '200', '--rate', '100.0', '--json'])
  t.equal(code, 0)
  const generated = JSON.parse(stdout)
  t.match(generated, { topic: 'load-balancer-requests', requests: 200, acknowledged: 200 })
  const answers = await eventually(
    'every request is answered',
    () => answersOf(generated),
    (counts) => counts.every(Boolean)
  )
  t.equal(answers.length, 200)
  t.ok(
    answers.every((count) => count === 1),
    'once each'
  )
  t.ok(Value.Check(BalancedResponseSchema, (await messagesOf('load-balancer-responses')).at(-1)))

  t.equal((await broken).code, 0)
  const letters = await eventually(
    'the broken request is a dead letter',
    async () =>
      (await everyRecord('load-balancer-requests.dlq')).filter(({ key }) => String(key) === `broken-${began}`),
    ({ length }) => length > 0
  )
  t.match(parseDeadLetter(letters[0]?.headers ?? []), {
    ...{ topic: 'load-balancer-requests', group: 'load-balancer-group', message: /request_id is required/ }
  })

  const drain = {
    timestamp: new Date().toISOString(),
    serviceId: 'load-balancing-simulator',
    drained: { 'server-1': true }
  }
  t.equal((await produce('config-updates', drain)).code, 0)
  await hears('the processor obeys', processor.stderr, /config-updates: server-1 is drained/)
  t.equal((await produce('config-updates', { ...drain, drained: { 'server-1': false } })).code, 0)

  await hears(
    'the monitor prints what was answered',
    monitor.stdout,
    /Global Metrics:\n {2}Total Requests: 200\n {2}Success: {2}\d+\n/
  )
  t.match(monitor.stdout(), /\n--- Metrics Update at \d{4}-\d\d-\d\d [\d:.]+ ---\nAlgorithm: least_connection\n/)
  t.equal(await monitor.end('SIGINT'), 130)
  t.match(monitor.stdout(), /\nMonitoring stopped\n$/)

  t.equal(await processor.end('SIGINT'), 130)
  t.match(processor.stdout(), /^200 requests answered in \d+ batches, 1 dead letters$/m)
  const group = await kopsJson(endpoints.describeGroup, ['groups', 'describe', 'load-balancer-group'])
  t.match(group, { state: 'Empty', lag: 0 }, 'it has committed everything, and left')
})

t.test(
  'reports of services become scores, decisions and alerts; config-updates are obeyed while it runs',
  async (t) => {
    const serviceId = `user-service-${Date.now().toString(36)}`
    const report = (nth: number, errorRate: number) =>
      produce(
        'service-metrics',
        {
          timestamp: new Date().toISOString(),
          ...{ serviceId, instanceId: `${serviceId}-${nth}` },
          metrics: { rps: 10, p95Latency: 45.2, errorRate, activeConnections: 5, cpuUsage: 0.3, memoryUsage: 0.4 },
          tags: { environment: 'test' }
        },
        serviceId
      )
    const router = runKops(t, ['lb', 'route', '--interval', '2s'])
    await hears('the router has joined', router.stderr, /has given partitions \d/, 40_000)
    await Promise.all([report(1, 0), report(2, 0.5), produce('service-metrics', { test: 'message' }, serviceId)])
    const decisionWith = (what: string, enough: (decision: RoutingDecision) => boolean) =>
      eventually(
        what,
        async () =>
          (await messagesOf<RoutingDecision>('routing-decisions')).findLast((each) => each.serviceId === serviceId),
        (decision) => decision !== undefined && enough(decision)
      )
    const first = await decisionWith('the failing instance is ejected', ({ instances }) =>
      instances.some(({ state }) => state === 'EJECTED')
    )
    t.match(
      first?.instances.map(({ share }) => share),
      [1, 0]
    )
    const alerts = await messagesOf<AlertMessage>('alerts')
    t.ok(
      alerts.some(
        ({ alert, instanceId, state }) =>
          alert === 'instance_ejected' && instanceId === `${serviceId}-2` && state === 'FIRING'
      )
    )
    const letters = await everyRecord('service-metrics.dlq')
    t.equal(letters.filter(({ key }) => String(key) === serviceId).length, 1)

    const update = {
      timestamp: new Date().toISOString(),
      serviceId,
      algorithm: 'peak_ewma',
      drained: { [`${serviceId}-1`]: true }
    }
    await Promise.all([produce('config-updates', update, serviceId), report(1, 0), report(2, 0)])
    const drained = await decisionWith('the other instance is drained', ({ algorithm }) => algorithm === 'peak_ewma')
    t.match(drained?.instances, [{ state: 'DRAINED', share: 0 }, { share: 1 }])
    t.equal(await router.end('SIGTERM'), 143)
  }
)

t.test('what cannot work is named', async (t) => {
  t.match(await kops(['lb', 'monitor', '--topic', 'test-no-such-topic']), {
    code: 1,
    stderr: /test-no-such-topic does not exist; this creates it: kops topics create test-no-such-topic/
  })
})
