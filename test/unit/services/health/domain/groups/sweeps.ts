import type { RecordedReadings } from '#services/health/domain/groups/history.ts'
import type { JudgedReadings } from '#services/health/domain/groups/judge.ts'
import type { CommittedOffset, GroupReading } from '#shared/kafka/groups/port.ts'
import type { PartitionOffsets } from '#shared/kafka/model.ts'
import { metadata, partition, topic } from '../../plain-cluster.ts'

const start = Date.UTC(2026, 0, 31)

export function logOf(logEndOffset: number | null, logStartOffset: number | null = 0, name = 'a'): PartitionOffsets {
  return { topic: name, partition: 0, logStartOffset, logEndOffset }
}

export function commitOf(offset: number | null, group = 'g', name = 'a'): CommittedOffset {
  return { group, topic: name, partition: 0, offset }
}

export function groupOf(group = 'g', overrides: Partial<GroupReading> = {}): GroupReading {
  return { group, state: 'Empty', protocolType: 'consumer', members: 0, memberList: [], ...overrides }
}

/** The result of the nth sweep, at intervals of 30 s; topic `a` has one partition, `g` no members. */
export function sweepOf(
  nth: number,
  overrides: Partial<RecordedReadings> = {},
  topics = [topic('a', partition())]
): RecordedReadings & JudgedReadings {
  const asOf = new Date(start + nth * 30_000)
  return {
    metadata: metadata(topics),
    groups: [groupOf()],
    committed: [],
    offsets: [],
    recordTimes: [],
    errors: new Map(),
    parts: new Map([['offsets', { asOf, durationMs: 5, ok: true }]]),
    asOf,
    ...overrides
  }
}
