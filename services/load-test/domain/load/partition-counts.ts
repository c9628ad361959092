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
    before.failed += more.failed
    before.bytes += more.bytes
  }

  return {
    enter({ status, partition, records, sentAt, endedAt, compressedBytes }) {
      const isAcknowledged = status === 'acknowledged'
      const serviceMs = isAcknowledged && sentAt !== null ? endedAt - sentAt : null
      add({
        partition,
        acknowledged: isAcknowledged ? records : 0,
        failed: isAcknowledged ? 0 : records,
        bytes: isAcknowledged ? compressedBytes : 0,
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
  const share = b.acknowledged / (a.acknowledged + b.acknowledged)
  return a.meanServiceMs + (b.meanServiceMs - a.meanServiceMs) * share
}

function longest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}
