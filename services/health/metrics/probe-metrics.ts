import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ProbeBroker } from '#shared/contracts/probe.ts'
import { brokerName } from '#shared/kafka/model.ts'
import type { Probe } from '../domain/probe/probe.ts'

const buckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]

const counters: { name: string; help: string; read: (broker: ProbeBroker) => number }[] = [
  {
    name: 'kops_probe_records_sent_total',
    help: 'Probe records sent to the broker',
    read: ({ sent }) => sent
  },
  {
    name: 'kops_probe_records_acknowledged_total',
    help: 'Probe records that all in-sync replicas have acknowledged',
    read: ({ acknowledged }) => acknowledged
  },
  {
    name: 'kops_probe_records_lost_total',
    help: 'Probe records that were acknowledged but could not be read 20 s later',
    read: ({ lost }) => lost
  }
]

export interface ProbeMetrics {
  observe(broker: number, latencyMs: number): void
  /** Removes the latencies of a broker that is gone for good; its counters start at 0 if it comes back. */
  drop(broker: number): void
  /** Serves the metrics of this probe. */
  collect(probe: Probe): void
}

/**
 * The probe as metrics. `broker` is the broker that the record was written to, even if it leads in place of another. In
 * every scrape a broker's sent = acknowledged + not accepted + open, and it has no more latencies than acknowledged
 * records.
 */
export function probeMetrics(registry: Registry): ProbeMetrics {
  const latency = new Histogram({
    name: 'kops_probe_latency_seconds',
    help: 'Time from writing a probe record until reading it back',
    labelNames: ['broker'],
    buckets,
    registers: [registry]
  })

  return {
    observe(broker, latencyMs) {
      latency.observe({ broker: brokerName(broker) }, latencyMs / 1000)
    },
    drop(broker) {
      latency.remove({ broker: brokerName(broker) })
    },
    collect(probe) {
      for (const { name, help, read } of counters) {
        new Counter({
          name,
          help,
          labelNames: ['broker'],
          registers: [registry],
          collect() {
            this.reset()
            for (const broker of probe.reading().brokers) {
              if (broker.sent > 0) this.inc({ broker: broker.broker }, read(broker))
            }
          }
        })
      }
      new Counter({
        name: 'kops_probe_records_not_accepted_total',
        help: 'Probe records that were refused or not answered in time, by reason; these do not count as lost',
        labelNames: ['broker', 'reason'],
        registers: [registry],
        collect() {
          this.reset()
          for (const { broker, notAcceptedReasons } of probe.reading().brokers) {
            for (const { reason, count } of notAcceptedReasons) this.inc({ broker, reason }, count)
          }
        }
      })
      new Gauge({
        name: 'kops_probe_records_open',
        help: 'Probe records that are neither acknowledged nor refused yet',
        labelNames: ['broker'],
        registers: [registry],
        collect() {
          this.reset()
          for (const { broker, sent, open } of probe.reading().brokers) if (sent > 0) this.set({ broker }, open)
        }
      })
      new Gauge({
        name: 'kops_probe_up',
        help: '1 if the broker leads its probe partition and the last record written to it was read back, 0 if not',
        labelNames: ['broker'],
        registers: [registry],
        collect() {
          this.reset()
          for (const { broker, up } of probe.reading().brokers) if (up !== null) this.set({ broker }, Number(up))
        }
      })
    }
  }
}
