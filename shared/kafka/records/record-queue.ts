import type { ReadRecord } from './batch-records.ts'

/** Records that wait to be handed out, decoded when it is their turn. */
export interface RecordQueue {
  push(records: Iterable<ReadRecord>): void
  /** The next; undefined if none waits. */
  peek(): ReadRecord | undefined
  /** Removes and returns the next. */
  take(): ReadRecord | undefined
}

export function createRecordQueue(): RecordQueue {
  let waiting: Iterator<ReadRecord>[] = []
  let at = 0
  let next: ReadRecord | undefined

  function peek(): ReadRecord | undefined {
    while (next === undefined && at < waiting.length) {
      const step = waiting[at]?.next()
      if (step === undefined || step.done === true) at += 1
      else next = step.value
    }
    if (at >= waiting.length && at > 0) {
      waiting = []
      at = 0
    }
    return next
  }

  return {
    push: (records) => void waiting.push(records[Symbol.iterator]()),
    peek,
    take() {
      const taken = peek()
      next = undefined
      return taken
    }
  }
}
