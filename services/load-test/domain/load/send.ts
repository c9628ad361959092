import { abortable } from '#shared/abortable.ts'
import type { Clock } from '#shared/clock.ts'
import type { BulkProducer } from '#shared/kafka/producing/port.ts'
import type { RecordSource } from './record-source.ts'
import type { Schedule } from './schedule.ts'
import type { SecondRecorder } from './second-recorder.ts'
import type { Transactions } from './transactions.ts'

export interface SendOptions {
  producer: Pick<BulkProducer, 'append' | 'drained' | 'flush'>
  source: RecordSource
  /** undefined: as fast as the cluster acknowledges. */
  schedule: Schedule | undefined
  /** Number of records that end the run; Infinity if only the time does. */
  records: number
  /** Milliseconds after which no further record is due; Infinity if only the number ends the run. */
  durationMs: number
  recorder: SecondRecorder
  /** Its monotonic time is that of the producer's outcomes. */
  clock: Clock
  startedAt: number
  signal: AbortSignal
  /** Of a workload with transactions. */
  transactions?: Pick<Transactions, 'room' | 'appended' | 'endIfDue' | 'end'> | undefined
  /** Called before records are handed over. Throws once they are another producer's to send. */
  assertHeld?: (() => void) | undefined
}

/** Number of records before input and output have their turn. */
const stretch = 128
/** A pause shorter than this cannot be slept exactly, so records that fall into it go together. */
const leastPauseMs = 1
const mostPauseMs = 100
/** A record that was due just before the end of the duration may still be sent. */
const graceMs = 50
/** It may have to wait for the end of a transaction. */
const transactionGraceMs = 1000

/**
 * Sends the records of one producer, each at the time at which it is due. Resolves once each has its outcome. Rejects with the
 * signal's reason as soon as it is aborted; the producer then settles what is under way.
 *
 * With a schedule, a record that cannot be taken yet because the producer's buffer is full keeps the time at which it was due: its
 * response time counts from there (no coordinated omission). At the end of the duration, records that were due and could not
 * be sent are reported as unsent. Transactions end between records, and the last one with the last record.
 */
export async function send(options: SendOptions): Promise<void> {
  const { clock, recorder, signal, startedAt } = options
  const nowMs = () => clock.monotonicMs() - startedAt
  const ticking = new AbortController()
  const ticks = tick(options, nowMs, ticking.signal)
  try {
    if (options.schedule) await sendOnTime(options, options.schedule, nowMs)
    else await sendAtOnce(options, nowMs)
    await abortable(options.transactions ? options.transactions.end() : options.producer.flush(), signal)
  } finally {
    ticking.abort()
    await ticks
    recorder.roll(nowMs())
  }
}

async function sendAtOnce(options: SendOptions, nowMs: () => number): Promise<void> {
  const { recorder, signal, records, durationMs } = options
  for (let made = 0; made < records; ) {
    options.assertHeld?.()
    const most = await roomOfTransaction(options, nowMs, signal)
    const now = nowMs()
    if (now >= durationMs) return
    let room = true
    const first = made
    for (const end = Math.min(records, made + stretch, made + most); made < end && room; made += 1) {
      recorder.sent(undefined)
      room = append(options, now, now)
    }
    options.transactions?.appended(made - first)
    if (room) await options.clock.turn()
    else await roomIn(options, nowMs, signal)
    signal.throwIfAborted()
  }
}

async function sendOnTime(options: SendOptions, schedule: Schedule, nowMs: () => number): Promise<void> {
  const { recorder, signal, records, durationMs, clock } = options
  const over = new AbortController()
  const timeIsUp =
    durationMs === Number.POSITIVE_INFINITY
      ? undefined
      : sleepUntil(durationMs + (options.transactions ? transactionGraceMs : graceMs))
  const signalOrOver = AbortSignal.any([signal, over.signal])
  let made = 0
  let due = schedule.next()
  try {
    while (made < records && due < durationMs) {
      signalOrOver.throwIfAborted()
      options.assertHeld?.()
      const most = await roomOfTransaction(options, nowMs, signalOrOver)
      const now = nowMs()
      const end = Math.min(records, made + stretch, made + most)
      let room = true
      const first = made
      for (; made < end && room && due <= now && due < durationMs; made += 1) {
        recorder.sent(now - due)
        room = append(options, due, now)
        due = schedule.next()
      }
      options.transactions?.appended(made - first)
      if (!room) await roomIn(options, nowMs, signalOrOver)
      else if (due > now) await clock.sleep(Math.min(mostPauseMs, Math.max(leastPauseMs, due - now)), signal)
      else await clock.turn()
    }
  } catch (error) {
    if (signal.aborted || !over.signal.aborted) throw error
    const end = nowMs()
    for (; made < records && due < durationMs; made += 1, due = schedule.next()) recorder.unsent(due, end)
  } finally {
    over.abort()
    await timeIsUp
  }

  async function sleepUntil(ms: number): Promise<void> {
    await clock.sleep(Math.max(0, ms - nowMs()), over.signal).catch(() => undefined)
    over.abort()
  }
}

/** How many records may be appended: between two transactions it waits for the end of one and the beginning of the next. */
async function roomOfTransaction(
  { transactions, recorder }: SendOptions,
  nowMs: () => number,
  signal: AbortSignal
): Promise<number> {
  if (!transactions) return Number.POSITIVE_INFINITY
  const since = nowMs()
  try {
    await abortable(transactions.endIfDue(), signal)
    return await abortable(transactions.room(), signal)
  } finally {
    recorder.blocked(nowMs() - since)
  }
}

async function roomIn({ producer, recorder }: SendOptions, nowMs: () => number, signal: AbortSignal): Promise<void> {
  const since = nowMs()
  try {
    await abortable(producer.drained(), signal)
  } finally {
    recorder.blocked(nowMs() - since)
  }
}

function append({ producer, source }: SendOptions, dueMs: number, nowMs: number): boolean {
  const record = source.next(dueMs, nowMs)
  return producer.append({
    partition: record.partition,
    key: record.key,
    value: record.value,
    headers: record.headers,
    tag: dueMs
  })
}

/** Seconds pass while nothing is sent or answered, too. */
export async function tick(
  { clock, recorder }: { clock: Clock; recorder: Pick<SecondRecorder, 'roll'> },
  nowMs: () => number,
  signal: AbortSignal
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(1000 - (nowMs() % 1000), signal).catch(() => undefined)
    if (!signal.aborted) recorder.roll(nowMs())
  }
}
