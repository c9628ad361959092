import t from 'tap'
import Value from 'typebox/value'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { AlertMessage } from '#shared/contracts/health-events.ts'
import { BalancedResponseSchema, type RoutingDecision } from '#shared/contracts/load-balancer.ts'
import { parseDeadLetter } from '#shared/streams/dead-letters/headers.ts'
import { kops, kopsJson, startKopsOnTerminal } from '../cli/kops.ts'
import { eventually } from '../support/eventually.ts'
import {
  answersOf,
  createTopics,
  everyRecord,
  hears,
  messagesOf,
  produce,
  runKops,
  startMember
} from './balancer-commands.ts'

t.setTimeout(180_000)
await createTopics()
// All at once: most of the time of a test is that of starting commands.
const monitor = runKops(t, ['lb', 'monitor', '--topic', 'load-balancer-metrics'])
const live = startKopsOnTerminal(['lb', 'monitor', '--live'], 100)
t.teardown(() => live.kill('SIGKILL'))
let page = ''
live.stdout.setEncoding('utf8').on('data', (text: string) => {
  page += text
})
const missing = kops(['lb', 'monitor', '--topic', 'test-no-such-topic'])
const [processor, router] = await Promise.all([
  startMember(t, 'process', '--algorithm', 'least-connection', '--report'),
  startMember(t, 'route', '--interval', '2s'),
  hears('the monitor follows', monitor.stdout, /^=== Load Balancer Metrics Monitor ===\n\n/, 60_000)
])

t.test('requests are generated, balanced, answered once each, and monitored', async (t) => {
  t.match(processor.stderr(), /by least_connection over servers of capacity \d+(, \d+){4}/)
  const key = `broken-${Date.now()}`
  await produce('load-balancer-requests', { test: 'message' }, key)
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
  const letters = await eventually(
    'the broken request is a dead letter',
    async () => (await everyRecord('load-balancer-requests.dlq')).filter((letter) => String(letter.key) === key),
    ({ length }) => length > 0
  )
  const cause = { topic: 'load-balancer-requests', group: 'load-balancer-group', message: /request_id is required/ }
  t.match(parseDeadLetter(letters[0]?.headers ?? []), cause)

  const serviceId = 'load-balancing-simulator'
  const update = { timestamp: new Date().toISOString(), serviceId }
  await produce('config-updates', { ...update, drained: { 'server-1': true } }, serviceId)
  await hears('the processor obeys', processor.stderr, /config-updates: server-1 is drained/)
  await produce('config-updates', { ...update, drained: { 'server-1': false } }, serviceId)

  const printed = /Global Metrics:\n {2}Total Requests: 200\n {2}Success: {2}\d+\n/
  await hears('the monitor prints what was answered', monitor.stdout, printed)
  t.match(monitor.stdout(), /\n--- Metrics Update at \d{4}-\d\d-\d\d [\d:.]+ ---\nAlgorithm: least_connection\n/)
  await hears('the live page shows it', () => page, /200 requests, \d+ answered[\s\S]*server-4 +\d+ +[#.]{20}/)
  const decisions = await eventually(
    'the router knows the servers',
    async () => (await messagesOf<RoutingDecision>('routing-decisions')).filter((each) => each.serviceId === serviceId),
    ({ length }) => length > 0
  )
  t.equal(decisions.at(-1)?.instances.length, 5)
  t.equal(await monitor.end('SIGINT'), 130)
  t.match(monitor.stdout(), /\nMonitoring stopped\n$/)
  t.equal(await processor.end('SIGINT'), 130)
  t.match(processor.stdout(), /^200 requests answered in \d+ batches, 1 dead letters$/m)
  const group = await kopsJson(endpoints.describeGroup, ['groups', 'describe', 'load-balancer-group'])
  t.match(group, { state: 'Empty', lag: 0 }, 'it has committed everything, and left')
  t.match(await missing, {
    code: 1,
    stderr: /test-no-such-topic does not exist.* kops topics create test-no-such-topic/
  })
})

t.test('reports become scores, decisions and alerts; config-updates are obeyed meanwhile', async (t) => {
  const serviceId = `user-service-${Date.now().toString(36)}`
  const [one, two] = [`${serviceId}-1`, `${serviceId}-2`]
  const report = (instanceId: string, errorRate: number) =>
    produce(
      'service-metrics',
      {
        ...{ timestamp: new Date().toISOString(), serviceId, instanceId },
        metrics: { rps: 10, p95Latency: 45.2, errorRate, activeConnections: 5, cpuUsage: 0.3, memoryUsage: 0.4 },
        tags: { environment: 'test' }
      },
      serviceId
    )
  const decisionWith = (what: string, enough: (decision: RoutingDecision) => boolean) =>
    eventually(
      what,
      async () =>
        (await messagesOf<RoutingDecision>('routing-decisions')).findLast((each) => each.serviceId === serviceId),
      (decision) => decision !== undefined && enough(decision)
    )

  await Promise.all([report(one, 0), report(two, 0.5), produce('service-metrics', { test: 'message' }, serviceId)])
  const first = await decisionWith('the failing instance is ejected', ({ instances }) =>
    instances.some(({ state }) => state === 'EJECTED')
  )
  t.same(
    first?.instances.map(({ instanceId, share }) => [instanceId, share]),
    [
      [one, 1],
      [two, 0]
    ]
  )
  const isAlert = ({ alert, instanceId, state }: AlertMessage) =>
    alert === 'instance_ejected' && instanceId === two && state === 'FIRING'
  await eventually(
    'it is alerted of',
    () => messagesOf<AlertMessage>('alerts'),
    (alerts) => alerts.some(isAlert)
  )
  const letters = await everyRecord('service-metrics.dlq')
  t.equal(letters.filter(({ key }) => String(key) === serviceId).length, 1)

  const update = { timestamp: new Date().toISOString(), serviceId, algorithm: 'peak_ewma', drained: { [one]: true } }
  await Promise.all([produce('config-updates', update, serviceId), report(one, 0), report(two, 0)])
  const drained = await decisionWith('the other instance is drained', ({ algorithm }) => algorithm === 'peak_ewma')
  t.match(drained?.instances, [{ state: 'DRAINED', share: 0 }, { share: 1 }])
  t.equal(await router.end('SIGTERM'), 143)
})
