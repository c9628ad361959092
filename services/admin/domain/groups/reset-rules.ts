import type { ResetOffsets, ResetPartition } from '#shared/contracts/group-changes.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { placeKey } from '#shared/kafka/model.ts'

/** The field that each kind of reset needs; the others take none. */
const needs = {
  earliest: undefined,
  latest: undefined,
  timestamp: 'timestamp',
  durationBack: 'durationMs',
  shiftBy: 'shiftBy',
  offsets: 'offsets'
} as const satisfies Record<ResetOffsets['to'], keyof ResetOffsets | undefined>

const operands = ['timestamp', 'durationMs', 'shiftBy', 'offsets'] as const

/** @throws KopsError validation_failed on a field that is missing or not allowed for this kind of reset */
export function assertComplete(request: ResetOffsets): void {
  const needed = needs[request.to]
  for (const field of operands) {
    if (field === needed && request[field] === undefined) {
      throw fieldError('validation_failed', field, `is required when \`to\` is ${request.to}`)
    }
    if (field !== needed && request[field] !== undefined) {
      throw fieldError('validation_failed', field, `is not allowed in a reset to ${request.to}`)
    }
  }
  if (request.to === 'offsets' && request.topics !== undefined) {
    throw fieldError('validation_failed', 'topics', 'is not allowed in a reset to offsets, which name their partitions')
  }
  const twice = firstRepeated((request.offsets ?? []).map(({ topic, partition }) => placeKey(topic, partition)))
  if (twice !== undefined) throw fieldError('validation_failed', 'offsets', `names ${twice} twice`)
}

function firstRepeated(keys: readonly string[]): string | undefined {
  return keys.find((key, index) => keys.indexOf(key) !== index)
}

/** The known offsets of a partition to reset. */
export interface ResetFacts {
  topic: string
  partition: number
  oldOffset: number | null
  /** null if its leader could not report it. */
  log: { start: number; end: number } | null
  /**
   * The first offset at or after the requested time; null: every record is older; undefined: unknown or not requested.
   */
  atTime?: number | null | undefined
}

/**
 * The new offset of one partition, clamped to the log: Kafka would accept any offset, and the consumer would then apply
 * its auto.offset.reset, which may be a different position than requested.
 */
export function resetPartition(request: ResetOffsets, facts: ResetFacts): ResetPartition {
  const { topic, partition, oldOffset, log } = facts
  const place = { topic, partition, oldOffset, logStartOffset: log?.start ?? null, logEndOffset: log?.end ?? null }
  const stays = (reason: NonNullable<ResetPartition['reason']>): ResetPartition => ({
    ...place,
    newOffset: null,
    clamped: null,
    reason
  })
  if (log === null) return stays('partition_unavailable')
  const wanted = wantedOffset(request, facts, log)
  if (wanted === 'no_commit' || wanted === 'partition_unavailable') return stays(wanted)
  if (wanted < log.start) return { ...place, newOffset: log.start, clamped: 'toLogStart', requestedOffset: wanted }
  if (wanted > log.end) return { ...place, newOffset: log.end, clamped: 'toLogEnd', requestedOffset: wanted }
  return { ...place, newOffset: wanted, clamped: null }
}

function wantedOffset(
  request: ResetOffsets,
  { topic, partition, oldOffset, atTime }: ResetFacts,
  log: { start: number; end: number }
): number | 'no_commit' | 'partition_unavailable' {
  switch (request.to) {
    case 'earliest':
      return log.start
    case 'latest':
      return log.end
    case 'timestamp':
    case 'durationBack':
      // There is no record at or after that time yet: start with the next one.
      return atTime === undefined ? 'partition_unavailable' : (atTime ?? log.end)
    case 'shiftBy':
      return oldOffset === null ? 'no_commit' : oldOffset + (request.shiftBy ?? 0)
    case 'offsets': {
      const given = request.offsets?.find((item) => item.topic === topic && item.partition === partition)
      return given?.offset ?? 'no_commit'
    }
  }
}
