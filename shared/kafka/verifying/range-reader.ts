import { setTimeout as sleep } from 'node:timers/promises'
import { fieldError, KopsError } from '../../errors/catalog.ts'
import { type Brokers, createBrokers } from '../connection/brokers.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal } from '../connection/errors.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { brokerName, type TopicMetadata } from '../model.ts'
import { type AbortedTransaction, fetchRecords } from '../protocol/fetch.ts'
import { byLeader, readLeaderOffsets } from '../protocol/list-offsets.ts'
import { createPace } from '../records/pace.ts'
import { unpackBatches } from '../records/record-batches.ts'
import { walkRecords } from '../records/walk-records.ts'
import type { Isolation, OffsetRange, RangeReader, RangeReading, RangeVisitor } from './port.ts'
import { unpackQuickly } from './quick-unpack.ts'

/** Of one partition in one answer. A partition is read to its end before another begins, as far as its leader's answers have room. */
const partitionBytes = 2 * 1024 * 1024
const partitionsAtOnce = 4
/** How long a broker waits for the first byte, where replication has not reached the range's end again. */
const maxWaitMs = 200
const answerMs = 10_000
const pauseMs = 200

/** The RangeReader port, over connections of its own: large answers delay nobody else. */
export function createRangeReader(options: Omit<ConnectionOptions, 'pool'>): RangeReader {
  return rangeReaderOf(createBrokers(options))
}

type Leaders = Pick<Brokers, 'metadata' | 'link'>

/** A RangeReader of brokers that it closes. */
export function rangeReaderOf(brokers: Leaders & Pick<Brokers, 'close'>): RangeReader {
  return {
    async offsets(topic, signal) {
      const metadata = await readTopic(brokers, topic, signal)
      const { led, leaderless } = byLeader([metadata])
      const read = await Promise.all(
        Array.from(led, ([leader, partitions]) => readLeaderOffsets(brokers.link(leader), partitions, signal))
      )
      return [...read.flat(), ...leaderless].map(({ partition, logStartOffset: from, logEndOffset: to }) => {
        if (from === null || to === null) {
          throw new KopsError('topic_not_ready', `The offsets of ${topic}-${partition} could not be read`)
        }
        return { partition, from, to }
      })
    },
    async read(topic, ranges, { isolation = 'read_uncommitted', stallMs, signal, ...visitor }) {
      const readings = ranges.map((range) => createProgress(range, visitor))
      let advancedAt = performance.now()
      let failure = 'its leader does not answer'
      const onAdvance = () => {
        advancedAt = performance.now()
      }
      const open = () => readings.filter((reading) => !reading.isOver())
      while (open().length > 0 && performance.now() - advancedAt < stallMs) {
        try {
          const metadata = await readTopic(brokers, topic, signal)
          const byBroker = Map.groupBy(open(), ({ partition }) => leaderOf(metadata, partition)?.leader ?? null)
          if (byBroker.has(null)) failure = 'it has no leader'
          const drained = Array.from(byBroker, async ([leader, led]) => {
            if (leader === null) return
            await drain(brokers, metadata, { leader, led, isolation, signal, onAdvance }).catch((error: unknown) => {
              signal.throwIfAborted()
              failure = error instanceof Error ? error.message : String(error)
            })
          })
          await Promise.all(drained)
        } catch (error) {
          signal.throwIfAborted()
          failure = error instanceof Error ? error.message : String(error)
        }
        if (open().length > 0) await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted())
      }
      for (const reading of open()) reading.end(failure)
    },
    async close() {
      brokers.close()
    }
  }
}

/** A range on its way from its start to its end. */
interface Progress {
  readonly partition: number
  readonly position: number
  isOver(): boolean
  /** The records of an answer. @returns whether the position advanced */
  take(answer: Buffer, aborted: AbortedTransaction[]): Promise<boolean>
  /** Offsets before this are gone. */
  skipTo(offset: number): void
  end(failure?: string): void
}

function createProgress(range: OffsetRange, visitor: RangeVisitor): Progress {
  const { partition, from, to } = range
  const gone: RangeReading['gone'] = []
  const pace = createPace()
  const unpackWith = unpackQuickly()
  let position = from
  let ended = false

  function end(failure?: string): void {
    if (ended) return
    ended = true
    visitor.onEnd({ ...range, readUpTo: position, gone, ...(failure === undefined ? {} : { failure }) })
  }

  function advance(offset: number): boolean {
    const isForward = offset > position
    position = Math.min(to, Math.max(position, offset))
    if (position >= to) end()
    return isForward
  }

  if (from >= to) end()
  return {
    partition,
    get position() {
      return position
    },
    isOver: () => ended,
    end,
    async take(answer, aborted) {
      const first = position
      let advanced = false
      for await (const batch of unpackBatches({ partition, from: first, to }, answer, { pace, unpackWith, aborted })) {
        const { content } = batch
        const unreadable =
          content === null
            ? batch.unreadable
            : walkRecords(content.header, content.bytes, (record) => {
                if (record.offset >= first && record.offset < to) visitor.onRecord(partition, record)
              })
        for (const each of unreadable) visitor.onUnreadable(partition, each)
        advanced = advance(batch.nextOffset) || advanced
      }
      return advanced
    },
    skipTo(offset) {
      if (offset > position) gone.push({ from: position, to: Math.min(to, offset) })
      advance(offset)
    }
  }
}

interface Draining {
  leader: number
  led: Progress[]
  isolation: Isolation
  signal: AbortSignal
  onAdvance: () => void
}

/** Reads the ranges that one broker leads. Rejects, or resolves before they are over, when leaders have to be looked up again. */
async function drain(
  brokers: Leaders,
  metadata: TopicMetadata,
  { leader, led, isolation, signal, onAdvance }: Draining
): Promise<void> {
  const link = brokers.link(leader)
  for (;;) {
    const next = led.filter((reading) => !reading.isOver()).slice(0, partitionsAtOnce)
    if (next.length === 0) return
    const partitions = next.map(({ partition, position }) => ({
      partition,
      leaderEpoch: leaderOf(metadata, partition)?.leaderEpoch ?? null,
      offset: position,
      maxBytes: partitionBytes
    }))
    const request = {
      topics: [{ topic: metadata.name, partitions }],
      ...{ maxWaitMs, minBytes: 1, maxBytes: partitionBytes * partitionsAtOnce, isolation }
    }
    const answers = await withDeadline({ deadlineMs: answerMs, signal }, signal, (limited) =>
      fetchRecords(link, request, limited)
    )
    let advanced = false
    for (const { partition, errorCode, records, aborted } of answers) {
      const reading = next.find((each) => each.partition === partition)
      if (errorCode !== 0 && kafkaErrorName(errorCode) === 'OFFSET_OUT_OF_RANGE' && reading) {
        const [offsets] = await readLeaderOffsets(
          link,
          [{ topic: metadata.name, partitions: [{ partition, leaderEpoch: null }] }],
          signal
        )
        const start = offsets?.logStartOffset ?? null
        if (start === null || start <= reading.position) throw kafkaRefusal(errorCode, `Reading ${metadata.name}`)
        reading.skipTo(start)
        advanced = true
        continue
      }
      if (errorCode !== 0) throw kafkaRefusal(errorCode, `Reading ${metadata.name} from ${brokerName(leader)}`)
      if (reading && records && records.length > 0) advanced = (await reading.take(records, aborted)) || advanced
    }
    if (advanced) onAdvance()
    else return
  }
}

function leaderOf({ partitions }: TopicMetadata, partition: number) {
  return partitions.find((each) => each.partition === partition)
}

async function readTopic(brokers: Leaders, name: string, signal: AbortSignal): Promise<TopicMetadata> {
  const metadata = await withDeadline({ deadlineMs: answerMs, signal }, signal, (limited) =>
    brokers.metadata([name], limited)
  )
  const topic = metadata.topics.find((each) => each.name === name)
  if (topic === undefined) throw fieldError('topic_not_found', 'topic', `${name} does not exist`)
  return topic
}
