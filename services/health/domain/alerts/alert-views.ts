import type { HeldAlert } from '#shared/alertmanager/port.ts'
import type { Alert, NotifiedAlert } from '#shared/contracts/alerts.ts'
import { absoluteRunbook } from '#shared/runbooks/runbook-url.ts'

/** An alert that fires, as the events of this service report it. */
export interface FiringAlert {
  id: string
  alert: string
  severity: string
  summary: string
  source: 'alertmanager'
  labels: Record<string, string>
  startedAt: string
  serviceId: string
  instanceId: string
}

/** @param receivedAt ISO-8601 @param publicUrl where runbooks are served */
export function ofNotification(notified: NotifiedAlert, receivedAt: string, publicUrl: string): Alert {
  const { status, endsAt } = notified
  return {
    ...described(notified, publicUrl),
    status,
    endsAt: status === 'firing' ? null : endsAt,
    receivedAt,
    ...notSuppressed
  }
}

/** @param receivedAt ISO-8601 @param publicUrl where runbooks are served */
export function ofReading(held: HeldAlert, receivedAt: string, publicUrl: string): Alert {
  const { silencedBy, inhibitedBy } = held
  return { ...described(held, publicUrl), status: 'firing', endsAt: null, receivedAt, silencedBy, inhibitedBy }
}

const notSuppressed = { silencedBy: [], inhibitedBy: [] }

/** An alert that fired and no longer does. @param endsAt ISO-8601 */
export function ended(alert: Alert, endsAt: string): Alert {
  return { ...alert, status: 'resolved', endsAt, ...notSuppressed }
}

/** Whether Alertmanager holds the alert back. */
export function isSuppressed({ silencedBy, inhibitedBy }: Alert): boolean {
  return silencedBy.length > 0 || inhibitedBy.length > 0
}

function described(
  {
    fingerprint,
    labels,
    annotations,
    startsAt
  }: Pick<NotifiedAlert, 'fingerprint' | 'labels' | 'annotations' | 'startsAt'>,
  publicUrl: string
) {
  const runbook = annotations['runbook_url']
  return {
    fingerprint,
    name: labels['alertname'] ?? 'unnamed',
    severity: labels['severity'] ?? null,
    summary: annotations['summary'] ?? null,
    description: annotations['description'] ?? null,
    runbookUrl: runbook === undefined ? null : absoluteRunbook(publicUrl, runbook),
    labels,
    startsAt
  }
}

export function toFiring({ fingerprint, name, severity, summary, labels, startsAt }: Alert): FiringAlert {
  return {
    id: `alertmanager/${fingerprint}`,
    alert: name,
    severity: severity ?? 'none',
    summary: summary ?? name,
    source: 'alertmanager',
    labels,
    startedAt: startsAt,
    ...concerned(labels)
  }
}

/** The subject of an alert: the most specific thing that its labels name. */
function concerned(labels: Record<string, string>): Pick<FiringAlert, 'serviceId' | 'instanceId'> {
  const { broker, group, topic, node, cluster } = labels
  if (group !== undefined) return { serviceId: 'consumer-group', instanceId: group }
  if (topic !== undefined) return { serviceId: 'kafka-topic', instanceId: topic }
  if (broker !== undefined) return { serviceId: 'kafka', instanceId: broker }
  if (node !== undefined) return { serviceId: node.startsWith('zookeeper') ? 'zookeeper' : 'kafka', instanceId: node }
  return { serviceId: 'kafka-cluster', instanceId: cluster ?? 'unknown' }
}

const gravity = ['critical', 'warning', 'info']

/** Firing alerts, then inhibited or silenced ones, then resolved ones; each ordered by severity. */
export function byUrgency(a: Alert, b: Alert): number {
  return (
    stage(a) - stage(b) ||
    rank(a) - rank(b) ||
    Date.parse(b.startsAt) - Date.parse(a.startsAt) ||
    a.name.localeCompare(b.name)
  )
}

function stage(alert: Alert): number {
  if (alert.status === 'resolved') return 2
  return isSuppressed(alert) ? 1 : 0
}

function rank({ severity }: Alert): number {
  const place = gravity.indexOf(severity ?? '')
  return place === -1 ? gravity.length : place
}
