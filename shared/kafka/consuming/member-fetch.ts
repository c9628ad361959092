import type { Clock } from '../../clock.ts'
import type { Brokers } from '../connection/brokers.ts'
import { createLoopDeadline, withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal } from '../connection/errors.ts'
import { brokerName, type TopicMetadata } from '../model.ts'
import { type AbortedTransaction, type FetchRequest, fetchRecords } from '../protocol/fetch.ts'
import { byLeader, type LedPartitions, readLeaderOffsets } from '../protocol/list-offsets.ts'
import { recordOf } from '../records/batch-records.ts'
import { createPace } from '../records/pace.ts'
import { unpackBatches } from '../records/record-batches.ts'
import { walkRecords } from '../records/walk-records.ts'
import { unpackQuickly } from '../verifying/quick-unpack.ts'
import type { Delivery, FetchSettings } from './port.ts'

export interface MemberFetchOptions {
  /** Connections of its own: a broker holds a fetch back until it has records, and with it all requests behind it. */
  brokers: Pick<Brokers, 'metadata' | 'link'>
  member: number
  topic: string
  /** read_committed delivers no record of an aborted transaction, and none of an open one or behind it. */
  isolation?: FetchRequest['isolation']
  fetching: FetchSettings
  /** The next offset to deliver of each partition, of all members: who gets a partition goes on where the last one was. */
  delivered: Map<number, number>
  /** Whether a partition may get more now; absent: always. Those that may not are left out of fetches, and delay no other. */
  wants?: (partition: number) => boolean
  /** A fetch failed; it goes on. */
  onProblem?: (error: unknown) => void
  clock: Pick<Clock, 'sleep'>
}

/** Fetches what a member has assigned, from each leader on its own. */
export interface MemberFetch {
  /** From now on these partitions, and no others. */
  assign(partitions: readonly number[]): void
  /** Until the signal aborts. Follows leaders as they move; never rejects but with what `onDelivery` does. */
  run(onDelivery: (delivery: Delivery) => Promise<void> | undefined, signal: AbortSignal): Promise<void>
}

/** As Java's consumer has it (max.partition.fetch.bytes). */
const partitionBytes = 1024 * 1024
const answerBytes = 8 * partitionBytes
const answerMs = 10_000
const pauseMs = 200
/** How soon a partition that may not get more is looked at again, and how soon one that may not for longer than a second. */
const fullMs = 5
const stuckMs = 250
const fullLooks = 1000 / fullMs
/** Partitions without a leader are looked up again so often. */
const leaderlessMs = 1000

export function createMemberFetch(options: MemberFetchOptions): MemberFetch {
  const { brokers, member, topic, isolation = 'read_uncommitted', fetching, delivered, clock } = options
  const { wants = () => true, onProblem = () => undefined } = options
  let assigned: readonly number[] = []
  /** Ends when the assignment changes, or a leader has to be looked up again. */
  let round = new AbortController()

  async function readTopic(signal: AbortSignal): Promise<TopicMetadata | undefined> {
    const metadata = await withDeadline({ deadlineMs: answerMs, signal }, signal, (limited) =>
      brokers.metadata([topic], limited)
    )
    const found = metadata.topics.find(({ name }) => name === topic)
    return found && { ...found, partitions: found.partitions.filter(({ partition }) => assigned.includes(partition)) }
  }

  /** One leader, until the round is over. @throws KopsError, what onDelivery does, or the signal's reason */
  async function follow(
    leader: number,
    led: readonly LedPartitions[],
    onDelivery: Parameters<MemberFetch['run']>[0],
    signal: AbortSignal
  ): Promise<void> {
    const link = brokers.link(leader)
    const unpacking = { pace: createPace(), unpackWith: unpackQuickly() }
    const partitions = led.flatMap((each) => each.partitions)
    const inTime = createLoopDeadline(answerMs, signal)
    let looks = 0
    for (let first = 0; !signal.aborted; first += 1) {
      // In turn, so that the partition that comes first in an answer is another one each time.
      const turn = first % partitions.length
      const places = [...partitions.slice(turn), ...partitions.slice(0, turn)].flatMap((place) => {
        const offset = delivered.get(place.partition)
        return offset === undefined || !wants(place.partition) ? [] : [{ ...place, offset, maxBytes: partitionBytes }]
      })
      const known = partitions.filter(({ partition }) => delivered.has(partition)).length
      looks = places.length < known ? looks + 1 : 0
      const lookMs = looks < fullLooks ? fullMs : stuckMs
      // A broker answers at once to a fetch of nothing.
      if (places.length === 0) {
        await clock.sleep(lookMs, signal)
        continue
      }
      const askedFrom = new Map(places.map(({ partition, offset }) => [partition, offset]))
      const asked = {
        topics: [{ topic, partitions: places }],
        minBytes: fetching.minBytes,
        maxWaitMs: places.length < known ? Math.min(lookMs, fetching.maxWaitMs) : fetching.maxWaitMs,
        maxBytes: answerBytes,
        isolation
      }
      const answers = await inTime((limited) => fetchRecords(link, asked, limited))
      for (const { partition, errorCode, records, aborted } of answers) {
        // Its owner has moved elsewhere in it meanwhile: these records would leave a gap.
        if (delivered.get(partition) !== askedFrom.get(partition)) continue
        if (kafkaErrorName(errorCode) === 'OFFSET_OUT_OF_RANGE') {
          const place = { topic, partitions: [{ partition, leaderEpoch: null }] }
          const [offsets] = await readLeaderOffsets(link, [place], signal)
          if (typeof offsets?.logStartOffset === 'number') delivered.set(partition, offsets.logStartOffset)
        } else if (errorCode !== 0) throw kafkaRefusal(errorCode, `Reading ${topic} from ${brokerName(leader)}`)
        else if (records && records.length > 0) await deliver(partition, records, aborted)
        if (signal.aborted) return
      }
    }

    async function deliver(partition: number, records: Buffer, aborted: AbortedTransaction[]): Promise<void> {
      const from = delivered.get(partition) ?? 0
      const span = { partition, from, to: Number.MAX_SAFE_INTEGER }
      let expected: number | undefined = from
      for await (const { content, nextOffset, unreadable } of unpackBatches(span, records, { ...unpacking, aborted })) {
        // Whoever has the partition now fetches this batch again.
        if (signal.aborted || delivered.get(partition) !== expected) return
        const first = expected ?? from
        expected = Math.max(first, nextOffset)
        delivered.set(partition, expected)
        const broken = [...unreadable]
        const each: Delivery['each'] = (visit) => {
          if (content === null) return
          const unseen = walkRecords(content.header, content.bytes, (record) => {
            if (record.offset >= first) visit(record)
          })
          broken.push(...unseen)
        }
        const record: Delivery['record'] = (view) => {
          if (content === null) throw new Error('an unreadable batch shows no records')
          return recordOf(content.header, view)
        }
        await onDelivery({ member, partition, nextOffset, unreadable: broken, each, record })
      }
    }
  }

  return {
    assign(partitions) {
      assigned = partitions
      round.abort()
    },
    async run(onDelivery, signal) {
      while (!signal.aborted) {
        round = new AbortController()
        const either = AbortSignal.any([signal, round.signal])
        let failure: unknown
        const handOver: typeof onDelivery = (delivery) =>
          onDelivery(delivery)?.catch((error: unknown) => {
            failure ??= error
            round.abort()
          })
        const metadata = assigned.length === 0 ? undefined : await readTopic(either).catch(() => undefined)
        const { led: leaders, leaderless } = byLeader(metadata ? [metadata] : [])
        if (leaderless.length > 0) {
          const current = round
          clock.sleep(leaderlessMs, either).then(
            () => current.abort(),
            () => undefined
          )
        }
        await Promise.all(
          Array.from(leaders, ([leader, led]) =>
            follow(leader, led, handOver, either).catch((error: unknown) => {
              if (!either.aborted) onProblem(error)
              round.abort()
            })
          )
        )
        if (signal.aborted) return
        if (failure !== undefined) throw failure
        await clock.sleep(pauseMs, signal).catch(() => undefined)
      }
    }
  }
}
