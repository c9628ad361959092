/**
 * A thread that makes load, one producer at a time. It stays after a run, with its code compiled, for the next one.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '#shared/clock.ts'
import { createBulkProducer } from '#shared/kafka/producing/bulk-producer.ts'
import { createDryProducer } from '#shared/kafka/producing/dry-producer.ts'
import { partitionForKey } from '#shared/kafka/producing/partitioner.ts'
import { createTransactionalProducer } from '#shared/kafka/producing/transactional-producer.ts'
import { parseKafka } from '#shared/kafka/settings.ts'
import type { OffsetRange, RangeReader } from '#shared/kafka/verifying/port.ts'
import { createRangeReader } from '#shared/kafka/verifying/range-reader.ts'
import type { LoadOrder, SecondReport } from '../domain/load/engine-port.ts'
import { type LoadProducer, prepareLoadProducer } from '../domain/load/load-producer.ts'
import { resolveWorkload } from '../domain/load/resolve-workload.ts'
import { type ProducersAccounts, verifyRun } from '../domain/load/verify-run.ts'
import type { LoadThreadData, ThreadShift, ToMain, ToThread } from './load-thread-pool.ts'
import { machineOffsetMs } from './machine-clock.ts'
import { messageOf } from './thread-errors.ts'

const port = parentPort
if (!port) throw new Error('this file runs as a thread')
const { config, clientId } = workerData as LoadThreadData
const kafka = parseKafka(config)
const answer = (message: ToMain) => port.postMessage(message)
const offsetsMs = 10_000
/** Enough for the compiler to have seen the whole path often, and for the heap to have the size that a run needs. */
const warmUpRecords = 150_000
const common = {
  partitionFor: partitionForKey,
  clock: systemClock,
  busyMs: () => performance.eventLoopUtilization().active,
  machineOffsetMs: machineOffsetMs()
}
let prepared: Prepared | undefined
let running = new AbortController()
const warm = warmUp()

interface Prepared {
  order: LoadOrder
  producer: LoadProducer
  /** Of the thread that verifies the run: the topic's offsets before it. */
  reading?: { reader: RangeReader; before: OffsetRange[] } | undefined
}

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'prepare':
      void prepare(message)
      return
    case 'run':
      void run(message)
      return
    case 'ledger':
      answer({ kind: 'ledger', ledger: prepared?.producer.ledger ?? new Map() })
      return
    case 'verify':
      void verify(message)
      return
    case 'abort':
      running.abort(new Error('aborted'))
      return
    case 'release':
      void prepared?.producer.close()
      void prepared?.reading?.reader.close()
      prepared = undefined
  }
})

/** In this thread, because the main one may wake up later than this one does. */
function assertHeld({ heldUntil }: ThreadShift): void {
  if (performance.timeOrigin + performance.now() < Number(Atomics.load(heldUntil, 0))) return
  running.abort(new Error('The part of this producer is another worker’s now'))
  running.signal.throwIfAborted()
}

/** The first run after a start would otherwise be a third slower than the next. */
async function warmUp(): Promise<void> {
  const limits = { maxPerSecond: 1, maxRecords: warmUpRecords, maxSeconds: 60, maxBytes: Number.MAX_SAFE_INTEGER }
  const topic = { kind: 'existing', name: 'none' } as const
  const workload = resolveWorkload({ name: 'warm-up', topic, records: warmUpRecords }, { defaultTopic: 'none', limits })
  const dry = await prepareLoadProducer({ topic: 'none', workload, seed: 1, timestampMs: 0 }, 0, {
    ...common,
    createProducer: (_order, onOutcome) => createDryProducer({ ...workload.producer, topic: 'none', onOutcome }, 12),
    createTransactional() {
      throw new Error('the warm-up has no transactions')
    }
  })
  await dry.run(performance.now(), new AbortController().signal, () => {})
}

async function prepare({ order, index }: Extract<ToThread, { kind: 'prepare' }>): Promise<void> {
  running = new AbortController()
  let reading: Prepared['reading']
  try {
    await warm
    reading = order.workload.verify && index === 0 ? await openReader(order.topic) : undefined
    const producer = await prepareLoadProducer(order, index, {
      ...common,
      createProducer: ({ topic, workload }, onOutcome) =>
        createBulkProducer({ ...kafka, ...workload.producer, clientId, topic, onOutcome }),
      createTransactional: ({ topic, workload }, transactional, onOutcome) =>
        createTransactionalProducer({ ...kafka, ...workload.producer, ...transactional, clientId, topic, onOutcome })
    })
    prepared = { order, producer, reading }
    answer({ kind: 'prepared', payload: producer.payload })
  } catch (error) {
    void reading?.reader.close()
    refuse(error)
  }
}

async function openReader(topic: string): Promise<Prepared['reading']> {
  const reader = createRangeReader({ ...kafka, clientId })
  try {
    return { reader, before: await reader.offsets(topic, AbortSignal.timeout(offsetsMs)) }
  } catch (error) {
    await reader.close()
    throw error
  }
}

async function verify({ ledgers, sent }: ProducersAccounts): Promise<void> {
  try {
    if (!prepared?.reading) throw new Error('this thread does not verify the run')
    const { order, reading } = prepared
    const { signal } = running
    const onRead = (records: number) => answer({ kind: 'read', records })
    const verification = await verifyRun({ ...reading, order, ledgers, sent, clock: systemClock, signal, onRead })
    answer({ kind: 'verified', verification })
  } catch (error) {
    refuse(error)
  }
}

function refuse(error: unknown): void {
  answer({ kind: 'refused', ...messageOf(error) })
}

async function run({ startAt, shift }: Extract<ToThread, { kind: 'run' }>): Promise<void> {
  if (!prepared) return
  const onSecond = (report: SecondReport) => answer({ kind: 'second', report })
  const held = shift && { ...shift, assertHeld: () => assertHeld(shift) }
  try {
    const { durationMs } = await prepared.producer.run(startAt - performance.timeOrigin, running.signal, onSecond, held)
    answer({ kind: 'ended', durationMs })
  } catch (error) {
    refuse(error)
  }
}
