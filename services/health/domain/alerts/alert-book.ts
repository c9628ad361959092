import type { HeldAlerts } from '#shared/alertmanager/port.ts'
import type { Clock } from '#shared/clock.ts'
import type { Alert, AlertList, AlertNotification, AlertQuery, AlertReceipt } from '#shared/contracts/alerts.ts'
import type { Warning } from '#shared/contracts/common.ts'
import { byUrgency, ended, type FiringAlert, isSuppressed, ofNotification, ofReading, toFiring } from './alert-views.ts'

/** The alerts that Alertmanager has, in memory: from readings of it, from its notifications, or from both. */
export interface AlertBook {
  /** Takes a notification up. The same one again changes nothing but the time at which it was received. */
  receive(notification: AlertNotification): AlertReceipt
  /** Takes over Alertmanager's alerts: an alert that is missing there has been resolved. */
  reconcile(held: HeldAlerts): void
  list(query?: AlertQuery): AlertList
  /** Firing alerts that Alertmanager notifies about. An alert that is held back later stays until it is resolved. */
  current(): FiringAlert[]
  /** Calls the listener after each notification and reading, and when an alert is forgotten. Returns what ends that. */
  subscribe(listener: () => void): () => void
  /** Removes alerts that were resolved long ago, and those that were not repeated. */
  forget(): void
}

export interface AlertBookOptions {
  clock: Pick<Clock, 'now' | 'monotonicMs'>
  /** The base address of runbooks: see absoluteRunbook. */
  publicUrl: string
  /** Maximum number of alerts; resolved ones make room for firing ones. */
  capacity?: number
  /** A firing alert that is not reported again within this time is forgotten: several renewals are missing. */
  renewalMs?: number
  /** How long a resolved alert stays in the list. */
  resolvedMs?: number
}

interface Entry {
  alert: Alert
  heardAtMs: number
  /** Alertmanager has notified about it. */
  notified: boolean
}

/**
 * Prometheus resends each firing alert every minute, so an Alertmanager that has run for longer than this holds all of
 * them.
 */
const resendMs = 75_000

export function createAlertBook({
  clock,
  publicUrl,
  capacity = 1000,
  renewalMs = 5 * 60_000,
  resolvedMs = 60 * 60_000
}: AlertBookOptions): AlertBook {
  /** By fingerprint, the most recently reported last. */
  const entries = new Map<string, Entry>()
  const listeners = new Set<() => void>()
  let lastHeard: Date | null = null
  let leftOut: Warning | undefined

  const isOver = ({ alert, heardAtMs }: Entry) =>
    clock.monotonicMs() - heardAtMs > (alert.status === 'firing' ? renewalMs : resolvedMs)

  function forget(): void {
    const over = Array.from(entries.values()).filter(isOver)
    for (const { alert } of over) entries.delete(alert.fingerprint)
    if (over.some(({ alert }) => alert.status === 'firing')) notifyListeners()
  }

  function notifyListeners(): void {
    for (const listener of listeners) listener()
  }

  /**
   * Makes room for one more alert, if necessary by removing the resolved alert reported longest ago. Returns whether
   * there is room.
   */
  function makeRoom(): boolean {
    if (entries.size < capacity) return true
    for (const [fingerprint, { alert }] of entries) {
      if (alert.status === 'resolved') return entries.delete(fingerprint)
    }
    return false
  }

  /** Whether there was room. */
  function write(alert: Alert): boolean {
    const { fingerprint } = alert
    const before = entries.get(fingerprint)
    entries.delete(fingerprint)
    if (!makeRoom()) return false
    const again = before?.alert.status === 'firing' && before.alert.startsAt === alert.startsAt
    const notified = !isSuppressed(alert) || (again && before.notified)
    entries.set(fingerprint, { alert, heardAtMs: clock.monotonicMs(), notified })
    return true
  }

  /** @param dropped alerts that there was no room for */
  function takenUp(now: Date, dropped: number): void {
    lastHeard = now
    leftOut = dropped === 0 ? undefined : tooMany(dropped)
    notifyListeners()
  }

  return {
    forget,

    receive({ alerts, truncatedAlerts = 0 }) {
      forget()
      const now = clock.now()
      const unwritten = alerts.filter((alert) => !write(ofNotification(alert, now.toISOString(), publicUrl)))
      const dropped = truncatedAlerts + unwritten.length
      takenUp(now, dropped)
      const of = (status: Alert['status']) => alerts.filter((alert) => alert.status === status).length
      return { firing: of('firing'), resolved: of('resolved'), dropped, asOf: now.toISOString() }
    },

    reconcile({ alerts, startedAt }) {
      forget()
      const now = clock.now()
      const at = now.toISOString()
      const unwritten = alerts.filter((alert) => !write(ofReading(alert, at, publicUrl)))
      const held = new Set(alerts.map(({ fingerprint }) => fingerprint))
      const holdsAll = now.getTime() - startedAt.getTime() > resendMs
      for (const { alert } of Array.from(entries.values())) {
        if (alert.status === 'firing' && !held.has(alert.fingerprint)) write(holdsAll ? ended(alert, at) : alert)
      }
      takenUp(now, unwritten.length)
    },

    list({ status, severity, suppressed } = {}) {
      forget()
      const alerts = Array.from(entries.values(), ({ alert }) => alert)
        .filter((alert) => status === undefined || alert.status === status)
        .filter((alert) => severity === undefined || alert.severity === severity)
        .filter((alert) => suppressed === undefined || isSuppressed(alert) === suppressed)
        .sort(byUrgency)
      const warnings = [...(lastHeard ? [] : [neverHeard]), ...(leftOut ? [leftOut] : [])]
      return { alerts, asOf: lastHeard?.toISOString() ?? null, warnings }
    },

    current() {
      forget()
      return Array.from(entries.values())
        .filter(({ alert, notified }) => alert.status === 'firing' && notified)
        .map(({ alert }) => toFiring(alert))
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }
}

const neverHeard: Warning = {
  code: 'alerts_never_received',
  message:
    'Nothing has arrived from Alertmanager since this service started: no alert fires, or Alertmanager cannot reach this service',
  target: 'alertmanager'
}

function tooMany(count: number): Warning {
  return { code: 'alerts_left_out', message: `${count} alerts exceed the limit and are not kept` }
}
