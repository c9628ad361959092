import { Counter, type Registry } from 'prom-client'

export interface EventMetrics {
  /** @param outcome the outcome of the events, from a small fixed set of words */
  published(topic: string, outcome: string, events?: number): void
}

/** Counts the events that this service writes to Kafka. Call it once per registry. */
export function eventMetrics(registry: Registry): EventMetrics {
  const counter = new Counter({
    name: 'kops_health_events_published_total',
    help: 'Events for a topic, by outcome',
    labelNames: ['topic', 'outcome'],
    registers: [registry]
  })
  return { published: (topic, outcome, events = 1) => counter.inc({ topic, outcome }, events) }
}
