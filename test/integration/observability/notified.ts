import type { Test } from 'tap'
import { clientOf } from '#cli/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { agentUnderTest, definitionUnderTest, healthUrl } from '../support/under-test.ts'
import { alertmanagerAlerts, shownAlerts, until } from './monitoring.ts'
import type { Notification } from './sinks.ts'

/** A fault, its alert and its notification on a machine that is busy with other things. */
export const deadlineMs = 90_000
export const sinks = ['webhook', 'slack', 'pagerduty', 'email'] as const

export const agent = await agentUnderTest()
export const client = clientOf(await definitionUnderTest())

/** Sinks that were notified of a broker, in words that match. */
export const toldOf = (received: Notification[], wanted: RegExp) =>
  sinks.filter((sink) => received.some((each) => each.sink === sink && about.test(each.text) && wanted.test(each.text)))
export const about = /Kafka(BrokerDown|BrokersUnhealthy)/

export const firing = async () => (await shownAlerts(healthUrl)).alerts.filter(({ status }) => status === 'firing')
export const isBroker = ({ name }: { name: string }) => about.test(name)

/** Nothing about brokers fires, and Alertmanager and health-service have both forgotten what did. */
export async function calm(): Promise<void> {
  const left = await until(
    async () => (await alertmanagerAlerts()).filter(({ labels }) => about.test(labels['alertname'] ?? '')),
    (alerts) => alerts.length === 0,
    deadlineMs
  )
  if (left.length > 0) throw new Error(`alerts go on: ${JSON.stringify(left)}`)
  const shown = await until(firing, (alerts) => !alerts.some(isBroker), deadlineMs)
  if (shown.some(isBroker)) throw new Error(`alerts are still shown: ${JSON.stringify(shown)}`)
  const { status, reasons } = await until(
    () => client.call(endpoints.health, {}),
    ({ status }) => status === 'HEALTHY',
    deadlineMs
  )
  if (status !== 'HEALTHY') throw new Error(`the cluster does not recover: ${JSON.stringify(reasons)}`)
}

export async function window(t: Test, durationSeconds: number) {
  const started = await client.call(endpoints.startMaintenance, {
    body: { durationSeconds, reason: 'rolling restart' }
  })
  const id = started.window.id ?? ''
  const end = () => client.call(endpoints.endMaintenance, { params: { id } }).catch(() => undefined)
  t.teardown(end)
  return { id, until: Date.parse(started.window.until), end }
}
