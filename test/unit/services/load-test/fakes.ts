import { join } from 'node:path'
import type { BrokerDisks } from '#services/load-test/domain/load/broker-disks.ts'
import type { LoadEngine, LoadOrder, PreparedLoad, SecondReport } from '#services/load-test/domain/load/engine-port.ts'
import { createLatencies } from '#services/load-test/domain/load/latencies.ts'
import { prepareLoadProducer } from '#services/load-test/domain/load/load-producer.ts'
import {
  type ResolvedWorkload,
  resolveWorkload,
  type WorkloadLimits
} from '#services/load-test/domain/load/resolve-workload.ts'
import { systemClock } from '#shared/clock.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import type { BatchOutcome, BulkProducer, BulkRecord } from '#shared/kafka/producing/port.ts'

/** Settings of load-test-service without a cluster, with its files in a folder of the test. */
export function settingsWithoutCluster(folder: string) {
  return {
    KOPS_LOG_LEVEL: 'silent',
    KOPS_DATA_DIR: join(folder, 'data'),
    KOPS_STATE_DIR: join(folder, 'state'),
    KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1',
    KOPS_LOAD_RUNS_TOPIC: ''
  }
}

/** What reading records back counts where nothing is wrong. */
export const nothingWrong = {
  ackedLost: 0,
  unseen: 0,
  corrupt: 0,
  duplicates: 0,
  reordered: 0,
  failedButPresent: 0,
  indeterminatePresent: 0,
  ackAliased: 0
}

export interface FakeProducerOptions {
  onOutcome: (outcome: BatchOutcome) => void
  /** Decides about each record; acknowledged when undefined. */
  outcomeOf?: (record: BulkRecord) => Pick<BatchOutcome, 'status' | 'code'>
  /** Outcomes come only with close(), which cancels. */
  silent?: boolean
  partitions?: number
  open?: () => Promise<void>
}

/** A producer whose every record is a separate batch, answered at once. */
export function fakeProducer(options: FakeProducerOptions): BulkProducer {
  const next = new Map<number, number>()
  const appended = new Map<number, number>()
  const waiting: BulkRecord[] = []
  const answer = (record: BulkRecord, { status, code }: Pick<BatchOutcome, 'status' | 'code'>) => {
    const firstRecord = appended.get(record.partition) ?? 0
    appended.set(record.partition, firstRecord + 1)
    const offset = next.get(record.partition) ?? 0
    if (status === 'acknowledged') next.set(record.partition, offset + 1)
    options.onOutcome({
      status,
      code,
      partition: record.partition,
      records: 1,
      firstRecord,
      tags: record.tag === undefined ? [] : [record.tag],
      baseOffset: status === 'acknowledged' ? offset : null,
      ...{ attempts: 1, broker: 1, errorAt: null },
      sentAt: performance.now() - 4,
      endedAt: performance.now(),
      uncompressedBytes: 1000,
      compressedBytes: 400
    })
  }
  return {
    async open() {
      await options.open?.()
      return { partitions: options.partitions ?? 3 }
    },
    append(record) {
      if (options.silent) waiting.push(record)
      else answer(record, options.outcomeOf?.(record) ?? { status: 'acknowledged', code: undefined })
      return true
    },
    drained: async () => {},
    flush: () => (options.silent ? new Promise(() => {}) : Promise.resolve()),
    async close() {
      for (const record of waiting.splice(0)) answer(record, { status: 'indeterminate', code: 'CANCELLED' })
    }
  }
}

export function noTransactions(): never {
  throw new Error('the workload has no transactions')
}

/** Makes load in this thread, with one fake producer for each of the workload. */
export function fakeEngine(
  createProducer: (order: LoadOrder, onOutcome: (outcome: BatchOutcome) => void) => BulkProducer,
  verify?: PreparedLoad['verify']
): LoadEngine {
  return {
    async prepare(order) {
      const parts = {
        createProducer,
        createTransactional: noTransactions,
        partitionFor: (key: string, partitions: number) => key.charCodeAt(0) % partitions,
        clock: systemClock,
        busyMs: () => 0,
        machineOffsetMs: 0
      }
      const indices = Array.from({ length: order.workload.producers }, (_, index) => index)
      const producers = await Promise.all(indices.map((index) => prepareLoadProducer(order, index, parts)))
      return {
        payload: { meanBytes: 500, pool: 1 },
        async run(signal, onSecond) {
          const startAt = performance.now()
          const ends = await Promise.all(producers.map((producer) => producer.run(startAt, signal, onSecond)))
          return { durationMs: Math.max(...ends.map(({ durationMs }) => durationMs)) }
        },
        verify,
        async close() {
          await Promise.all(producers.map((producer) => producer.close()))
        }
      }
    },
    close: async () => {}
  }
}

/** Three brokers with so much space, which may change. */
export function disksWith(usableBytes: number): BrokerDisks & { usableBytes: number } {
  const metadata = { clusterId: null, controllerId: null, brokers: [], topics: [] }
  const disks = {
    usableBytes,
    minFreeBytes: 1000,
    reader: {
      metadata: async () => ({ value: metadata, warnings: [] }),
      logDirs: async () => {
        const dirs = [1, 2, 3].map((broker) => ({
          ...{ broker, dir: '/data', sizeBytes: 0, totalBytes: 1e12, online: true },
          usableBytes: disks.usableBytes
        }))
        return { value: { dirs, replicaSizes: [] }, warnings: [] }
      }
    }
  }
  return disks
}

/** A second of a producer whose records all take so long. */
export function simulatedSecond(perSecond: number, second: number, latencyMs: number): SecondReport {
  const latencies = createLatencies()
  latencies.record(latencyMs, perSecond)
  const response = latencies.take()
  return {
    producer: 0,
    second,
    due: perSecond,
    sent: perSecond,
    acknowledged: perSecond,
    unconfirmed: 0,
    failed: 0,
    indeterminate: 0,
    errors: {},
    response,
    service: response,
    scheduleLag: createLatencies().take(),
    batchTimes: [latencyMs],
    uncompressedBytes: perSecond * 100,
    compressedBytes: perSecond * 40,
    busy: 0.1,
    blocked: 0
  }
}

/** Makes no load, and takes no time: a cluster that answers in time up to a limit, and does `run` beyond it. */
export function simulatedEngine(limit: number, run?: PreparedLoad['run']) {
  const orders: LoadOrder[] = []
  let open = 0
  const prepare: LoadEngine['prepare'] = async (order) => {
    const { rate, durationSeconds } = order.workload
    if (rate.kind !== 'constant') throw new Error('a trial has a constant rate')
    orders.push(order)
    open += 1
    return {
      payload: { meanBytes: 100, pool: 1 },
      async run(signal, onSecond) {
        if (run && rate.perSecond > limit) return run(signal, onSecond)
        const latencyMs = rate.perSecond > limit ? 500 : 5
        const seconds = durationSeconds ?? 0
        for (let nth = 0; nth < seconds; nth += 1) onSecond(simulatedSecond(Math.round(rate.perSecond), nth, latencyMs))
        return { durationMs: seconds * 1000 }
      },
      async close() {
        open = Math.max(0, open - 1)
      }
    }
  }
  return { prepare, close: async () => {}, orders, open: () => open }
}

/** A workload of few records that are quickly made, with changes. */
export function workload(change: Partial<Workload> = {}, lower: Partial<WorkloadLimits> = {}): ResolvedWorkload {
  const limits = { maxPerSecond: 1e6, maxRecords: 1e9, maxSeconds: 1e5, maxBytes: 1e12, ...lower }
  const small: Workload = {
    name: 'small',
    topic: { kind: 'existing', name: 'x' },
    payload: { kind: 'lines', lines: ['one', 'two', 'three'] },
    ...(change.durationSeconds === undefined ? { records: 10 } : {}),
    ...change
  }
  return resolveWorkload(small, { defaultTopic: 'x', limits })
}

/** Of runs that nobody consumes. */
export const noGroups = {
  prepare: () => Promise.reject(new Error('no group is expected')),
  describe: () => Promise.reject(new Error('no group is expected')),
  deleteGroup: () => Promise.reject(new Error('no group is expected')),
  close: async () => {}
}
