import type { Clock } from '#shared/clock.ts'
import type { ConsumerGroup, Delivery, GroupPosition } from '#shared/kafka/consuming/port.ts'
import { createBacklogWatch, lagOf } from './backlog.ts'
import type { ConsumeOrder, PreparedGroup, Produced } from './consume-port.ts'
import { createConsumedRecorder, type RecordTimes } from './consumed-recorder.ts'
import { tick } from './send.ts'
import { createStampReader } from './stamp.ts'

export interface GroupParts {
  createGroup: (order: ConsumeOrder) => ConsumerGroup
  clock: Clock
  /** From the clock's monotonic time to that of the machine, which stamps have. */
  machineOffsetMs: number
  /** Milliseconds for which this thread has been at work since its start. */
  busyMs: () => number
}

/** One group of a run, whose members have joined. Its run begins at `startedAt` of the clock's monotonic time. */
export interface LoadGroup extends Pick<PreparedGroup, 'close'> {
  run(startedAt: number, ...rest: Parameters<PreparedGroup['run']>): ReturnType<PreparedGroup['run']>
}

/** How often the ends of the partitions are read. */
const lookMs = 250
/** A record that was acknowledged by its leader alone can be read once it is replicated. */
const settleMs = 2000
/** For counting what was not processed. */
const countMs = 5000
/** A pause shorter than this cannot be slept exactly: records share it. */
const leastPauseMs = 1

/** @throws KopsError like ConsumerGroup.join() */
export async function prepareGroup(order: ConsumeOrder, parts: GroupParts, signal: AbortSignal): Promise<LoadGroup> {
  const group = parts.createGroup(order)
  try {
    await group.join(signal)
  } catch (error) {
    await group.leave()
    throw error
  }
  return {
    run: (startedAt, ...rest) => consume(group, order, { ...parts, startedAt }, ...rest),
    close: () => group.leave()
  }
}

/**
 * Idle until its time, then consuming until everything is processed or the time is over, then counting the rest: a record that
 * was not processed has its part in the latencies, with the time that it had waited.
 */
async function consume(
  group: ConsumerGroup,
  { index, consumers, run, headers }: ConsumeOrder,
  { clock, busyMs, machineOffsetMs, startedAt }: GroupParts & { startedAt: number },
  ...[signal, onSecond, whenProduced]: Parameters<PreparedGroup['run']>
): ReturnType<PreparedGroup['run']> {
  const { startAfter, drainSeconds, processingMs } = consumers
  const nowMs = () => clock.monotonicMs() - startedAt
  const recorder = createConsumedRecorder({ group: index, onSecond, busyMs })
  const backlog = startAfter ? createBacklogWatch() : undefined
  const [over, counting] = [new AbortController(), new AbortController()]
  const ending = AbortSignal.any([signal, over.signal])
  const deliver = createProcessing({
    ...{ group, recorder, clock, nowMs, processingMs },
    stamp: createStampReader({ run, headers, timed: true }),
    startedAt: startedAt + machineOffsetMs,
    counting: AbortSignal.any([ending, counting.signal])
  })
  let positions: GroupPosition[] | undefined
  let produced: (Produced & { atMs: number }) | undefined
  let failure: { error: unknown } | undefined
  void whenProduced.then((what) => {
    produced = { ...what, atMs: nowMs() }
  })

  /** Reads positions again and again, until they meet a condition. */
  async function until(isMet: (known: typeof produced) => boolean): Promise<void> {
    for (;;) {
      const known = produced
      positions = await group.positions(ending).catch(() => undefined)
      ending.throwIfAborted()
      if (failure) throw failure.error
      if (positions) recorder.lag(lagOf(positions))
      if (isMet(known)) return
      await clock.sleep(lookMs, ending)
    }
  }

  const { seconds = Number.POSITIVE_INFINITY, records = Number.POSITIVE_INFINITY } = startAfter ?? { seconds: 0 }
  const mayBegin = (known: typeof produced) =>
    nowMs() >= seconds * 1000 ||
    (positions !== undefined && lagOf(positions) >= records) ||
    (known !== undefined && seconds === Number.POSITIVE_INFINITY)

  const isDrained = (known: typeof produced) =>
    known !== undefined &&
    positions?.every(({ end, processed }) => processed >= end) === true &&
    (recorder.consumed >= known.records || nowMs() - known.atMs >= settleMs)

  let drained = false
  const ticks = tick({ clock, recorder }, nowMs, over.signal)
  let consuming: Promise<void> = Promise.resolve()
  try {
    if (startAfter) await until(mayBegin)
    const beganMs = nowMs()
    if (positions) backlog?.see(beganMs, positions)
    consuming = group.consume(deliver, ending).catch((error: unknown) => {
      failure = { error }
    })
    await until((known) => {
      if (positions) backlog?.see(nowMs(), positions)
      drained = isDrained(known)
      return drained || (known !== undefined && nowMs() - Math.max(known.atMs, beganMs) >= drainSeconds * 1000)
    })
    if (!drained) {
      counting.abort()
      const countedFromMs = nowMs()
      const isCounted = () => positions?.every(({ end, delivered }) => delivered >= end) === true
      await until(() => isCounted() || nowMs() - countedFromMs >= countMs)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    over.abort()
    await consuming
    await ticks
    recorder.roll(nowMs())
    recorder.end(nowMs())
  }
  if (failure && !signal.aborted) throw failure.error
  const { firstMs, lastMs } = recorder
  const lag = positions ? lagOf(positions) : null
  return { lag, firstMs, lastMs, producedMs: produced?.atMs ?? null, drained, backlog: backlog?.result() }
}

interface ProcessingOptions {
  group: Pick<ConsumerGroup, 'processed'>
  recorder: ReturnType<typeof createConsumedRecorder>
  stamp: ReturnType<typeof createStampReader>
  clock: Clock
  nowMs: () => number
  /** The start of the run on the machine's clock. */
  startedAt: number
  processingMs: number
  /** Once it aborts, records are counted and no longer processed. */
  counting: AbortSignal
}

interface Received extends Omit<RecordTimes, 'nowMs'> {
  offset: number
  own: boolean
}

/** What members do with their records: one after the other, each for as long as the workload says. */
function createProcessing(options: ProcessingOptions) {
  const { group, recorder, stamp, clock, nowMs, startedAt, processingMs, counting } = options
  /** When each member will have processed what it has taken. */
  const freeAtMs: number[] = []

  function received({ each }: Delivery): Received[] {
    const records: Received[] = []
    each(({ offset, bytes, headersStart, headersEnd }) => {
      const own = stamp.read(bytes, headersStart, headersEnd)
      records.push({ offset, own, dueMs: stamp.dueMs - startedAt, takenMs: stamp.takenMs - startedAt })
    })
    return records
  }

  function finish({ own, dueMs, takenMs }: Received, atMs: number): void {
    if (own) recorder.record({ dueMs, takenMs, nowMs: atMs })
    else recorder.foreign(1)
  }

  function count(records: readonly Received[]): void {
    const atMs = nowMs()
    for (const { own, dueMs, takenMs } of records) if (own) recorder.unconsumed({ dueMs, takenMs, nowMs: atMs })
  }

  async function process({ member, partition, nextOffset }: Delivery, records: readonly Received[]): Promise<void> {
    for (const [nth, record] of records.entries()) {
      const now = nowMs()
      const doneMs = Math.max(freeAtMs[member] ?? 0, now) + processingMs
      freeAtMs[member] = doneMs
      if (doneMs - now >= leastPauseMs) await clock.sleep(doneMs - now, counting).catch(() => undefined)
      if (counting.aborted) return count(records.slice(nth))
      finish(record, Math.max(doneMs, nowMs()))
      group.processed(partition, record.offset + 1)
    }
    group.processed(partition, nextOffset)
  }

  return (delivery: Delivery): Promise<void> | undefined => {
    const records = received(delivery)
    if (counting.aborted) {
      count(records)
      return undefined
    }
    if (processingMs > 0) return process(delivery, records)
    const atMs = nowMs()
    for (const record of records) finish(record, atMs)
    group.processed(delivery.partition, delivery.nextOffset)
    return undefined
  }
}
