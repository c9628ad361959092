import { Counter, Histogram, type Registry } from 'prom-client'
import { gaugeOf } from '#shared/http/metrics.ts'
import { isFenced, type Task, type TaskEvent } from '#shared/streams/tasks/task.ts'
import type { AnalyticsProcessor } from './domain/processor.ts'

interface Reading {
  tasks: ReadonlyMap<number, Task>
  processors: ReadonlyMap<number, AnalyticsProcessor>
}

/** The metrics of an application, on its registry. */
export function analyticsMetrics(registry: Registry, read: () => Reading): { count(event: TaskEvent): void } {
  const registers = [registry]
  const events = new Counter({
    name: 'kops_analytics_events_total',
    help: 'Records of the input whose transactions are committed, invalid and late ones included',
    registers
  })
  const written = new Counter({
    name: 'kops_analytics_written_total',
    help: 'Records in committed transactions, by topic',
    labelNames: ['topic'],
    registers
  })
  const transactions = new Histogram({
    name: 'kops_analytics_transaction_seconds',
    help: 'Time of committed transactions, from their first request to the end',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers
  })
  const failures = new Counter({
    name: 'kops_analytics_task_failures_total',
    help: 'Tasks that were given up: fenced by another owner of the partition, or by any other error',
    labelNames: ['reason'],
    registers
  })
  const unreadable = new Counter({
    name: 'kops_analytics_unreadable_offsets_total',
    help: 'Offsets of the input whose records cannot be decoded, and were left out',
    registers
  })
  const perTask = (name: string, help: string, value: (task: Task) => number | undefined) =>
    gaugeOf(registry, { name, help, labelNames: ['partition'] }, () =>
      Array.from(read().tasks.values()).flatMap((task): [Record<string, string>, number][] => {
        const found = value(task)
        return found === undefined ? [] : [[{ partition: String(task.partition) }, found]]
      })
    )
  perTask(
    'kops_analytics_task_running',
    '1 while the task of a partition runs, 0 while it starts or waits after a failure',
    (task) => (task.state === 'running' ? 1 : 0)
  )
  perTask('kops_analytics_position', 'Next offset of the input', (task) => task.position)
  perTask(
    'kops_analytics_watermark_timestamp_seconds',
    'Event time: no window before this is open, apart from the lateness',
    (task) => (Number.isFinite(task.watermarkMs) ? task.watermarkMs / 1000 : undefined)
  )
  perTask(
    'kops_analytics_open_windows',
    'Windows of all groups that have not closed',
    ({ partition }) => read().processors.get(partition)?.openWindows
  )

  return {
    count(event) {
      if (event.kind === 'committed') {
        events.inc(event.records)
        for (const [topic, records] of event.written) written.inc({ topic }, records)
        transactions.observe(event.ms / 1000)
      } else if (event.kind === 'failed') failures.inc({ reason: isFenced(event.error) ? 'fenced' : 'error' })
      else if (event.kind === 'unreadable') unreadable.inc(event.to - event.from)
    }
  }
}
