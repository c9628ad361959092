import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Monitor } from '../domain/monitor.ts'
import type { Part } from '../domain/readings.ts'

/** From a part that answers from memory to one that runs into its deadline. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Those of the metrics below that are served with the pulse too. */
export const pulseOwnHealth = ['kops_health_snapshot_age_seconds', 'kops_health_part_last_success_timestamp_seconds']

/** How the reading itself is going: told at the time of the scrape, not of the snapshot. */
export function ownHealthMetrics(registry: Registry, monitor: Monitor): void {
  let sweepMs: number | undefined
  const durations = new Histogram({
    name: 'kops_health_part_duration_seconds',
    help: 'How long it took to read a part, whether it could be read or not',
    labelNames: ['part'],
    buckets: durationBuckets,
    registers: [registry]
  })
  const observed = new Map<Part, number>()
  monitor.subscribe(({ kind, readings }) => {
    if (kind === 'full') sweepMs = readings.durationMs
    for (const [part, { asOf, durationMs }] of readings.parts) {
      // A snapshot repeats what it takes over from the one before.
      if (asOf.getTime() <= (observed.get(part) ?? Number.NEGATIVE_INFINITY)) continue
      observed.set(part, asOf.getTime())
      durations.observe({ part }, durationMs / 1000)
    }
  })
  new Gauge({
    name: 'kops_health_snapshot_age_seconds',
    help: 'Time since the reading of the brokers, the metadata and the ensemble began that all cluster metrics here come from',
    registers: [registry],
    collect() {
      const snapshot = monitor.last()
      // reset() would leave a 0 behind where there are no labels.
      if (snapshot) this.set(monitor.ageMs(snapshot) / 1000)
      else this.remove()
    }
  })
  new Gauge({
    name: 'kops_health_pulse_age_seconds',
    help: 'Time since the last pulse began that has ended; missing without a pulse',
    registers: [registry],
    collect() {
      const ageMs = monitor.pulseAgeMs()
      if (ageMs === undefined) this.remove()
      else this.set(ageMs / 1000)
    }
  })
  new Gauge({
    name: 'kops_health_sweep_duration_seconds',
    help: 'How long the last reading of everything took',
    registers: [registry],
    collect() {
      if (sweepMs === undefined) this.remove()
      else this.set(sweepMs / 1000)
    }
  })
  new Gauge({
    name: 'kops_health_part_last_success_timestamp_seconds',
    help: 'When the reading of the part began that last succeeded, Unix time',
    labelNames: ['part'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [part, at] of monitor.lastSuccesses()) this.set({ part }, at.getTime() / 1000)
    }
  })
  new Counter({
    name: 'kops_health_read_errors_total',
    help: 'Things that could not be read, by the part of the reading',
    labelNames: ['part'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [part, total] of monitor.errorTotals()) this.inc({ part }, total)
    }
  })
}
