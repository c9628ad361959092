import type { AlertMessage } from '#shared/contracts/health-events.ts'
import type { CurrentAlert } from './alerts.ts'

export interface AlertLog {
  /**
   * Messages for alerts that started, changed or ended since the previous call. @param at the time of the observation,
   * ISO-8601
   */
  changes(current: readonly CurrentAlert[], at: string): AlertMessage[]
  /** Every alert that was firing at the last look. */
  firing(): AlertMessage[]
}

/** Follows alerts from start to end; reports each end once. */
export function createAlertLog(): AlertLog {
  let firing = new Map<string, AlertMessage>()
  return {
    changes(current, at) {
      const now = new Map(current.map((alert) => [alert.id, toMessage(alert, at)]))
      const changed = Array.from(now.entries()).filter(([id, message]) => !sameAlert(firing.get(id), message))
      const ended = Array.from(firing.entries()).filter(([id]) => !now.has(id))
      firing = now
      return [
        ...changed.map(([, message]) => message),
        ...ended.map(([, message]) => ({ ...message, timestamp: at, state: 'RESOLVED' as const, endedAt: at }))
      ]
    },
    firing: () => Array.from(firing.values())
  }
}

function toMessage({ id: _, ...alert }: CurrentAlert, at: string): AlertMessage {
  return { ...alert, timestamp: at, state: 'FIRING', endedAt: null }
}

/** An alert that ended and started again between two calls is a new one, recognised by its start. */
function sameAlert(a: AlertMessage | undefined, b: AlertMessage): boolean {
  return a !== undefined && a.startedAt === b.startedAt && a.severity === b.severity && a.summary === b.summary
}
