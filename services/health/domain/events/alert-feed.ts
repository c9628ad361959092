import type { Clock } from '#shared/clock.ts'
import type { RunningDrill } from '#shared/contracts/drill-scorecard.ts'
import type { AlertMessage } from '#shared/contracts/health-events.ts'
import type { Monitor } from '../monitor.ts'
import { createAlertLog } from './alert-log.ts'
import { type AlertSource, reasonAlerts } from './alerts.ts'

/** The alerts of this service, of Alertmanager and of drills, in one sequence. */
export interface AlertFeed {
  /** Calls the listener with each alert that begins, changes or ends. Returns what ends that. */
  subscribe(listener: (message: AlertMessage) => void): () => void
  firing(): AlertMessage[]
  close(): void
}

interface ExplainedBy {
  sources?: readonly AlertSource[]
  runningDrill?: () => RunningDrill | null
}

/** The options are what else has alerts, and the drill under way, which this service's own alerts name. */
export function createAlertFeed(
  monitor: Pick<Monitor, 'subscribe'>,
  clock: Pick<Clock, 'now'>,
  { sources = [], runningDrill = () => null }: ExplainedBy = {}
): AlertFeed {
  const own = createAlertLog()
  const foreign = sources.map((source) => ({ source, log: createAlertLog() }))
  const listeners = new Set<(message: AlertMessage) => void>()
  const tell = (messages: readonly AlertMessage[]) => {
    for (const message of messages) for (const listener of listeners) listener(message)
  }
  const stops = [
    monitor.subscribe(({ health }) => tell(own.changes(reasonAlerts(health, runningDrill()), health.asOf))),
    ...foreign.map(({ source, log }) =>
      source.subscribe(() => tell(log.changes(source.current(), clock.now().toISOString())))
    )
  ]
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    firing: () => [...own.firing(), ...foreign.flatMap(({ log }) => log.firing())],
    close() {
      for (const stop of stops) stop()
    }
  }
}
