import type { Registry } from 'prom-client'
import { gaugeOf } from '#shared/http/metrics.ts'
import type { QueueReading } from '../domain/dead-letters.ts'

/**
 * Dead-letter queues, as of the last sweep. Call it once per registry.
 * @param nowMs milliseconds since 1970
 */
export function deadLetterMetrics(
  registry: Registry,
  queues: () => readonly QueueReading[],
  nowMs: () => number
): void {
  const gauge = (name: string, help: string, read: (queue: QueueReading) => number | null) =>
    gaugeOf(registry, { name, help, labelNames: ['queue'] }, () =>
      queues().flatMap((reading): [Record<string, string>, number][] => {
        const value = read(reading)
        return value === null ? [] : [[{ queue: reading.queue }, value]]
      })
    )
  gauge('kops_dead_letters', 'Letters in the queue: offsets between start and end of its log', ({ letters }) => letters)
  gauge(
    'kops_dead_letters_end_offset',
    'Sum of the log end offsets of the queue, which rises by one with each letter',
    ({ ends }) => ends
  )
  gauge(
    'kops_dead_letters_undecided',
    'Letters that are neither replayed nor discarded (kops dlq)',
    ({ undecided }) => undecided
  )
  gauge(
    'kops_dead_letters_unconfirmed',
    'Undecided letters whose replay was interrupted, or is under way',
    ({ unconfirmed }) => unconfirmed
  )
  gauge(
    'kops_dead_letters_oldest_undecided_seconds',
    'Age of the oldest undecided letter by its timestamp, which may be that of the original record; 0 if there is none',
    ({ oldestMs }) => (oldestMs === null ? null : oldestMs === undefined ? 0 : Math.max(0, nowMs() - oldestMs) / 1000)
  )
}
