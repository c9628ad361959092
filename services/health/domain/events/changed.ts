import type { RunningDrill } from '#shared/contracts/drill-scorecard.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { healthEventTopics as topics } from '#shared/contracts/health-events.ts'
import { type HealthEvent, metricsMessages, scoreMessages, statusMessages } from './messages.ts'

export interface ChangedEvents {
  /** Statuses and scores that differ from the previous reading; for the first reading, all of them. */
  after(health: ClusterHealth, drill?: RunningDrill | null): HealthEvent[]
}

/** All messages of a reading, except alerts: the content of a heartbeat. Pure. */
export function allEvents(health: ClusterHealth, drill: RunningDrill | null = null): HealthEvent[] {
  return [
    ...judgements(health, drill),
    ...metricsMessages(health).map((message) => ({ topic: topics.metrics, message }))
  ]
}

/** Finds what is new in each reading. Forgets what has disappeared: if it comes back, it is new. */
export function createChangedEvents(): ChangedEvents {
  let told = new Map<string, string>()
  return {
    after(health, drill) {
      const now = new Map<string, string>()
      const changed = judgements(health, drill).filter((event) => {
        const { topic, message } = event
        const key = `${topic} ${message.serviceId} ${message.instanceId}`
        const content = contentOf(event)
        now.set(key, content)
        return told.get(key) !== content
      })
      told = now
      return changed
    }
  }
}

function judgements(health: ClusterHealth, drill: RunningDrill | null = null): HealthEvent[] {
  return [
    ...statusMessages(health, drill).map((message) => ({ topic: topics.status, message })),
    ...scoreMessages(health).map((message) => ({ topic: topics.scores, message }))
  ]
}

/** The fields that count as a change: neither times nor the other numbers of each reading. */
function contentOf({ message }: HealthEvent): string {
  if ('score' in message) return JSON.stringify([message.score, message.reasons])
  if (!('status' in message)) return JSON.stringify(message)
  const { reasons, mode, reachable, offlineLogDirs, drill } = message.details
  const content = [message.status, reasons, mode, reachable, offlineLogDirs, drill]
  return JSON.stringify(content, (name, value) => (name === 'since' ? undefined : value))
}
