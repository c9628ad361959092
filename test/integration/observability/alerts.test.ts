// Runs alone: it stops a broker.
import t, { type Test } from 'tap'
import { buildApp as buildHealthApp } from '#services/health/app.ts'
import { loadConfig as loadHealthConfig } from '#services/health/config.ts'
import type { Alert, AlertList } from '#shared/contracts/alerts.ts'
import {
  agentUnderTest,
  alertmanagerUrl,
  bootstrapServers,
  definitionUnderTest,
  healthUrl,
  kafkaSettings,
  monitoringPasswordFile
} from '../support/under-test.ts'
import { alertmanagerAlerts, firingAlerts, notificationsReceived, seriesOf, shownAlerts, until } from './monitoring.ts'

const node = 'kafka-3'
/** health-service reads the cluster every 30 s, and the tests' rules wait 3 s. */
const deadlineMs = 75_000
const cause = 'KafkaBrokersUnhealthy'
/** The alerts caused by one dead broker of three. Other files may have left groups with their own alerts. */
const consequences = ['KafkaBrokerDown', 'KafkaBrokerMetricsAbsent', 'KafkaUnderReplicatedPartitions']
const expected = [...consequences, cause].sort()

const definition = await definitionUnderTest()
const agent = await agentUnderTest()
t.teardown(() => agent.close())

/** Names of alerts, sorted, each once. */
const names = (alerts: { labels: Record<string, string> }[]) =>
  [...new Set(alerts.map(({ labels }) => labels['alertname'] ?? ''))].sort()

const isExpected = ({ labels }: { labels: Record<string, string> }) => expected.includes(labels['alertname'] ?? '')

const isInhibited = (alerts: Alert[], wanted: string) =>
  alerts.some(({ name, inhibitedBy }) => name === wanted && inhibitedBy.length > 0)

/** A health-service that has just started, to which Alertmanager sends nothing, shows the same in its first answer. */
async function startedAgain(t: Test, expected: string[]): Promise<void> {
  const app = await buildHealthApp(
    loadHealthConfig({
      KOPS_LOG_LEVEL: 'silent',
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
      ...kafkaSettings,
      KOPS_ZOOKEEPER_SERVERS: process.env['KOPS_TEST_ZOOKEEPER_SERVERS'],
      KOPS_ALERTMANAGER_URL: alertmanagerUrl.replace('//', '//kops@'),
      KOPS_ALERTMANAGER_PASSWORD_FILE: monitoringPasswordFile
    })
  )
  t.teardown(() => app.close())
  const { alerts, warnings } = (await app.inject('/api/alerts')).json<AlertList>()
  t.same(
    names(alerts.filter((alert) => alert.status === 'firing' && isExpected(alert))),
    expected,
    'alerts survive a restart'
  )
  t.same(warnings, [])
}

t.test(
  'a stopped broker raises alerts that reach Alertmanager, and its return ends them',
  { timeout: 235_000 },
  async (t) => {
    const firingHere = async () => (await firingAlerts()).filter(isExpected)
    const before = await until(firingHere, (alerts) => alerts.length === 0, deadlineMs)
    t.same(names(before), [], 'nothing of it fires while all is well')
    t.teardown(() => agent.node(node, 'start'))
    const receivedBefore = await notificationsReceived()
    await agent.node(node, 'stop')

    const firing = await until(firingHere, (alerts) => names(alerts).length >= expected.length, deadlineMs)
    t.same(names(firing), expected, 'Prometheus shows them firing')
    const unhealthy = firing.find(({ labels }) => labels['alertname'] === cause)
    t.equal(unhealthy?.annotations['summary'], `Only 2 brokers of ${definition.name} are healthy`)
    t.match(unhealthy?.annotations['description'], /^2 brokers answer of 3, .* Down: kafka-3\./)
    for (const { labels } of firing) {
      const { alertname = '', broker } = labels
      if (/BrokerDown|MetricsAbsent/.test(alertname)) t.equal(broker, node, `${alertname} names the broker`)
    }

    const since = performance.now()
    const ofThis = async () =>
      (await shownAlerts(healthUrl)).alerts.filter((alert) => alert.status === 'firing' && isExpected(alert))
    const shown = await until(ofThis, (alerts) => consequences.every((name) => isInhibited(alerts, name)), 30_000)
    t.comment(
      `at GET /api/alerts ${Math.round(performance.now() - since)} ms after Prometheus was seen to fire them all`
    )
    t.match(shown, [
      { name: cause, severity: 'critical', endsAt: null, summary: unhealthy?.annotations['summary'], inhibitedBy: [] }
    ])
    for (const name of consequences) t.ok(isInhibited(shown, name), `${name} is shown, and marked as explained`)
    t.ok(shown.every(({ labels }) => labels['cluster'] === definition.name))
    t.equal(
      shown.find(({ name }) => name === 'KafkaBrokerMetricsAbsent')?.labels['node'],
      node,
      'node names the broker'
    )

    const received = await until(notificationsReceived, (count) => count > receivedBefore, 30_000)
    t.ok(received > receivedBefore, 'Alertmanager has notified the webhook')
    await startedAgain(t, names(shown))

    await agent.node(node, 'start')
    const after = await until(firingHere, (alerts) => alerts.length === 0, deadlineMs)
    t.same(names(after), [], 'none fires once it is back')
    const left = await until(
      async () => (await alertmanagerAlerts()).filter(isExpected),
      (alerts) => alerts.length === 0,
      60_000
    )
    t.same(names(left), [], 'Alertmanager knows that they ended')
    const over = await until(
      async () => (await shownAlerts(healthUrl)).alerts.filter(({ name }) => name === cause),
      (alerts) => alerts[0]?.status === 'resolved',
      deadlineMs
    )
    t.match(over, [{ status: 'resolved', endsAt: /^20/ }], 'and GET /api/alerts shows so')
    t.equal(await seriesOf('up{job="kafka"} == 1'), 3)
  }
)
