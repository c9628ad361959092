import t from 'tap'
import { createAgentClient } from '../../../shared/cluster/agent/client.ts'
import { agentSocket, loadDefinition } from '../../../shared/cluster/definition.ts'
import { alertmanagerAlerts, firingAlerts, seriesOf, stateDir, until } from './monitoring.ts'

const node = 'kafka-3'
/** health-service reads the cluster every 30 s, and the tests' rules wait 3 s. */
const deadlineMs = 75_000
const expected = ['KafkaBrokerMetricsAbsent', 'KafkaBrokersUnhealthy', 'KafkaUnderReplicatedPartitions']

const definition = await loadDefinition(stateDir)
if (!definition) throw new Error(`${stateDir} has no cluster`)
const agent = createAgentClient(agentSocket(definition))
t.teardown(() => agent.close())

/** Names of alerts, sorted, each once. */
const names = (alerts: { labels: Record<string, string> }[]) =>
  [...new Set(alerts.map(({ labels }) => labels['alertname'] ?? ''))].sort()

t.test(
  'a stopped broker raises alerts that reach Alertmanager, and its return ends them',
  { timeout: 230_000 },
  async (t) => {
    const before = await until(firingAlerts, (alerts) => alerts.length === 0, deadlineMs)
    t.same(names(before), [], 'nothing fires while all is well')
    t.teardown(() => agent.node(node, 'start'))
    await agent.node(node, 'stop')

    const firing = await until(firingAlerts, (alerts) => names(alerts).length >= expected.length, deadlineMs)
    t.same(names(firing), expected, 'Prometheus shows them firing')
    const unhealthy = firing.find(({ labels }) => labels['alertname'] === 'KafkaBrokersUnhealthy')
    t.equal(unhealthy?.annotations['summary'], `Only 2 brokers of ${definition.name} are healthy`)
    t.match(unhealthy?.annotations['description'], '2 brokers answer of 3;')
    const absent = firing.filter(({ labels }) => labels['alertname'] === 'KafkaBrokerMetricsAbsent')
    t.same(
      absent.map(({ labels }) => labels['node']),
      [node]
    )

    const held = await until(
      alertmanagerAlerts,
      (alerts) => alerts.filter(({ status }) => status.state === 'suppressed').length >= 2,
      30_000
    )
    t.same(
      Object.fromEntries(held.map(({ labels, status }) => [labels['alertname'], status.state])),
      {
        KafkaBrokersUnhealthy: 'active',
        KafkaBrokerMetricsAbsent: 'suppressed',
        KafkaUnderReplicatedPartitions: 'suppressed'
      },
      'Alertmanager has them, and holds back what the dead broker explains'
    )
    t.ok(held.every(({ labels }) => labels['cluster'] === definition.name))

    await agent.node(node, 'start')
    const after = await until(firingAlerts, (alerts) => alerts.length === 0, deadlineMs)
    t.same(names(after), [], 'none fires once it is back')
    const left = await until(alertmanagerAlerts, (alerts) => alerts.length === 0, 30_000)
    t.same(names(left), [], 'Alertmanager knows that they ended')
    t.equal(await seriesOf('up{job="kafka"} == 1'), 3)
  }
)
