/**
 * A thread that makes load, one producer at a time. It stays after a run, with its code compiled, for the next one.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '#shared/clock.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { createBulkProducer } from '#shared/kafka/producing/bulk-producer.ts'
import { createDryProducer } from '#shared/kafka/producing/dry-producer.ts'
import { partitionForKey } from '#shared/kafka/producing/partitioner.ts'
import { parseKafka } from '#shared/kafka/settings.ts'
import { type LoadProducer, prepareLoadProducer } from '../domain/load/load-producer.ts'
import { resolveWorkload } from '../domain/load/resolve-workload.ts'
import type { LoadThreadData, ToMain, ToThread } from './load-threads.ts'

const port = parentPort
if (!port) throw new Error('this file runs as a thread')
const { config, clientId } = workerData as LoadThreadData
const kafka = parseKafka(config)
const answer = (message: ToMain) => port.postMessage(message)
/** Enough for the compiler to have seen the whole path often, and for the heap to have the size that a run needs. */
const warmUpRecords = 150_000
const common = {
  partitionFor: partitionForKey,
  clock: systemClock,
  busyMs: () => performance.eventLoopUtilization().active
}
let producer: LoadProducer | undefined
let running = new AbortController()
const warm = warmUp()

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'prepare':
      void prepare(message)
      return
    case 'run':
      void run(message.startAt)
      return
    case 'abort':
      running.abort(new Error('aborted'))
      return
    case 'release':
      void producer?.close()
      producer = undefined
  }
})

/** The first run after a start would otherwise be a third slower than the next. */
async function warmUp(): Promise<void> {
  const limits = { maxPerSecond: 1, maxRecords: warmUpRecords, maxSeconds: 60, maxBytes: Number.MAX_SAFE_INTEGER }
  const topic = { kind: 'existing', name: 'none' } as const
  const workload = resolveWorkload({ name: 'warm-up', topic, records: warmUpRecords }, { defaultTopic: 'none', limits })
  const dry = await prepareLoadProducer({ topic: 'none', workload, seed: 1 }, 0, {
    ...common,
    createProducer: (_order, onOutcome) => createDryProducer({ ...workload.producer, topic: 'none', onOutcome }, 12)
  })
  await dry.run(performance.now(), new AbortController().signal, () => {})
}

async function prepare({ order, index }: Extract<ToThread, { kind: 'prepare' }>): Promise<void> {
  running = new AbortController()
  try {
    await warm
    producer = await prepareLoadProducer(order, index, {
      ...common,
      createProducer: ({ topic, workload }, onOutcome) =>
        createBulkProducer({ ...kafka, ...workload.producer, clientId, topic, onOutcome })
    })
    answer({ kind: 'prepared', payload: producer.payload })
  } catch (error) {
    const { code, errors } = isKopsError(error) ? error : { code: undefined, errors: undefined }
    answer({ kind: 'refused', message: error instanceof Error ? error.message : String(error), code, errors })
  }
}

async function run(startAt: number): Promise<void> {
  if (!producer) return
  try {
    const { durationMs } = await producer.run(startAt - performance.timeOrigin, running.signal, (report) =>
      answer({ kind: 'second', report })
    )
    answer({ kind: 'ended', durationMs })
  } catch (error) {
    answer({ kind: 'refused', message: error instanceof Error ? error.message : String(error) })
  }
}
