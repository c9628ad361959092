import type { Clock } from '#shared/clock.ts'
import type { AlertMessage } from '#shared/contracts/health-events.ts'
import type { Monitor } from '../monitor.ts'
import { createAlertLog } from './alert-log.ts'
import { type AlertSource, reasonAlerts } from './alerts.ts'

/** The alerts of this service and of Alertmanager, in one sequence. */
export interface AlertFeed {
  /** Calls the listener with each alert that begins, changes or ends. Returns what ends that. */
  subscribe(listener: (message: AlertMessage) => void): () => void
  firing(): AlertMessage[]
  close(): void
}

/** @param source what else has alerts, Alertmanager's webhook, if anything has */
export function createAlertFeed(
  monitor: Pick<Monitor, 'subscribe'>,
  clock: Pick<Clock, 'now'>,
  source?: AlertSource
): AlertFeed {
  const own = createAlertLog()
  const foreign = createAlertLog()
  const listeners = new Set<(message: AlertMessage) => void>()
  const tell = (messages: readonly AlertMessage[]) => {
    for (const message of messages) for (const listener of listeners) listener(message)
  }
  const stops = [
    monitor.subscribe(({ health }) => tell(own.changes(reasonAlerts(health), health.asOf))),
    source?.subscribe(() => tell(foreign.changes(source.current(), clock.now().toISOString())))
  ]
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    firing: () => [...own.firing(), ...foreign.firing()],
    close() {
      for (const stop of stops) stop?.()
    }
  }
}
