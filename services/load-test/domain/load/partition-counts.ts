import type { LoadTestPartition } from '#shared/contracts/load-detail.ts'
import type { BatchOutcome } from '#shared/kafka/producing/port.ts'

/** What became of records by their partition: a few numbers for each, however many records there are. */
export interface PartitionCounts {
  enter(outcome: BatchOutcome): void
  /** Adds what another one has counted. */
  add(partitions: readonly LoadTestPartition[]): void
  /** By number; without partitions that nothing became of. */
  all(): LoadTestPartition[]
}

export function createPartitionCounts(): PartitionCounts {
  const found = new Map<number, LoadTestPartition>()

  function add(more: LoadTestPartition): void {
    const before = found.get(more.partition)
    if (!before) {
      found.set(more.partition, { ...more })
      return
    }
    before.meanServiceMs = joinedMean(before, more)
    before.maxServiceMs = longest(before.maxServiceMs, more.maxServiceMs)
    before.acknowledged += more.acknowledged
    if (more.unconfirmed) before.unconfirmed = (before.unconfirmed ?? 0) + more.unconfirmed
    before.failed += more.failed
    before.bytes += more.bytes
  }

  return {
    enter({ status, partition, records, sentAt, endedAt, compressedBytes }) {
      const isDone = status === 'acknowledged' || status === 'unconfirmed'
      const serviceMs = isDone && sentAt !== null ? endedAt - sentAt : null
      add({
        partition,
        acknowledged: status === 'acknowledged' ? records : 0,
        ...(status === 'unconfirmed' ? { unconfirmed: records } : {}),
        failed: isDone ? 0 : records,
        bytes: isDone ? compressedBytes : 0,
        meanServiceMs: serviceMs,
        maxServiceMs: serviceMs
      })
    },
    add(partitions) {
      for (const each of partitions) add(each)
    },
    all: () => Array.from(found.values()).sort((a, b) => a.partition - b.partition)
  }
}

function joinedMean(a: LoadTestPartition, b: LoadTestPartition): number | null {
  if (a.meanServiceMs === null || b.meanServiceMs === null) return a.meanServiceMs ?? b.meanServiceMs
  const share = doneOf(b) / (doneOf(a) + doneOf(b))
  return a.meanServiceMs + (b.meanServiceMs - a.meanServiceMs) * share
}

/** A producer has one kind of them. */
function doneOf({ acknowledged, unconfirmed = 0 }: LoadTestPartition): number {
  return acknowledged + unconfirmed
}

function longest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}
