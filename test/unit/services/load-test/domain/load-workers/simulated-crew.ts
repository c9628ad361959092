import type { LoadOrder, PreparedLoad, SecondReport } from '#services/load-test/domain/load/engine-port.ts'
import { prepareLoadProducer } from '#services/load-test/domain/load/load-producer.ts'
import { createLoadWorker } from '#services/load-test/domain/load-workers/load-worker.ts'
import type { Announcement, ShareOrder, WorkerReport } from '#services/load-test/domain/load-workers/messages.ts'
import type { PreparedShare, ShareEngine, WorkerLine } from '#services/load-test/domain/load-workers/ports.ts'
import { createWorkersEngine } from '#services/load-test/domain/load-workers/workers-engine.ts'
import type { Clock } from '#shared/clock.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { simulatedClock } from '../../../../simulated-clock.ts'
import { fakeProducer, noTransactions, workload } from '../../fakes.ts'

/** A record that a worker has sent: when it was due, and when it went, in milliseconds after the start of the simulation. */
export interface SentRecord {
  worker: string
  share: number
  dueMs: number
  atMs: number
}

const orderPartitions = 12

/** load-test-service and its workers, with a log and a group between them, in a time of their own. */
export function simulatedCrew(
  names: string[],
  { skewMs = {} as Record<string, number>, check = (_: LoadOrder) => {}, latencyMs = 5 } = {}
) {
  const { clock, drive } = simulatedClock()
  const sent: SentRecord[] = []
  const said: string[] = []
  const workers = new Map<string, SimulatedWorker>()
  /** The worker of each partition of the control topic. */
  const owners = Array.from({ length: orderPartitions }, (_, partition) => names[partition % names.length] ?? '')
  let onReport: (report: WorkerReport) => void = () => {}
  const announced: Announcement[] = []
  const service = { isDead: false }

  /** What is sent arrives later, in order. */
  const later = (deliver: () => void) => void clock.sleep(latencyMs).then(deliver)

  function join(name: string): SimulatedWorker {
    const skew = skewMs[name] ?? 0
    let thaw: (() => void) | undefined
    let frozen: Promise<void> | undefined
    const own: Clock = {
      ...clock,
      async sleep(ms, signal) {
        await clock.sleep(ms, signal)
        await frozen
        signal?.throwIfAborted()
      },
      async turn() {
        await clock.turn()
        await frozen
      }
    }
    const epochMs = () => clock.monotonicMs() + skew
    let listener: Parameters<WorkerLine['open']>[0] | undefined
    const hear = async (deliver: (to: NonNullable<typeof listener>) => void) => {
      await frozen
      if (listener) deliver(listener)
    }
    const engine: ShareEngine = {
      async prepare(order, share): Promise<PreparedShare> {
        let heldUntilMs = 0
        const producer = await prepareLoadProducer(order, share, {
          createProducer: (_order, onOutcome) =>
            fakeProducer({
              onOutcome: (outcome) =>
                onOutcome({ ...outcome, sentAt: clock.monotonicMs(), endedAt: clock.monotonicMs() }),
              outcomeOf: ({ tag = 0 }) => {
                sent.push({ worker: name, share, dueMs: tag, atMs: clock.monotonicMs() })
                return { status: 'acknowledged', code: undefined }
              }
            }),
          createTransactional: noTransactions,
          partitionFor: () => 0,
          clock: own,
          busyMs: () => 0,
          machineOffsetMs: 0
        })
        return {
          payload: producer.payload,
          holdUntil(ms) {
            heldUntilMs = ms
          },
          async run({ startAtMs, fromMs, records }, signal, onSecond) {
            const stop = new AbortController()
            const assertHeld = () => {
              if (epochMs() < heldUntilMs) return
              stop.abort(new Error('not held'))
              throw stop.signal.reason
            }
            return producer.run(startAtMs - skew, AbortSignal.any([signal, stop.signal]), onSecond, {
              ...{ fromMs, records, assertHeld }
            })
          },
          close: () => producer.close()
        }
      },
      close: async () => {}
    }
    let number = 0
    const worker = createLoadWorker({
      ...{ id: name, host: `host-${name}`, engine, check, clock: own, epochMs },
      newTicket: () => `${name}-${++number}`,
      say: (line) => void said.push(`${name}: ${line}`),
      line: {
        async open(given) {
          listener = given
        },
        partitions: () => owners.flatMap((owner, partition) => (owner === name ? [partition] : [])),
        report: (report) => later(() => service.isDead || onReport(structuredClone(report))),
        async close() {
          listener = undefined
        }
      }
    })
    const simulated: SimulatedWorker = {
      open: () => worker.open(),
      close: () => worker.close(),
      order: (order) => void hear(({ onOrder }) => onOrder(structuredClone(order))),
      announce: (announcement) => void hear(({ onAnnouncement }) => onAnnouncement(structuredClone(announcement))),
      freeze() {
        frozen = new Promise((resolve) => {
          thaw = resolve
        })
      },
      thaw() {
        frozen = undefined
        thaw?.()
      }
    }
    workers.set(name, simulated)
    return simulated
  }

  let runs = 0
  const engine = createWorkersEngine({
    clock,
    epochMs: () => clock.monotonicMs(),
    newId: () => `run-${++runs}`,
    line: {
      async open(given) {
        onReport = given
        return {
          order: (partition, order) =>
            later(() => service.isDead || workers.get(owners[partition] ?? '')?.order(order)),
          announce(announcement) {
            announced.push(announcement)
            later(() => {
              if (!service.isDead) for (const worker of workers.values()) worker.announce(announcement)
            })
          },
          close: async () => {}
        }
      }
    }
  })
  for (const name of names) join(name)

  return {
    ...{ clock, sent, said, workers, owners, service, announced, join, engine },
    /** Lets time pass until the work is done. */
    drive,
    async open() {
      await Promise.all(Array.from(workers.values(), (worker) => worker.open()))
    },
    /** What was due, however it went, in the order of the seconds. */
    async run(load: PreparedLoad, signal = new AbortController().signal) {
      const seconds: SecondReport[] = []
      const { durationMs } = await load.run(signal, (second) => void seconds.push(second))
      const sum = (key: 'due' | 'sent' | 'acknowledged' | 'failed' | 'indeterminate') =>
        seconds.reduce((total, each) => total + each[key], 0)
      return { seconds, durationMs, sum, workers: load.workers?.() }
    }
  }
}

export interface SimulatedWorker {
  open(): Promise<void>
  close(): Promise<void>
  order(order: ShareOrder): void
  announce(announcement: Announcement): void
  /** As a process that is stopped: nothing goes on, and nothing arrives. Without thaw() it is one that was killed. */
  freeze(): void
  thaw(): void
}

export function orderOf(change: Partial<Workload>): LoadOrder {
  return { topic: 'x', seed: 1, timestampMs: 0, workload: workload(change) }
}
