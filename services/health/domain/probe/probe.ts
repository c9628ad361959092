import type { Clock } from '#shared/clock.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type { ProbeReading } from '#shared/contracts/probe.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { ProbeChannel, ProbePosition, ProbeRead, ProbeView } from '#shared/kafka/probe/port.ts'
import { type OwnPartition, ownPartitions } from './layout.ts'
import { createLedger } from './ledger.ts'
import { createProbeTopic } from './probe-topic.ts'
import { reportBrokers } from './report.ts'

/** Unseen for so long is lost: KMinion's rule. */
const lossAfterMs = 20_000
/** The topic retains records for 30 minutes: a partition that comes back after half of that still has them. */
const giveUpAfterMs = 900_000
const windowMs = 300_000
const lookMs = 1500
/** How long a broker may hold a fetch without data; the answer arrives with the record. */
const readWaitMs = 500
const readDeadlineMs = 2000
const retryMs = 500

export interface ProbeOptions {
  channel: ProbeChannel
  clock: Clock
  newId: () => string
  intervalMs: number
  /** The expected number of brokers: while fewer answer, the topic is not created, for a while. */
  brokersExpected: number
  onReturned: (broker: number, latencyMs: number) => void
  /** Nothing is left to track for a broker: it is gone for good. */
  onDropped: (broker: number) => void
  /** Receives errors about the topic itself. */
  onError: (error: KopsError, what: string) => void
}

/** Writes a record to each broker at intervals, reads it back, and reports the result. */
export interface Probe {
  /** Begins; the first records are written at once. */
  start(): void
  reading(): ProbeReading
  /** Ends: nothing is left running, no connection is left open. Idempotent. */
  close(): Promise<void>
}

export function createProbe(options: ProbeOptions): Probe {
  const { channel, clock, intervalMs, onError } = options
  const closing = new AbortController()
  const { signal } = closing
  const ledger = createLedger({ ...options, lossAfterMs, giveUpAfterMs, windowMs })
  const probeTopic = createProbeTopic(options)
  const positions = new Map<number, number>()
  const readers = new Map<number, Promise<void>>()
  const writing = new Set<Promise<void>>()
  let view: ProbeView | undefined
  let topicId: string | undefined
  let lookError: KopsError | undefined
  let looking: Promise<void> | undefined
  let running: Promise<void> = Promise.resolve()

  async function lookOnce(): Promise<void> {
    try {
      const seen = await channel.look({ deadlineMs: lookMs, signal })
      lookError = undefined
      // A recreated topic has none of the old one's records.
      if (seen.topic && topicId !== undefined && seen.topic.id !== topicId) {
        positions.clear()
        ledger.void()
      }
      topicId = seen.topic?.id ?? topicId
      view = seen
      follow()
    } catch (error) {
      lookError = asKopsError(error)
    }
  }

  /** Concurrent callers share one request. */
  function look(): Promise<void> {
    looking ??= lookOnce().finally(() => {
      looking = undefined
    })
    return looking
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const startedAtMs = clock.monotonicMs()
      await look()
      if (signal.aborted) return
      ledger.sweep()
      if (view && !lookError) probeTopic.follow(view)
      const own = view?.topic ? ownPartitions(view.topic) : []
      for (const partition of own) track(probe(partition))
      ledger.keep(new Set([...own.map(({ broker }) => broker), ...(view?.brokers ?? []).map(({ id }) => id)]))
      const restMs = intervalMs - (clock.monotonicMs() - startedAtMs)
      await clock.sleep(Math.max(0, restMs), signal).catch(() => undefined)
    }
  }

  function track(work: Promise<void>): void {
    const tracked = work.finally(() => writing.delete(tracked))
    writing.add(tracked)
  }

  async function probe(own: OwnPartition): Promise<void> {
    const { partition, leader } = own
    const to = leader ?? own.broker
    try {
      // The reader must be positioned at the end before there are records to read.
      await position(own)
    } catch (error) {
      if (!signal.aborted) ledger.refuse(ledger.open(to, partition), asKopsError(error))
      return
    }
    const record = ledger.open(to, partition)
    follow()
    try {
      const offset = await channel.write({ partition, leader: to, id: record.id, at: clock.now() })
      ledger.acknowledge(record, offset)
    } catch (error) {
      ledger.refuse(record, asKopsError(error))
    }
  }

  async function position({ partition, leader, leaderEpoch }: OwnPartition): Promise<void> {
    if (lookError) throw lookError
    if (leader === null) throw new KopsError('topic_not_ready', `${channel.topic}-${partition} has no leader`)
    if (positions.has(partition)) return
    const { end } = await channel.offsets({ partition, leader, leaderEpoch }, { deadlineMs: lookMs, signal })
    if (!positions.has(partition)) positions.set(partition, end)
  }

  /** What to read from a leader: the partitions with records in flight. */
  function wantedFrom(leader: number): ProbePosition[] {
    const pending = ledger.pendingPartitions()
    return (view?.topic?.partitions ?? []).flatMap((candidate) => {
      const offset = positions.get(candidate.partition)
      if (candidate.leader !== leader || offset === undefined || !pending.has(candidate.partition)) return []
      return [{ partition: candidate.partition, leaderEpoch: candidate.leaderEpoch, offset }]
    })
  }

  /** One reader per leader: a slow one must not delay the others. */
  function follow(): void {
    for (const { leader } of view?.topic?.partitions ?? []) {
      if (leader === null || signal.aborted || readers.has(leader) || wantedFrom(leader).length === 0) continue
      readers.set(leader, readFrom(leader))
    }
  }

  /** Reads as long as something is on its way. Ends in the same step in which it finds nothing, so that follow() sees it. */
  async function readFrom(leader: number): Promise<void> {
    for (;;) {
      const wanted = signal.aborted ? [] : wantedFrom(leader)
      if (wanted.length === 0) {
        readers.delete(leader)
        return
      }
      if (await readOnce(leader, wanted)) continue
      await clock.sleep(retryMs, signal).catch(() => undefined)
      if (!signal.aborted) await look()
    }
  }

  /** @returns whether everything could be read */
  async function readOnce(leader: number, wanted: ProbePosition[]): Promise<boolean> {
    const beganAtMs = clock.monotonicMs()
    try {
      const reads = await channel.read(leader, wanted, { waitMs: readWaitMs, deadlineMs: readDeadlineMs, signal })
      for (const read of reads) await take(read, leader, beganAtMs)
      return reads.every(({ error }) => error === null)
    } catch {
      // Failed writes already report why a broker does not answer.
      return false
    }
  }

  async function take(read: ProbeRead, leader: number, beganAtMs: number): Promise<void> {
    const { partition } = read
    if (read.error !== null) {
      if (read.error.kafkaError !== 'OFFSET_OUT_OF_RANGE') return
      const { start } = await channel.offsets({ partition, leader, leaderEpoch: null }, { deadlineMs: lookMs, signal })
      positions.set(partition, start)
      return
    }
    const before = positions.get(partition)
    // The topic was recreated meanwhile.
    if (before === undefined) return
    positions.set(partition, Math.max(before, read.nextOffset))
    for (const id of read.ids) ledger.returned(id)
    ledger.judge(partition, { beganAtMs, position: read.ids.length === 0 ? null : read.nextOffset })
  }

  function asKopsError(error: unknown): KopsError {
    if (isKopsError(error)) return error
    const wrapped = new KopsError('internal', 'The probe failed unexpectedly', { cause: error })
    if (!signal.aborted) onError(wrapped, 'probing')
    return wrapped
  }

  return {
    start() {
      running = run()
    },
    reading() {
      const { topic } = channel
      const problem = lookError ?? probeTopic.lastError()
      const warnings: Warning[] = problem ? [{ code: problem.code, message: problem.message, target: topic }] : []
      const brokers = reportBrokers(view, ledger, clock.monotonicMs())
      return {
        enabled: true,
        topic,
        intervalMs,
        lossAfterMs,
        windowMs,
        brokers,
        warnings,
        asOf: clock.now().toISOString()
      }
    },
    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The probe is closed'))
      await channel.close()
      await Promise.all([running, looking, probeTopic.settled(), ...readers.values(), ...writing])
    }
  }
}

/** The reading of a service that does not probe. */
export function disabledReading(topic: string, now: Date): ProbeReading {
  const nothing = { brokers: [], warnings: [] }
  return { enabled: false, topic, intervalMs: 0, lossAfterMs, windowMs, ...nothing, asOf: now.toISOString() }
}
