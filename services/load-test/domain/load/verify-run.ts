import type { Clock } from '#shared/clock.ts'
import type { Verification } from '#shared/contracts/load-test-result.ts'
import { messageOf } from '#shared/jobs/runner.ts'
import type { OffsetRange, RangeReader } from '#shared/kafka/verifying/port.ts'
import { poll } from '#shared/poll.ts'
import { runsOf } from '../verification/acknowledged-runs.ts'
import { dataFaults } from '../verification/data-faults.ts'
import { createEvidence } from '../verification/evidence.ts'
import { assertAccounted, type Ledger } from '../verification/ledger.ts'
import { addCounts, createPartitionCheck, noRecords, type PartitionCheck } from '../verification/partition-check.ts'
import type { LoadOrder } from './engine-port.ts'
import { createStampReader } from './stamp.ts'
import { createValuePool } from './value-pool.ts'

/** What the producers of a run say of their records, in their order. */
export interface ProducersAccounts {
  ledgers: Ledger[]
  /** Numbers of records, as producers report them while they run. */
  sent: number[]
}

export interface VerifyRunOptions extends ProducersAccounts {
  order: LoadOrder
  /** The offsets of the topic before the run. */
  before: readonly OffsetRange[]
  reader: Pick<RangeReader, 'offsets' | 'read'>
  clock: Clock
  signal: AbortSignal
  /** Gets the number of records that were read so far. */
  onRead: (records: number) => void
}

/** A leader's acknowledgement (acks=leader) comes before the record can be read. */
const replicationMs = 10_000
/** Unconfirmed records may be in flight for this long. */
const settleMs = 2000
const stallMs = 30_000
const readsPerReport = 65_536

/**
 * Reads what a run wrote, from the end that the topic had before, and accounts for each record: its stamp names its place in the
 * ledger and in the pool of values, which is made again.
 * @throws the signal's reason when aborted; Error if the accounts of the producers contradict each other
 */
export async function verifyRun(options: VerifyRunOptions): Promise<Verification> {
  const { order, ledgers, reader, clock, signal } = options
  assertAccounted(ledgers, options.sent)
  const { workload, seed, timestampMs } = order
  const startedAt = clock.monotonicMs()
  const { payload, records } = workload
  const pools = ledgers.map((_, index) => createValuePool(payload, seed + index, timestampMs, records).values)
  const stamp = createStampReader({ run: seed, headers: workload.headers, timed: workload.consumers.length > 0 })
  const evidence = createEvidence()
  const unread: string[] = []
  const counts = noRecords()
  const open = new Map<number, PartitionCheck>()
  const waiting = new Set(ledgers.flatMap((ledger) => Array.from(ledger.keys())))
  let read = 0

  /** Its partition's, made when its first record arrives: few partitions are read at a time. */
  function checkOf(partition: number): PartitionCheck {
    const made = open.get(partition)
    if (made) return made
    const ofPartition = ledgers.map((ledger) => ledger.get(partition))
    const check = createPartitionCheck(partition, ofPartition, evidence.note)
    open.set(partition, check)
    return check
  }

  function end(partition: number, extent: Parameters<PartitionCheck['end']>[0]): void {
    addCounts(counts, checkOf(partition).end(extent))
    open.delete(partition)
    waiting.delete(partition)
  }

  const ranges = await rangesToRead(options).catch((error: unknown) => {
    signal.throwIfAborted()
    unread.push(messageOf(error))
    return []
  })
  await reader.read(order.topic, ranges, {
    // The topic's other readers may see what is aborted: this is about those who must not.
    isolation: workload.transactions ? 'read_committed' : 'read_uncommitted',
    stallMs,
    signal,
    onRecord(partition, { offset, bytes, valueStart, valueEnd, headersStart, headersEnd }) {
      read += 1
      if (read % readsPerReport === 0) options.onRead(read)
      const check = checkOf(partition)
      if (!stamp.read(bytes, headersStart, headersEnd)) {
        check.other(offset)
        return
      }
      const { producer, index, sequence } = stamp
      const value = pools[producer]?.[index]
      const isWhole = value !== undefined && bytes.compare(value, 0, value.length, valueStart, valueEnd) === 0
      if (isWhole) check.record(offset, producer, sequence)
      else check.damaged(offset, `record ${sequence} of producer ${producer} with another value`)
    },
    onUnreadable(partition, { from, to, reason }) {
      checkOf(partition).undecodable(from, to)
      unread.push(`partition ${partition}: offsets ${from} to ${to - 1} cannot be decoded (${reason})`)
    },
    onEnd({ partition, to, readUpTo, gone, failure }) {
      end(partition, { readUpTo, endOffset: to, gone })
      for (const each of gone) unread.push(`partition ${partition}: offsets ${each.from} to ${each.to - 1} are gone`)
      if (failure) unread.push(`partition ${partition}: offsets ${readUpTo} to ${to - 1} were not read (${failure})`)
    }
  })
  for (const partition of waiting) end(partition, undefined)
  const durationMs = Math.round(clock.monotonicMs() - startedAt)
  const faults = dataFaults(counts, workload.producer.idempotent)
  const verdict = faults.length > 0 ? 'faulty' : counts.unseen > 0 ? 'incomplete' : 'clean'
  return { verdict, ...counts, durationMs, faults, evidence: evidence.texts, unread: unread.slice(0, mostUnread) }
}

const mostUnread = 20

/** From the topic's end before the run to its end now, once that includes what was acknowledged, and what nobody confirms is in. */
async function rangesToRead({
  order: { topic },
  ledgers,
  before,
  reader,
  clock,
  signal
}: VerifyRunOptions): Promise<OffsetRange[]> {
  const starts = new Map(before.map(({ partition, to }) => [partition, to]))
  const wanted = new Map<number, number>()
  let isUnconfirmed = false
  let grown = { to: -1, at: clock.monotonicMs() }
  for (const ledger of ledgers) {
    for (const [partition, { acknowledged, unconfirmed }] of ledger) {
      isUnconfirmed ||= unconfirmed.from.length > 0
      for (const { offset, records } of runsOf(acknowledged)) {
        wanted.set(partition, Math.max(wanted.get(partition) ?? 0, offset + records))
      }
    }
  }
  let failure: unknown
  const ask = () =>
    reader.offsets(topic, signal).catch((error: unknown) => {
      failure = error
      return undefined
    })
  function isSettled(offsets: readonly OffsetRange[]): boolean {
    const to = offsets.reduce((sum, each) => sum + each.to, 0)
    if (to !== grown.to) grown = { to, at: clock.monotonicMs() }
    return !isUnconfirmed || clock.monotonicMs() - grown.at >= settleMs
  }
  const { answer } = await poll(
    ask,
    (offsets) =>
      offsets?.every(({ partition, to }) => to >= (wanted.get(partition) ?? 0)) === true && isSettled(offsets),
    { timeoutMs: replicationMs, pauseMs: 100, clock, signal }
  )
  if (!answer) throw failure
  return answer.map(({ partition, to }) => {
    const from = starts.get(partition) ?? 0
    return { partition, from, to: Math.max(from, to) }
  })
}
