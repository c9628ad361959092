import type {
  Alert,
  AlertList,
  AlertNotification,
  AlertQuery,
  AlertReceipt,
  NotifiedAlert
} from '../../../../shared/contracts/alerts.ts'
import type { Warning } from '../../../../shared/contracts/common.ts'
import type { Clock } from '../clock.ts'

/** An alert that fires, as those who watch are told of it. */
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

/** The alerts that Alertmanager has told of, in memory. It tells all that fire again every minute: see alertmanager.yml. */
export interface AlertBook {
  /** Takes a notification up. The same one again changes nothing but the time at which it was heard. */
  receive(notification: AlertNotification): AlertReceipt
  list(query?: AlertQuery): AlertList
  /** Those that fire. */
  current(): FiringAlert[]
  /** Calls the listener whenever something was told or forgotten. Returns what ends that. */
  subscribe(listener: () => void): () => void
  /** Forgets what is over, and what has not been told of for so long that it cannot be said to fire. */
  forget(): void
}

export interface AlertBookOptions {
  clock: Pick<Clock, 'now' | 'monotonicMs'>
  /** Alerts that are kept at most; resolved ones make room for those that fire. */
  capacity?: number
  /** A firing alert of which nothing was heard for so long is forgotten: several renewals have not come. */
  renewalMs?: number
  /** So long a resolved alert is told. */
  resolvedMs?: number
}

interface Entry {
  alert: Alert
  heardAtMs: number
}

export function createAlertBook({
  clock,
  capacity = 1000,
  renewalMs = 5 * 60_000,
  resolvedMs = 60 * 60_000
}: AlertBookOptions): AlertBook {
  /** By fingerprint, the one heard last at the end. */
  const entries = new Map<string, Entry>()
  const listeners = new Set<() => void>()
  let lastHeard: Date | null = null
  let leftOut: Warning | undefined

  const isOver = ({ alert, heardAtMs }: Entry) =>
    clock.monotonicMs() - heardAtMs > (alert.status === 'firing' ? renewalMs : resolvedMs)

  function forget(): void {
    const over = Array.from(entries.values()).filter(isOver)
    for (const { alert } of over) entries.delete(alert.fingerprint)
    if (over.some(({ alert }) => alert.status === 'firing')) tell()
  }

  function tell(): void {
    for (const listener of listeners) listener()
  }

  /** Whether there is room for one more, made by the resolved one that was heard of longest ago if need be. */
  function makeRoom(): boolean {
    if (entries.size < capacity) return true
    for (const [fingerprint, { alert }] of entries) {
      if (alert.status === 'resolved') return entries.delete(fingerprint)
    }
    return false
  }

  return {
    forget,

    receive({ alerts, truncatedAlerts = 0 }) {
      forget()
      const now = clock.now()
      lastHeard = now
      let dropped = truncatedAlerts
      for (const notified of alerts) {
        entries.delete(notified.fingerprint)
        if (!makeRoom()) {
          dropped += 1
          continue
        }
        const alert = toAlert(notified, now.toISOString())
        entries.set(alert.fingerprint, { alert, heardAtMs: clock.monotonicMs() })
      }
      leftOut = dropped === 0 ? undefined : tooMany(dropped)
      tell()
      const of = (status: Alert['status']) => alerts.filter((alert) => alert.status === status).length
      return { firing: of('firing'), resolved: of('resolved'), dropped, asOf: now.toISOString() }
    },

    list({ status, severity } = {}) {
      forget()
      const alerts = Array.from(entries.values(), ({ alert }) => alert)
        .filter((alert) => status === undefined || alert.status === status)
        .filter((alert) => severity === undefined || alert.severity === severity)
        .sort(byUrgency)
      const warnings = [...(lastHeard ? [] : [neverHeard]), ...(leftOut ? [leftOut] : [])]
      return { alerts, asOf: lastHeard?.toISOString() ?? null, warnings }
    },

    current() {
      forget()
      return Array.from(entries.values(), ({ alert }) => alert)
        .filter(({ status }) => status === 'firing')
        .map(toFiring)
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }
}

const neverHeard: Warning = {
  code: 'alerts_never_received',
  message: 'Alertmanager has told nothing since this service started: nothing fires, or it does not reach this service',
  target: 'alertmanager'
}

function tooMany(count: number): Warning {
  return {
    code: 'alerts_left_out',
    message: `${count} alerts of the last notification are not kept: they are too many`
  }
}

function toAlert({ fingerprint, status, labels, annotations, startsAt, endsAt }: NotifiedAlert, at: string): Alert {
  return {
    fingerprint,
    name: labels['alertname'] ?? 'unnamed',
    status,
    severity: labels['severity'] ?? null,
    summary: annotations['summary'] ?? null,
    description: annotations['description'] ?? null,
    runbookUrl: annotations['runbook_url'] ?? null,
    labels,
    startsAt,
    endsAt: status === 'firing' ? null : endsAt,
    receivedAt: at
  }
}

function toFiring({ fingerprint, name, severity, summary, labels, startsAt }: Alert): FiringAlert {
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

/** What an alert is about: the narrowest thing that its labels name. */
function concerned(labels: Record<string, string>): Pick<FiringAlert, 'serviceId' | 'instanceId'> {
  const { broker, group, topic, node, cluster } = labels
  if (group !== undefined) return { serviceId: 'consumer-group', instanceId: group }
  if (topic !== undefined) return { serviceId: 'kafka-topic', instanceId: topic }
  if (broker !== undefined) return { serviceId: 'kafka', instanceId: broker }
  if (node !== undefined) return { serviceId: node.startsWith('zookeeper') ? 'zookeeper' : 'kafka', instanceId: node }
  return { serviceId: 'kafka-cluster', instanceId: cluster ?? 'unknown' }
}

const gravity = ['critical', 'warning', 'info']

function byUrgency(a: Alert, b: Alert): number {
  if (a.status !== b.status) return a.status === 'firing' ? -1 : 1
  return rank(a) - rank(b) || Date.parse(b.startsAt) - Date.parse(a.startsAt) || a.name.localeCompare(b.name)
}

function rank({ severity }: Alert): number {
  const place = gravity.indexOf(severity ?? '')
  return place === -1 ? gravity.length : place
}
