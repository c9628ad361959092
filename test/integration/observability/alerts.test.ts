import t from 'tap'
import { createAgentClient } from '../../../shared/cluster/agent/client.ts'
import { agentSocket, loadDefinition } from '../../../shared/cluster/definition.ts'
import { alertmanagerAlerts, firingAlerts, seriesOf, stateDir, toldAlerts, until } from './monitoring.ts'

const node = 'kafka-3'
/** health-service reads the cluster every 30 s, and the tests' rules wait 3 s. */
const deadlineMs = 75_000
const cause = 'KafkaBrokersUnhealthy'
/** What one dead broker of three leads to. Other files may have left groups behind that have alerts of their own. */
const consequences = ['KafkaBrokerDown', 'KafkaBrokerMetricsAbsent', 'KafkaUnderReplicatedPartitions']
const expected = [...consequences, cause].sort()

const definition = await loadDefinition(stateDir)
if (!definition) throw new Error(`${stateDir} has no cluster`)
const agent = createAgentClient(agentSocket(definition))
t.teardown(() => agent.close())

/** Names of alerts, sorted, each once. */
const names = (alerts: { labels: Record<string, string> }[]) =>
  [...new Set(alerts.map(({ labels }) => labels['alertname'] ?? ''))].sort()

const isExpected = ({ labels }: { labels: Record<string, string> }) => expected.includes(labels['alertname'] ?? '')

t.test(
  'a stopped broker raises alerts that reach Alertmanager, and its return ends them',
  { timeout: 235_000 },
  async (t) => {
    const firingHere = async () => (await firingAlerts()).filter(isExpected)
    const before = await until(firingHere, (alerts) => alerts.length === 0, deadlineMs)
    t.same(names(before), [], 'nothing of it fires while all is well')
    t.teardown(() => agent.node(node, 'start'))
    await agent.node(node, 'stop')

    const firing = await until(firingHere, (alerts) => names(alerts).length >= expected.length, deadlineMs)
    t.same(names(firing), expected, 'Prometheus shows them firing')
    const unhealthy = firing.find(({ labels }) => labels['alertname'] === cause)
    t.equal(unhealthy?.annotations['summary'], `Only 2 brokers of ${definition.name} are healthy`)
    t.match(unhealthy?.annotations['description'], /^2 brokers answer of 3; .* Down: kafka-3\./)
    for (const { labels } of firing) {
      const { alertname = '', broker } = labels
      if (/BrokerDown|MetricsAbsent/.test(alertname)) t.equal(broker, node, `${alertname} names the broker`)
    }

    const held = await until(
      async () => (await alertmanagerAlerts()).filter(isExpected),
      (alerts) => alerts.filter(({ status }) => status.state === 'suppressed').length >= consequences.length,
      30_000
    )
    t.same(
      Object.fromEntries(held.map(({ labels, status }) => [labels['alertname'], status.state])),
      { [cause]: 'active', ...Object.fromEntries(consequences.map((name) => [name, 'suppressed'])) },
      'Alertmanager has them, and holds back what the dead broker explains'
    )
    t.ok(held.every(({ labels }) => labels['cluster'] === definition.name))

    const isTold = (status: string) => async () =>
      (await toldAlerts()).alerts.filter((alert) => alert.name === cause && alert.status === status)
    const told = await until(isTold('firing'), (alerts) => alerts.length > 0, deadlineMs)
    t.match(told, [{ name: cause, severity: 'critical', endsAt: null, summary: unhealthy?.annotations['summary'] }])

    await agent.node(node, 'start')
    const after = await until(firingHere, (alerts) => alerts.length === 0, deadlineMs)
    t.same(names(after), [], 'none fires once it is back')
    const left = await until(
      async () => (await alertmanagerAlerts()).filter(isExpected),
      (alerts) => alerts.length === 0,
      60_000
    )
    t.same(names(left), [], 'Alertmanager knows that they ended')
    const over = await until(isTold('resolved'), (alerts) => alerts.length > 0, deadlineMs)
    t.equal(over.length, 1, 'and health-service was told so')
    t.ok(over[0]?.endsAt)
    t.equal(await seriesOf('up{job="kafka"} == 1'), 3)
  }
)
