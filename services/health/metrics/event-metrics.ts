import { Counter, type Registry } from 'prom-client'

export interface EventMetrics {
  /** @param outcome what became of the events: in a few words that are always the same */
  published(topic: string, outcome: string, events?: number): void
}

/** Counts the events that this service writes to Kafka. Once for a registry. */
export function eventMetrics(registry: Registry): EventMetrics {
  const counter = new Counter({
    name: 'kops_health_events_published_total',
    help: 'Events that were to be written to a topic, by what became of them',
    labelNames: ['topic', 'outcome'],
    registers: [registry]
  })
  return { published: (topic, outcome, events = 1) => counter.inc({ topic, outcome }, events) }
}
