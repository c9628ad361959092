import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Monitor } from '../domain/monitor.ts'
import type { Part } from '../domain/readings.ts'

/** Buckets from a part that answers from memory to one that reaches its deadline. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** The metrics below that the pulse serves too. */
export const pulseOwnHealth = ['kops_health_snapshot_age_seconds', 'kops_health_part_last_success_timestamp_seconds']

/** Metrics on the reading itself, as of the scrape, not the snapshot. */
export function ownHealthMetrics(registry: Registry, monitor: Monitor): void {
  let sweepMs: number | undefined
  const durations = new Histogram({
    name: 'kops_health_part_duration_seconds',
    help: 'Time to read a part, whether it succeeded or failed',
    labelNames: ['part'],
    buckets: durationBuckets,
    registers: [registry]
  })
  const observed = new Map<Part, number>()
  monitor.subscribe(({ kind, readings }) => {
    if (kind === 'full') sweepMs = readings.durationMs
    for (const [part, { asOf, durationMs }] of readings.parts) {
      // A snapshot repeats parts that it takes over from the previous one.
      if (asOf.getTime() <= (observed.get(part) ?? Number.NEGATIVE_INFINITY)) continue
      observed.set(part, asOf.getTime())
      durations.observe({ part }, durationMs / 1000)
    }
  })
  new Gauge({
    name: 'kops_health_snapshot_age_seconds',
    help: 'Time since the start of the reading of brokers, metadata and ensemble behind the current cluster metrics',
    registers: [registry],
    collect() {
      const snapshot = monitor.last()
      // Without labels, reset() would leave a 0 behind.
      if (snapshot) this.set(monitor.ageMs(snapshot) / 1000)
      else this.remove()
    }
  })
  new Gauge({
    name: 'kops_health_pulse_age_seconds',
    help: 'Time since the start of the last completed pulse; missing without a pulse',
    registers: [registry],
    collect() {
      const ageMs = monitor.pulseAgeMs()
      if (ageMs === undefined) this.remove()
      else this.set(ageMs / 1000)
    }
  })
  new Gauge({
    name: 'kops_health_sweep_duration_seconds',
    help: 'Duration of the last sweep',
    registers: [registry],
    collect() {
      if (sweepMs === undefined) this.remove()
      else this.set(sweepMs / 1000)
    }
  })
  new Gauge({
    name: 'kops_health_part_last_success_timestamp_seconds',
    help: 'Start of the last successful reading of the part, Unix time',
    labelNames: ['part'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [part, at] of monitor.lastSuccesses()) this.set({ part }, at.getTime() / 1000)
    }
  })
  new Counter({
    name: 'kops_health_read_errors_total',
    help: 'Failed reads, by the part of the reading',
    labelNames: ['part'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [part, total] of monitor.errorTotals()) this.inc({ part }, total)
    }
  })
}
