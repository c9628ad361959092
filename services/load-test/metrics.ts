import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Drill } from '#shared/contracts/drills.ts'
import type { SecondReport } from './domain/load/engine-port.ts'

/** Registers the producer's metrics. Returns the listener for the seconds of load tests. */
export function registerProducerMetrics(registry: Registry): (report: SecondReport) => void {
  const success = new Counter({
    name: 'kafka_producer_success_total',
    help: 'Events of load tests that all in-sync replicas acknowledged',
    registers: [registry]
  })
  const failure = new Counter({
    name: 'kafka_producer_failure_total',
    help: 'Events of load tests that were not acknowledged, by the name of the error',
    labelNames: ['code'],
    registers: [registry]
  })
  const sendTime = new Histogram({
    name: 'kafka_producer_send_time_seconds',
    help: 'From handing a batch to its leader until its acknowledgement, retries included',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry]
  })
  return ({ acknowledged, errors, batchTimes }) => {
    if (acknowledged > 0) success.inc(acknowledged)
    for (const [code, { count }] of Object.entries(errors)) failure.inc({ code }, count)
    for (const each of batchTimes) sendTime.observe(each / 1000)
  }
}

/**
 * The phase of the active drill, so that dashboards can mark it. Without a drill there is no series.
 * @param newest the most recent drill, if any
 */
export function registerDrillMetrics(registry: Registry, newest: () => Drill | undefined): void {
  new Gauge({
    name: 'kops_drill_phase',
    help: '1 for the phase that the drill under way is in: pending, running, healing or verifying',
    labelNames: ['kind', 'node', 'phase'],
    registers: [registry],
    collect() {
      this.reset()
      const drill = newest()
      if (drill?.finishedAt === null) this.set({ kind: drill.kind, node: drill.node, phase: drill.status }, 1)
    }
  })
}
