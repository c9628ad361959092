import { InvalidArgumentError } from 'commander'
import type { ResetOffsets } from '#shared/contracts/group-changes.ts'
import { given } from './given.ts'
import type { TopicPartitions } from './options.ts'
import { UsageError } from './output.ts'

export interface OffsetTarget {
  topic: string
  partition: number
  offset: number
}

/** The options of `kops groups reset-offsets`, exactly one of which gives the target. */
export interface ResetChoice {
  toEarliest?: boolean
  toLatest?: boolean
  /** ISO-8601. */
  toTime?: string
  /** Milliseconds. */
  back?: number
  shiftBy?: number
  toOffset?: OffsetTarget[]
  topic?: TopicPartitions[]
}

/** @throws UsageError unless exactly one target is named, and topics only where they mean something */
export function resetRequest(choice: ResetChoice): ResetOffsets {
  const { toEarliest, toLatest, toTime, back, shiftBy, toOffset, topic: topics } = choice
  const targets: ResetOffsets[] = []
  if (toEarliest) targets.push({ to: 'earliest' })
  if (toLatest) targets.push({ to: 'latest' })
  if (toTime !== undefined) targets.push({ to: 'timestamp', timestamp: toTime })
  if (back !== undefined) targets.push({ to: 'durationBack', durationMs: back })
  if (shiftBy !== undefined) targets.push({ to: 'shiftBy', shiftBy })
  if (toOffset !== undefined) targets.push({ to: 'offsets', offsets: toOffset })
  const [target, another] = targets
  if (target === undefined || another !== undefined) {
    throw new UsageError('use exactly one of --to-earliest, --to-latest, --to-time, --back, --shift-by and --to-offset')
  }
  if (target.to === 'offsets' && topics !== undefined) throw new UsageError('--to-offset already names its topics')
  return { ...target, ...given({ topics }) }
}

/** Collects `topic:partition=offset`. */
export function offsetTarget(value: string, before: OffsetTarget[] = []): OffsetTarget[] {
  const [, topic = '', partition, offset] = /^([^:=]+):(\d+)=(\d+)$/.exec(value) ?? []
  if (topic === '') throw new InvalidArgumentError('Not topic:partition=offset.')
  return [...before, { topic, partition: Number(partition), offset: Number(offset) }]
}
