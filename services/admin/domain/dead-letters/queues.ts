import type { DeadLetterQueue, DeadLetterQueueList } from '#shared/contracts/dead-letters.ts'
import { fieldError, isKopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { PartitionOffsets, TopicMetadata } from '#shared/kafka/model.ts'
import type { TopicRecords } from '#shared/kafka/records/port.ts'
import { isGranted, matchesGlob } from '#shared/lists/glob.ts'
import { assertNotReserved, type ReservedTopics } from '#shared/reserved-topics.ts'
import type { DecisionLog } from '#shared/streams/dead-letters/decision-log.ts'
import { isQueue, type QueueGlobs, queueFigures, undecidedOf } from '#shared/streams/dead-letters/queues.ts'
import { sum } from '../sum.ts'
import type { ReadTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'

export interface QueuePorts {
  reader: Pick<ClusterReader, 'metadata' | 'offsets' | 'recordTimes'>
  topicRecords: Pick<TopicRecords, 'offsetsAt'>
  decisions: DecisionLog
}

/** How many queues are asked for the growth of the last hour at once: a request to each leader for each queue. */
const atOnce = 8
const hourMs = 3_600_000

/** @throws KopsError topic_protected, or validation_failed on `topicName` for a topic that is no queue */
export function assertChangeable(topic: string, globs: QueueGlobs, reserved: Pick<ReservedTopics, 'refusal'>): void {
  assertNotReserved(reserved, topic, 'change')
  if (isQueue(globs, topic)) return
  const message = `is no dead-letter queue: it matches none of ${globs.join(', ')} (KOPS_DEAD_LETTER_QUEUES)`
  throw fieldError('validation_failed', 'topicName', message)
}

/**
 * The topic that a queue is named after: what its glob's star stands for, where that is a topic. null for another name, and for
 * globs that have more than one star, or a question mark.
 */
export function originByName(globs: QueueGlobs, queue: string, topics: ReadonlySet<string>): string | null {
  for (const glob of globs) {
    const [before, after, ...more] = glob.split('*')
    if (before === undefined || after === undefined || more.length > 0 || glob.includes('?')) continue
    if (!matchesGlob(glob, queue)) continue
    const origin = queue.slice(before.length, queue.length - after.length)
    if (origin !== queue && topics.has(origin)) return origin
  }
  return null
}

/**
 * Every queue, by name. What could not be read is null, and named in the warnings.
 * @param granted globs of the only topics that the caller may see; undefined: all
 * @throws KopsError cluster_unreachable
 */
export async function listQueues(
  { reader, topicRecords, decisions }: QueuePorts,
  globs: QueueGlobs,
  { deadlineMs, now }: ReadTiming,
  granted?: readonly string[]
): Promise<DeadLetterQueueList> {
  const asOf = now()
  const metadata = await reader.metadata({ deadlineMs })
  const visible = metadata.value.topics.filter(({ name }) => isGranted(granted, name))
  const names = new Set(visible.map(({ name }) => name))
  const queues = visible.filter(({ name }) => isQueue(globs, name)).sort((a, b) => (a.name < b.name ? -1 : 1))
  const nothing = { value: [], warnings: [] }
  const [offsets, known] = await Promise.all([
    queues.length === 0 ? nothing : reader.offsets(queues, { deadlineMs }),
    queues.length === 0 ? undefined : knownDecisions(decisions, deadlineMs)
  ])
  const logs = Map.groupBy(offsets.value, ({ topic }) => topic)
  const undecided = new Map(
    known?.book && queues.map((queue) => [queue.name, undecidedOf(known.book, queue, logs.get(queue.name) ?? [])])
  )
  const oldest = [...undecided.values()].flatMap(({ oldest }) => oldest)
  const [times, growth] = await Promise.all([
    oldest.length === 0 ? nothing : reader.recordTimes(oldest, queues, { deadlineMs }),
    growthOf(topicRecords, queues, logs, { at: new Date(asOf.getTime() - hourMs), deadlineMs })
  ])
  const dated = Map.groupBy(times.value, ({ topic }) => topic)
  return {
    queues: queues.map((queue): DeadLetterQueue => {
      const open = undecided.get(queue.name)
      const firsts = dated.get(queue.name)?.flatMap(({ timestampMs }) => timestampMs ?? []) ?? []
      return {
        topic: queue.name,
        originTopic: originByName(globs, queue.name, names),
        partitions: queue.partitions.length,
        letters: queueFigures(queue, logs.get(queue.name) ?? []).letters,
        undecided: open?.undecided ?? null,
        unconfirmed: open?.unconfirmed ?? null,
        lastHour: growth.get(queue.name) ?? null,
        oldestUndecidedAt: firsts.length === 0 ? null : new Date(Math.min(...firsts)).toISOString()
      }
    }),
    patterns: globs.join(','),
    asOf: asOf.toISOString(),
    warnings: distinctWarnings([
      ...metadata.warnings,
      ...offsets.warnings,
      ...times.warnings,
      ...(known?.warnings ?? [])
    ])
  }
}

async function knownDecisions(decisions: DecisionLog, deadlineMs: number) {
  try {
    await decisions.sync({ deadlineMs })
    return { book: decisions.book, warnings: [] }
  } catch (error) {
    if (!isKopsError(error)) throw error
    const message = `What was decided on letters is not known: ${error.message}`
    return { book: undefined, warnings: [{ code: error.code, message }] }
  }
}

/** How many records of each queue are not older than a time; a queue is missing if a partition could not say. */
async function growthOf(
  topicRecords: QueuePorts['topicRecords'],
  queues: readonly TopicMetadata[],
  logs: ReadonlyMap<string, readonly PartitionOffsets[]>,
  { at, deadlineMs }: { at: Date; deadlineMs: number }
): Promise<Map<string, number | null>> {
  const growth = new Map<string, number | null>()
  const waiting = [...queues]
  async function work(): Promise<void> {
    for (let queue = waiting.shift(); queue !== undefined; queue = waiting.shift()) {
      const ends = new Map(logs.get(queue.name)?.map(({ partition, logEndOffset }) => [partition, logEndOffset]))
      const { value } = await topicRecords.offsetsAt(queue, at, { deadlineMs })
      const grown = queue.partitions.flatMap(({ partition }) => {
        const [since, end] = [value.get(partition), ends.get(partition) ?? null]
        return since === undefined || end === null ? [] : [since === null ? 0 : Math.max(0, end - since)]
      })
      if (grown.length === queue.partitions.length) growth.set(queue.name, sum(grown))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return growth
}
