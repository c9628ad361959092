import { activeWindows } from '#shared/alertmanager/maintenance.ts'
import type { Alertmanager } from '#shared/alertmanager/port.ts'
import type { Clock } from '#shared/clock.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type { MaintenanceWindow } from '#shared/contracts/maintenance.ts'
import type { AlertBook } from './alert-book.ts'

/** Active maintenance windows, from a reading no older than 30 s; null if unknown. */
export interface Maintenance {
  windows: MaintenanceWindow[] | null
  /** Why they, and the alerts, are not known or are old. */
  warning: Warning | undefined
}

/** Keeps the book of alerts as Alertmanager has them: it is the source of truth, its notifications only say when to look. */
export interface AlertWatch {
  /** Starts reading. The first reading runs at once. */
  start(): void
  /** Reads again now: something has changed. */
  prompt(): void
  /** Resolves when the first reading is over, whatever it brought. It takes `deadlineMs` at most. */
  ready(): Promise<void>
  maintenance(): Maintenance
  close(): Promise<void>
}

export interface AlertWatchOptions {
  alertmanager: Pick<Alertmanager, 'alerts' | 'silences'>
  book: Pick<AlertBook, 'reconcile'>
  clock: Clock
  /** Labels of this cluster's alerts, if Alertmanager serves several clusters. */
  labels: readonly [name: string, value: string][]
  /** Receives the error of the first failed reading after a successful one, and undefined after the next success. */
  onChange: (error: unknown) => void
  intervalMs?: number
  deadlineMs?: number
}

/** Windows say when they end: a reading that fails does not make them unknown at once. */
const knownMs = 30_000

export function createAlertWatch({
  alertmanager,
  book,
  clock,
  labels,
  onChange,
  intervalMs = 2000,
  deadlineMs = 1500
}: AlertWatchOptions): AlertWatch {
  const closing = new AbortController()
  const first = Promise.withResolvers<void>()
  const matchers = labels.map(([label, value]) => ({ label, operator: '=' as const, value }))
  let again = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let windows: MaintenanceWindow[] | null = null
  let failure: { message: string } | undefined
  let readAt: Date | undefined

  async function read(): Promise<void> {
    const limits = { deadlineMs, signal: closing.signal }
    try {
      const [held, silences] = await Promise.all([alertmanager.alerts(matchers, limits), alertmanager.silences(limits)])
      book.reconcile(held)
      windows = activeWindows(silences, labels)
      readAt = clock.now()
      if (failure) onChange(undefined)
      failure = undefined
    } catch (error) {
      if (closing.signal.aborted) return
      if (!failure) onChange(error)
      failure = { message: error instanceof Error ? error.message : 'no answer' }
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      again = new AbortController()
      await read()
      first.resolve()
      await clock.sleep(intervalMs, AbortSignal.any([closing.signal, again.signal])).catch(() => undefined)
    }
    first.resolve()
  }

  return {
    start() {
      running = run()
    },
    prompt: () => again.abort(),
    ready: () => first.promise,
    maintenance() {
      const now = clock.now().getTime()
      const known = readAt !== undefined && now - readAt.getTime() <= knownMs
      const current = known && windows ? windows.filter(({ until }) => Date.parse(until) > now) : null
      return { windows: current, warning: failure && unreadable(failure.message, readAt) }
    },
    async close() {
      closing.abort()
      await running
    }
  }
}

function unreadable(reason: string, readAt: Date | undefined): Warning {
  const since = readAt === undefined ? 'and has not answered yet' : `the alerts are those of ${readAt.toISOString()}`
  return {
    code: 'alertmanager_unreachable',
    message: `Alertmanager does not answer (${reason}); ${since}`,
    target: 'alertmanager'
  }
}
