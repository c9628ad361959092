import { evaluate } from '#services/health/domain/evaluate.ts'
import type { Monitor } from '#services/health/domain/monitor.ts'
import type { ClusterReadings } from '#services/health/domain/readings.ts'
import type { Snapshot } from '#services/health/domain/snapshot.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { answering, metadata, partition, readings, silent, topic } from '../../plain-cluster.ts'

/** The health of a cluster in which all is well, a number of seconds after twelve. */
export function healthy(second = 0, overrides: Partial<ClusterReadings> = {}): ClusterHealth {
  return evaluate(readings({ asOf: new Date(Date.UTC(2026, 0, 31, 12, 0, second)), ...overrides }))
}

/** The same with broker 3 dead and out of the ISR. */
export function withoutThird(second = 0): ClusterHealth {
  const told = metadata(
    [
      topic('a', partition({ isr: [1, 2], offlineReplicas: [3] })),
      topic('b', partition({ replicas: [1, 2], isr: [1, 2] }))
    ],
    [1, 2]
  )
  const dead = silent(3, new KopsError('broker_unreachable', 'kafka:9093: connect ECONNREFUSED'))
  return healthy(second, { metadata: told, views: [answering(1, told), answering(2, told), dead] })
}

/** A monitor that publishes given snapshots. */
export function plainMonitor() {
  const listeners = new Set<(snapshot: Snapshot) => void>()
  let last: Snapshot | undefined
  const monitor: Pick<Monitor, 'last' | 'subscribe' | 'current'> = {
    last: () => last,
    async current() {
      if (!last) throw new Error('nothing was read')
      return last
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }
  return {
    monitor,
    listeners,
    publish(told: ClusterHealth) {
      const since = new Map(last?.health.reasons.map((reason) => [reason.code, reason.since]))
      const reasons = told.reasons.map((reason) => ({ ...reason, since: since.get(reason.code) ?? reason.since }))
      const health = { ...told, reasons }
      const snapshot = {
        kind: 'full' as const,
        health,
        readings: readings(),
        groups: [],
        watched: new Set<string>(),
        takenAtMs: 0
      }
      last = snapshot
      for (const listener of listeners) listener(snapshot)
    }
  }
}
