import t, { type Test } from 'tap'
import { clientOf } from '../../../cli/client.ts'
import { endpoints } from '../../../shared/client/endpoints.ts'
import { createAgentClient } from '../../../shared/cluster/agent/client.ts'
import { agentSocket, loadDefinition } from '../../../shared/cluster/definition.ts'
import { alertmanagerAlerts, healthUrl, shownAlerts, stateDir, until } from './monitoring.ts'
import { type Notification, openSinks } from './sinks.ts'

t.setTimeout(240_000)

const deadlineMs = 90_000
const sinks = ['webhook', 'slack', 'pagerduty', 'email'] as const

const definition = await loadDefinition(stateDir)
if (!definition) throw new Error(`${stateDir} has no cluster`)
const agent = createAgentClient(agentSocket(definition))
t.teardown(() => agent.close())
const client = clientOf(definition)

/** Sinks that were told of the broker: its alert names itself to some, its summary to others. */
const toldOf = (received: Notification[], wanted: RegExp) =>
  sinks.filter((sink) => received.some((each) => each.sink === sink && about.test(each.text) && wanted.test(each.text)))
const about = /Kafka(BrokerDown|BrokersUnhealthy)/

const firing = async () => (await shownAlerts(healthUrl)).alerts.filter(({ status }) => status === 'firing')
const isBroker = ({ name }: { name: string }) => about.test(name)

/** Nothing about brokers fires, and Alertmanager has forgotten what did. */
async function calm(): Promise<void> {
  const left = await until(
    async () => (await alertmanagerAlerts()).filter(({ labels }) => about.test(labels['alertname'] ?? '')),
    (alerts) => alerts.length === 0,
    deadlineMs
  )
  if (left.length > 0) throw new Error(`alerts go on: ${JSON.stringify(left)}`)
  const { status, reasons } = await until(
    () => client.call(endpoints.health, {}),
    ({ status }) => status === 'HEALTHY',
    deadlineMs
  )
  if (status !== 'HEALTHY') throw new Error(`the cluster does not recover: ${JSON.stringify(reasons)}`)
}

async function window(t: Test, durationSeconds: number) {
  const started = await client.call(endpoints.startMaintenance, {
    body: { durationSeconds, reason: 'rolling restart' }
  })
  const id = started.window.id ?? ''
  const end = () => client.call(endpoints.endMaintenance, { params: { id } }).catch(() => undefined)
  t.teardown(end)
  return { id, until: Date.parse(started.window.until), end }
}

t.test('a stopped broker reaches people by webhook, Slack, PagerDuty and e-mail, and so does its return', async (t) => {
  await calm()
  const received = await openSinks(t)
  t.teardown(() => agent.node('kafka-3', 'start'))
  await agent.node('kafka-3', 'stop')
  const fires = /CRITICAL\]|"status":"firing"|"event_action":"trigger"/
  t.same(
    await until(
      async () => toldOf(received, fires),
      (told) => told.length === sinks.length,
      deadlineMs
    ),
    sinks
  )
  for (const sink of sinks) {
    const text = received.find((each) => each.sink === sink && about.test(each.text))?.text ?? ''
    t.match(
      text.replaceAll('=\n', ''),
      /http:\/\/localhost:\d+\/runbooks\/kafka-broker/,
      `${sink} has the link to the runbook`
    )
  }
  await agent.node('kafka-3', 'start')
  const ends = /RESOLVED\]|"status":"resolved"|"event_action":"resolve"/
  t.same(
    await until(
      async () => toldOf(received, ends),
      (told) => told.length === sinks.length,
      deadlineMs
    ),
    sinks
  )
})

t.test('a rolling restart within a maintenance window notifies nobody', async (t) => {
  await calm()
  const received = await openSinks(t)
  const { id, end } = await window(t, 600)
  for (const node of ['kafka-1', 'kafka-2', 'kafka-3']) {
    t.teardown(() => agent.node(node, 'start'))
    await agent.node(node, 'stop')
    const alerts = await until(firing, (alerts) => alerts.some(isBroker), deadlineMs)
    const brokers = alerts.filter(isBroker)
    t.ok(brokers.length > 0, `${node}: alerts fire, and are shown`)
    t.ok(
      brokers.every(({ silencedBy }) => silencedBy.includes(id)),
      `${node}: marked as held back by the window`
    )
    const { status, maintenance } = await client.call(endpoints.health, {})
    t.not(status, 'HEALTHY', 'the status stays what it is')
    t.match(maintenance, [{ id, reason: 'rolling restart', what: 'every alert' }])
    await agent.node(node, 'start')
    await calm()
  }
  t.same(toldOf(received, /./), [], 'nobody was notified')
  await end()
})

t.test('a window ends by itself, and people are notified of what still fires', async (t) => {
  await calm()
  const received = await openSinks(t)
  t.teardown(() => agent.node('kafka-3', 'start'))
  const { until: over } = await window(t, 25)
  await agent.node('kafka-3', 'stop')
  await until(firing, (alerts) => alerts.some(isBroker), deadlineMs)
  const early = Date.now() < over
  if (early) t.same(toldOf(received, /./), [], 'nobody while it goes on')
  else t.comment('the machine was too slow to see the alert within the window')
  t.same(
    await until(
      async () => toldOf(received, /./),
      (told) => told.length === sinks.length,
      deadlineMs
    ),
    sinks
  )
  t.ok(Date.now() > over, 'not before the end')
  await agent.node('kafka-3', 'start')
  await calm()
})
