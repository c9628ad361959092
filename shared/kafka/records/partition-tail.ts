import { setTimeout as sleep } from 'node:timers/promises'
import { KopsError } from '../../errors/catalog.ts'
import { type Brokers, createBrokers } from '../connection/brokers.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal } from '../connection/errors.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { fetchRecords } from '../protocol/fetch.ts'
import { readLeaderOffsets } from '../protocol/list-offsets.ts'
import type { LogRecord } from './port.ts'
import { decodeBatches } from './record-batches.ts'

export interface PartitionTailOptions extends ConnectionOptions {
  topic: string
  partition: number
  onRecord: (record: LogRecord) => void
}

/** Follows one partition from its end on, without a group. What cannot be decoded is passed over. */
export interface PartitionTail {
  /** Resolves once the end is known from which it reads. @throws KopsError topic_not_ready, cluster_unreachable */
  open(): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

/** A broker waits so long for a record; the answer comes as soon as there is one. */
const maxWaitMs = 500
const requestMs = 4000
const fetchBytes = 4_194_304
const pauseMs = 100

/** It has connections of its own: a broker answers the requests of one connection in turn, and these wait. */
export function createPartitionTail({
  topic,
  partition,
  onRecord,
  ...connection
}: PartitionTailOptions): PartitionTail {
  const brokers = createBrokers(connection)
  const closing = new AbortController()
  let following: Promise<void> | undefined

  const within = <T>(work: (signal: AbortSignal) => Promise<T>) =>
    withDeadline({ deadlineMs: requestMs }, closing.signal, work)

  async function follow(from: number, first: Place): Promise<void> {
    let offset = from
    let place: Place | undefined = first
    while (!closing.signal.aborted) {
      try {
        place ??= await within((signal) => leaderOf(brokers, topic, partition, signal))
        offset = await readOn(place, offset)
      } catch {
        // Another leader, or the same one again: whoever expects records misses them, and says so.
        place = undefined
        await sleep(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }

  /** @returns the offset after what was read */
  async function readOn({ leader, leaderEpoch }: Place, offset: number): Promise<number> {
    const partitions = [{ partition, leaderEpoch, offset, maxBytes: fetchBytes }]
    const request = { topics: [{ topic, partitions }], maxWaitMs, minBytes: 1, maxBytes: fetchBytes }
    const [answer] = await within((signal) => fetchRecords(brokers.link(leader), request, signal))
    if (answer === undefined)
      throw new KopsError('topic_not_ready', `The leader of ${topic}-${partition} did not report it`)
    if (answer.errorCode !== 0) {
      // Retention has passed it, or the log was cut: what is new counts.
      if (kafkaErrorName(answer.errorCode) === 'OFFSET_OUT_OF_RANGE')
        return within((signal) => endOf({ leader, leaderEpoch }, signal))
      throw kafkaRefusal(answer.errorCode, `Reading ${topic}-${partition}`)
    }
    let next = offset
    const span = { partition, from: offset, to: Number.MAX_SAFE_INTEGER }
    for await (const batch of decodeBatches(span, answer.records ?? Buffer.alloc(0), { aborted: answer.aborted })) {
      for (const record of batch.records.between(offset, span.to, 'ascending')) onRecord(record)
      next = Math.max(next, batch.nextOffset)
    }
    return next
  }

  async function endOf({ leader, leaderEpoch }: Place, signal: AbortSignal): Promise<number> {
    const [read] = await readLeaderOffsets(
      brokers.link(leader),
      [{ topic, partitions: [{ partition, leaderEpoch }] }],
      signal
    )
    if (read?.logEndOffset == null) {
      throw new KopsError('topic_not_ready', `The leader of ${topic}-${partition} does not report its offsets`)
    }
    return read.logEndOffset
  }

  return {
    async open() {
      const place = await within((signal) => leaderOf(brokers, topic, partition, signal))
      const end = await within((signal) => endOf(place, signal))
      following = follow(end, place)
    },
    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The tail is closed'))
      brokers.close()
      await following
    }
  }
}

interface Place {
  leader: number
  leaderEpoch: number | null
}

async function leaderOf(brokers: Brokers, name: string, partition: number, signal: AbortSignal): Promise<Place> {
  const { topics } = await brokers.metadata([name], signal)
  const topic = topics.find((each) => each.name === name)
  const found = topic?.partitions.find((each) => each.partition === partition)
  if (found?.leader == null) throw new KopsError('topic_not_ready', `${name}-${partition} has no leader`)
  return { leader: found.leader, leaderEpoch: found.leaderEpoch }
}
