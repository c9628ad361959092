import type { Clock } from '../../clock.ts'
import type { PartitionSource } from '../../kafka/consuming/port.ts'
import type { Task, TaskEvent } from './task.ts'

export interface TaskRunnerOptions {
  source: PartitionSource
  /** Makes a task that is not started. */
  createTask(partition: number, onEvent: (event: TaskEvent) => void): Task
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>
  onEvent(partition: number, event: TaskEvent): void
  onAssigned(partitions: readonly number[]): void
  onProblem(error: unknown): void
}

/** Runs a task for each partition that the group gives this process. */
export interface TaskRunner {
  readonly tasks: ReadonlyMap<number, Task>
  /**
   * Until the signal aborts; then the tasks commit what they have, and the member leaves.
   * @throws KopsError for what no further attempt would change
   */
  run(signal: AbortSignal): Promise<void>
}

const tickMs = 500
/** How long what is under way may take at the end. */
const settleMs = 5000
/** Before a task that has failed is tried again; doubles with each failure in a row. */
const backoffMs = { first: 500, longest: 30_000 }

export function createTaskRunner(options: TaskRunnerOptions): TaskRunner {
  const { source, clock } = options
  const tasks = new Map<number, Task>()
  /** Of partitions whose last attempts have failed. */
  const failures = new Map<number, { inARow: number; notBeforeMs: number }>()
  const ending = new Set<Promise<void>>()
  let assigned: readonly number[] = []

  function begin(partition: number): void {
    const task = options.createTask(partition, (event) => {
      if (event.kind === 'committed') failures.delete(partition)
      if (event.kind === 'failed') {
        const inARow = (failures.get(partition)?.inARow ?? 0) + 1
        const wait = Math.min(backoffMs.longest, backoffMs.first * 2 ** (inARow - 1))
        failures.set(partition, { inARow, notBeforeMs: clock.monotonicMs() + wait })
      }
      options.onEvent(partition, event)
    })
    tasks.set(partition, task)
    void task.start()
  }

  /** Takes a task away; its successor waits until nothing of it is under way. */
  function end(task: Task): Promise<void> {
    if (tasks.get(task.partition) === task) tasks.delete(task.partition)
    const closing = task.close().finally(() => ending.delete(closing))
    ending.add(closing)
    return closing
  }

  function onAssigned(partitions: readonly number[]): void {
    assigned = partitions
    for (const task of tasks.values()) if (!partitions.includes(task.partition)) void end(task)
    for (const partition of partitions) {
      const task = tasks.get(partition)
      if (!task) begin(partition)
      else if (task.state !== 'failed') task.resume()
    }
    options.onAssigned(partitions)
  }

  /**
   * Tasks that have failed begin again here and nowhere else: to take a transactional id, this process must be a member now, or it
   * would fence the owner that it has lost its partition to.
   */
  function onConfirmed(): void {
    for (const task of tasks.values()) {
      const wait = failures.get(task.partition)?.notBeforeMs ?? 0
      if (task.state !== 'failed' || clock.monotonicMs() < wait) continue
      void end(task).then(() => {
        if (assigned.includes(task.partition) && !tasks.has(task.partition)) begin(task.partition)
      })
    }
  }

  const holdAll = () => Promise.all(Array.from(tasks.values(), (task) => task.hold())).then(() => undefined)

  async function tick(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(tickMs, signal).catch(() => undefined)
      for (const task of tasks.values()) task.tick()
    }
  }

  return {
    tasks,
    async run(signal) {
      const over = new AbortController()
      const ticking = tick(AbortSignal.any([signal, over.signal]))
      const leaving = new AbortController()
      const leave = async () => {
        // As a member still: otherwise the last transactions would be refused.
        const limit = new AbortController()
        await Promise.race([holdAll(), clock.sleep(settleMs, limit.signal).catch(() => undefined)])
        limit.abort()
        leaving.abort(signal.reason)
      }
      const onAbort = () => void leave()
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) onAbort()
      try {
        await source.run(
          {
            onAssigned,
            onRebalance: holdAll,
            onConfirmed,
            onDelivery: (delivery) => tasks.get(delivery.partition)?.take(delivery),
            wants: (partition) => tasks.get(partition)?.wants() === true,
            onProblem: options.onProblem
          },
          leaving.signal
        )
      } finally {
        signal.removeEventListener('abort', onAbort)
        over.abort(new Error('The tasks are over'))
        assigned = []
        await Promise.all(Array.from(tasks.values(), end))
        await Promise.all([...ending, ticking])
      }
    }
  }
}
