import type { Warning } from '#shared/contracts/common.ts'
import type { SkipReason } from '#shared/contracts/dead-letter-changes.ts'
import type { ConfigEntry } from '#shared/contracts/topics.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { type LogRecord, weigh } from '#shared/kafka/records/port.ts'
import { isGranted } from '#shared/lists/glob.ts'
import { assertNotReserved, type ReservedTopics } from '#shared/reserved-topics.ts'
import type { DecisionBook } from '#shared/streams/dead-letters/decisions.ts'
import { type DeadLetter, replayHeaders } from '#shared/streams/dead-letters/headers.ts'
import type { FoundLetter } from './select-letters.ts'

/** A topic that letters are replayed to, and what it takes. */
export interface Target {
  topic: string
  partitions: number
  /** Of a batch with one record. */
  maxBytes: number
  /** Whether a record with this timestamp is taken, keeps it, and is not deleted at once. */
  takesTime(timestampMs: number, nowMs: number): boolean
}

/** Why letters are not replayed, for people. */
export interface Obstacle {
  reason: SkipReason
  detail: string
}

/** A letter that will be written. */
export interface PlannedLetter extends FoundLetter {
  target: Target
  /** The partition that the letter came from; undefined: by its key. */
  toPartition: number | undefined
  headers: LogRecord['headers']
  /** Of key, value and headers. */
  bytes: number
  timestampMs: number | undefined
  /** It does not keep its time. */
  retimed: boolean
  /** Which replay of the letter this is, 1 for the first. */
  replays: number
}

export interface TargetRules {
  queue: string
  /** Every letter goes there; undefined: where its headers say. */
  to: string | undefined
  reserved: Pick<ReservedTopics, 'refusal'>
  /** Globs of the only topics that the caller may write to; undefined: all. */
  granted: readonly string[] | undefined
  /** How often a letter may be replayed. */
  mostReplays: number
  force: boolean
  includeUnconfirmed: boolean
}

export interface Targets {
  /** What could not be read of them. */
  readonly warnings: Warning[]
  /** Reads what is not known yet of the topics that letters go to. @throws KopsError cluster_unreachable */
  look(letters: readonly FoundLetter[]): Promise<void>
  /** What to do with a letter whose topic has been looked at. */
  plan(letter: FoundLetter, book: DecisionBook, nowMs: number): PlannedLetter | Obstacle
}

const configNames = [
  'max.message.bytes',
  'message.timestamp.type',
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
  'message.timestamp.difference.max.ms',
  'cleanup.policy',
  'retention.ms'
]
/** What a batch with one record has beside key, value and headers, at most: its header, lengths and deltas. */
const envelopeBytes = 100
/** Kafka's default. */
const defaultMaxBytes = 1_048_588

/**
 * @throws KopsError topic_protected, topic_not_found or validation_failed on `to`
 */
export async function openTargets(
  reader: Pick<ClusterReader, 'metadata' | 'topicConfigs'>,
  rules: TargetRules,
  { deadlineMs }: { deadlineMs: number }
): Promise<Targets> {
  const { queue, to } = rules
  const known = new Map<string, Target | Obstacle>()
  const warnings: Warning[] = []

  async function lookUp(names: string[]): Promise<void> {
    if (names.length === 0) return
    const [metadata, configs] = await Promise.all([
      reader.metadata({ topics: names, deadlineMs }),
      reader.topicConfigs(names, { deadlineMs, names: configNames })
    ])
    warnings.push(...metadata.warnings, ...configs.warnings)
    const found = new Map(metadata.value.topics.map((topic) => [topic.name, topic]))
    for (const name of names) {
      const topic = found.get(name)
      known.set(
        name,
        topic === undefined
          ? { reason: 'origin_missing', detail: `its topic ${name} does not exist` }
          : { topic: name, partitions: topic.partitions.length, ...limitsOf(configs.value.get(name) ?? []) }
      )
    }
  }

  if (to !== undefined) {
    assertNotReserved(rules.reserved, to, 'write', 'to')
    if (to === queue) throw fieldError('validation_failed', 'to', 'is the queue itself')
    await lookUp([to])
    if (!isTarget(known.get(to))) throw fieldError('topic_not_found', 'to', `There is no topic ${to}`)
  }

  return {
    warnings,

    async look(letters) {
      if (to !== undefined) return
      const names = new Set(letters.flatMap(({ origin }) => origin.topic ?? []))
      await lookUp([...names].filter((name) => !known.has(name) && refusalOf(name, rules) === undefined))
    },

    plan(letter, book, nowMs) {
      const obstacle = decidedBefore(letter, rules)
      if (obstacle !== undefined) return obstacle
      const { origin } = letter
      const name = to ?? origin.topic
      if (name === null) return { reason: 'no_origin', detail: 'its headers name no topic: give one with `to`' }
      const target = (to === undefined ? refusalOf(name, rules) : undefined) ?? known.get(name)
      if (!isTarget(target)) return target ?? { reason: 'origin_missing', detail: `its topic ${name} is not known` }
      const before = Math.max(origin.replays, replaysByPlace(origin, book))
      if (before >= rules.mostReplays && !rules.force) {
        const detail = `it has come back from ${rules.mostReplays} or more replays (KOPS_DEAD_LETTER_REPLAYS_MAX)`
        return { reason: 'replayed_too_often', detail }
      }
      return fit(letter, { target, replays: before + 1, nowMs })
    }
  }
}

function isTarget(found: Target | Obstacle | undefined): found is Target {
  return found !== undefined && 'partitions' in found
}

/** Headers say where a letter goes, and anybody may write headers. */
function refusalOf(name: string, { queue, reserved, granted }: TargetRules): Obstacle | undefined {
  if (name === queue) return { reason: 'origin_is_queue', detail: 'its headers name the queue itself' }
  const refusal = reserved.refusal(name, 'write')
  if (refusal) return { reason: 'origin_reserved', detail: refusal.message.replace(/^topicName: /, '') }
  if (!isGranted(granted, name)) return { reason: 'origin_not_granted', detail: `the topic ${name} is not granted` }
  return undefined
}

function decidedBefore(
  { decision }: FoundLetter,
  { force, includeUnconfirmed }: Pick<TargetRules, 'force' | 'includeUnconfirmed'>
): Obstacle | undefined {
  return decisionObstacle(decision, { force, includeUnconfirmed })
}

/** What a decision that was made before means for another one. Pure. */
export function decisionObstacle(
  decision: FoundLetter['decision'],
  { force, includeUnconfirmed }: { force: boolean; includeUnconfirmed: boolean }
): Obstacle | undefined {
  if (decision === undefined || decision.status === 'open') return undefined
  if (decision.status === 'unconfirmed') {
    if (includeUnconfirmed) return undefined
    return {
      reason: 'unconfirmed',
      detail: 'its replay was interrupted: it may have been written (includeUnconfirmed)'
    }
  }
  if (force) return undefined
  return { reason: decision.status, detail: `it was ${decision.status} before (force)` }
}

/** Not every system keeps a record's headers when it dies again: then its place says whether a replay wrote it. */
function replaysByPlace({ topic, partition, offset }: DeadLetter, book: DecisionBook): number {
  return topic === null || partition === null || offset === null ? 0 : book.replaysOf({ topic, partition, offset })
}

function fit(
  letter: FoundLetter,
  { target, replays, nowMs }: { target: Target; replays: number; nowMs: number }
): PlannedLetter | Obstacle {
  const { record, origin } = letter
  const headers = replayHeaders(record.headers, replays)
  const bytes = weigh({ key: record.key, value: record.value, headers })
  if (bytes + envelopeBytes + 12 * headers.length > target.maxBytes) {
    const detail = `it is larger than ${target.topic} takes (max.message.bytes ${target.maxBytes})`
    return { reason: 'too_large', detail }
  }
  const time = origin.timestampMs ?? record.timestampMs
  const keeps = time >= 0 && target.takesTime(time, nowMs)
  // Where it came from, records of its key are, whichever partitioner chose: librdkafka's differs from Java's.
  const isBack = target.topic === origin.topic && origin.partition !== null && origin.partition < target.partitions
  return {
    ...letter,
    target,
    toPartition: isBack ? (origin.partition ?? undefined) : undefined,
    headers,
    bytes,
    timestampMs: keeps ? time : undefined,
    retimed: !keeps,
    replays
  }
}

/** What a topic takes, by its settings; Kafka's defaults for those that could not be read. Pure. */
export function limitsOf(
  configs: readonly Pick<ConfigEntry, 'name' | 'value'>[]
): Pick<Target, 'maxBytes' | 'takesTime'> {
  const configOf = (name: string) => configs.find((entry) => entry.name === name)?.value ?? undefined
  const numberOf = (name: string, byDefault: number) => {
    const value = configOf(name)
    return value === undefined || Number.isNaN(Number(value)) ? byDefault : Number(value)
  }
  const never = Number.POSITIVE_INFINITY
  const difference = numberOf('message.timestamp.difference.max.ms', never)
  const [before, after] = ['before', 'after'].map((side) =>
    Math.min(difference, numberOf(`message.timestamp.${side}.max.ms`, never))
  )
  const isBrokersTime = configOf('message.timestamp.type') === 'LogAppendTime'
  const retention = numberOf('retention.ms', never)
  const deletes = (configOf('cleanup.policy') ?? 'delete').includes('delete') && retention >= 0
  return {
    maxBytes: numberOf('max.message.bytes', defaultMaxBytes),
    takesTime(timestampMs, nowMs) {
      if (isBrokersTime) return true
      const age = nowMs - timestampMs
      if (age > (before ?? never) || -age > (after ?? never)) return false
      return !deletes || age < retention
    }
  }
}
