import type { Warning } from '../../contracts/common.ts'
import { fieldError, KopsError } from '../../errors/catalog.ts'
import type { Brokers } from '../connection/brokers.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal } from '../connection/errors.ts'
import { askEach, toWarnings } from '../connection/fan-out.ts'
import { brokerName, type TopicMetadata } from '../model.ts'
import { fetchRecords } from '../protocol/fetch.ts'
import { byLeader, readLeaderOffsets, unreadOffsets } from '../protocol/list-offsets.ts'
import type { Isolation } from './port.ts'
import { type DecodedBatch, decodeBatches } from './record-batches.ts'
import type { Span } from './sources.ts'
import { type ReadableOffsets, withStableOffsets } from './stable-offsets.ts'

/** A broker that has not answered one question by then is left out, so that it does not use up the whole deadline. */
const patienceMs = 1000
/** How long a broker waits for a first byte: only if a leader's high watermark is below an earlier one's. */
const maxWaitMs = 100

const staleLeader = new Set(['NOT_LEADER_OR_FOLLOWER', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH'])

/** The partitions of one topic at their leaders, for the time of one reading. */
export interface PartitionFetcher {
  readonly offsets: ReadableOffsets[]
  readonly warnings: Warning[]
  readonly topic: TopicMetadata
  /**
   * Whole batches of a span: the first contains its start or follows it, whatever its size; further ones while they
   * fit. Ignores batches that start after the span, and returns no records for those that the isolation excludes. Looks
   * up a changed leader again, once.
   * @throws KopsError of the broker or the partition; the signal's reason
   */
  fetch(span: Span, maxBytes: number, signal: AbortSignal): Promise<DecodedBatch[]>
}

/**
 * The first batch, and more while their uncompressed size is below the requested one: compressed batches may be far
 * larger.
 */
async function takeUpTo(maxBytes: number, batches: AsyncIterable<DecodedBatch>): Promise<DecodedBatch[]> {
  const taken: DecodedBatch[] = []
  let bytes = 0
  for await (const batch of batches) {
    taken.push(batch)
    bytes += batch.bytes
    if (bytes >= maxBytes) break
  }
  return taken
}

/** @throws KopsError topic_not_found, validation_failed on `partition`, cluster_unreachable */
export async function openFetcher(
  brokers: Brokers,
  name: string,
  { partitions, isolation }: { partitions?: number[] | undefined; isolation: Isolation },
  signal: AbortSignal
): Promise<PartitionFetcher> {
  const whole = await readTopic(brokers, name, signal)
  const unknown = partitions?.find((wanted) => !whole.partitions.some(({ partition }) => partition === wanted))
  if (unknown !== undefined) {
    const last = whole.partitions.length - 1
    throw fieldError('validation_failed', 'partition', `${name} has partitions 0 to ${last}, not ${unknown}`)
  }
  let topic = partitions
    ? { ...whole, partitions: whole.partitions.filter(({ partition }) => partitions.includes(partition)) }
    : whole
  const { offsets, warnings } = await readOffsets(brokers, topic, isolation, signal)
  let refreshed = false

  async function fetchOnce({ partition, from }: Span, maxBytes: number, signal: AbortSignal) {
    const metadata = topic.partitions.find((candidate) => candidate.partition === partition)
    if (metadata === undefined || metadata.leader === null) {
      throw new KopsError('topic_not_ready', `${name}-${partition} has no leader`)
    }
    const { leader, leaderEpoch } = metadata
    const bytes = Math.ceil(maxBytes)
    const place = { partition, leaderEpoch, offset: from, maxBytes: bytes }
    const request = {
      topics: [{ topic: name, partitions: [place] }],
      ...{ maxWaitMs, minBytes: 1, maxBytes: bytes, isolation }
    }
    const answers = await withDeadline({ deadlineMs: patienceMs, signal }, signal, (limited) =>
      fetchRecords(brokers.link(leader), request, limited)
    )
    const answer = answers[0]
    if (answer === undefined) throw new KopsError('topic_not_ready', `${brokerName(leader)} did not report ${name}`)
    return answer
  }

  return {
    offsets,
    warnings,
    get topic() {
      return topic
    },
    async fetch(span, maxBytes, signal) {
      let answer = await fetchOnce(span, maxBytes, signal)
      if (staleLeader.has(kafkaErrorName(answer.errorCode)) && !refreshed) {
        refreshed = true
        topic = await readTopic(brokers, name, signal)
        answer = await fetchOnce(span, maxBytes, signal)
      }
      if (answer.errorCode !== 0)
        throw kafkaRefusal(answer.errorCode, `Reading ${name}-${span.partition} at ${span.from}`)
      const { records, aborted } = answer
      return records === null ? [] : takeUpTo(maxBytes, decodeBatches(span, records, { aborted }))
    }
  }
}

async function readTopic(brokers: Brokers, name: string, signal: AbortSignal): Promise<TopicMetadata> {
  const metadata = await withDeadline({ deadlineMs: patienceMs, signal }, signal, (limited) =>
    brokers.metadata([name], limited)
  )
  const topic = metadata.topics.find((candidate) => candidate.name === name)
  if (topic === undefined) throw fieldError('topic_not_found', 'topicName', `Topic ${name} does not exist`)
  return topic
}

async function readOffsets(
  brokers: Brokers,
  topic: TopicMetadata,
  isolation: Isolation,
  signal: AbortSignal
): Promise<{ offsets: ReadableOffsets[]; warnings: Warning[] }> {
  const { led, leaderless } = byLeader([topic])
  const { answers, failures } = await askEach(led, 'Reading offsets', ([leader, partitions]) =>
    withDeadline({ deadlineMs: patienceMs, signal }, signal, async (limited): Promise<ReadableOffsets[]> => {
      const link = brokers.link(leader)
      const read = await readLeaderOffsets(link, partitions, limited)
      return isolation === 'read_committed' ? withStableOffsets(link, partitions, read, limited) : read
    })
  )
  signal.throwIfAborted()
  const unread = failures.flatMap(([[, partitions]]) => unreadOffsets(partitions))
  const offsets = [...answers.flatMap(([, read]) => read), ...unread, ...leaderless]
  return {
    offsets: offsets.sort((a, b) => a.partition - b.partition),
    warnings: [
      ...toWarnings(failures, ([leader]) => brokerName(leader)),
      ...leaderless.map(({ partition }) => ({
        code: 'topic_not_ready',
        message: 'It has no leader',
        target: `${topic.name}-${partition}`
      }))
    ]
  }
}
