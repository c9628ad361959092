import type { Clock } from '../../clock.ts'
import { isKopsError, KopsError } from '../../errors/catalog.ts'
import type { Delivery, PartitionSource } from '../../kafka/consuming/port.ts'
import type { OutputRecord, TransactionWriter } from '../../kafka/producing/port.ts'
import type { RangeReader } from '../../kafka/verifying/port.ts'
import type { Processor, ProcessorOutput } from './port.ts'
import { restore } from './restore.ts'

export interface TaskOptions {
  /** The consumer group of the application. */
  group: string
  topic: string
  partition: number
  changelog: string
  /** Where a partition without a commit begins. */
  startAt: 'earliest' | 'latest'
  processor: Processor
  writer: TransactionWriter
  reader: Pick<RangeReader, 'offsets' | 'read'>
  source: Pick<PartitionSource, 'membership' | 'seek' | 'stop' | 'committed'>
  /** A transaction takes the records that arrive within this time, or this many if they arrive sooner. */
  commitEveryMs: number
  commitRecords: number
  clock: Pick<Clock, 'now' | 'monotonicMs' | 'sleep'>
  onEvent(event: TaskEvent): void
}

export type TaskEvent =
  | { kind: 'restored'; position: number; records: number; ms: number }
  /** The committed offset of the group is not the one of the state, which counts. */
  | { kind: 'diverged'; committed: number; position: number }
  /** The group has committed an offset, but the changelog is empty. */
  | { kind: 'stateless'; committed: number }
  | { kind: 'unreadable'; from: number; to: number; reason: string }
  | { kind: 'committed'; records: number /** Records by topic. */; written: ReadonlyMap<string, number>; ms: number }
  | { kind: 'failed'; error: unknown }

/**
 * One partition of an application's input, exactly once. It takes the transactional id of the partition, which fences whoever has
 * had it, restores what is committed, and from then on commits everything that it has derived from records in one transaction
 * with their offset. After any failure it is of no use any more: a successor begins again from what is committed (KIP-129, KIP-447).
 */
export interface Task {
  readonly partition: number
  readonly state: 'starting' | 'running' | 'failed' | 'closed'
  readonly position: number | undefined
  readonly watermarkMs: number
  /** Resolves once it runs, has failed or is closed; never rejects. */
  start(): Promise<void>
  /** Whether it may get more now. */
  wants(): boolean
  take(delivery: Delivery): void
  /** Called at intervals, so that partitions without records advance too. */
  tick(): void
  /** Commits what it has and begins nothing further until resume(). Resolves when that is over, or it has failed. */
  hold(): Promise<void>
  resume(): void
  /** Ends it without a commit. Idempotent. */
  close(): Promise<void>
}

/** What is on its way to being committed gets so long at the end. */
const closeMs = 1000
/** Between two looks for a membership, while the coordinator moves. */
const memberPauseMs = 50

export function createTask(options: TaskOptions): Task {
  const { partition, topic, group, processor, writer, source, clock, onEvent } = options
  const closing = new AbortController()
  let state: Task['state'] = 'starting'
  let nextOffset: number | undefined
  /** Records, and other reasons to commit, since the last transaction began. */
  let pending = 0
  let isDirty = false
  let isHeld = false
  let committing: Promise<void> | undefined
  let full: (() => void) | undefined
  let heardAt = clock.monotonicMs()
  let starting: Promise<void> | undefined
  let partitions: ReadonlyMap<string, number> = new Map()

  function fail(error: unknown): void {
    if (state === 'failed' || state === 'closed') return
    state = 'failed'
    source.stop(partition)
    onEvent({ kind: 'failed', error })
    // An open transaction would hold up readers until a successor begins.
    void writer.close()
  }

  async function begin(): Promise<void> {
    try {
      partitions = await writer.open()
      const [of, kept] = [partitions.get(topic), partitions.get(options.changelog)]
      if (of !== kept) {
        const message = `${options.changelog} has ${kept} partitions, and ${topic} has ${of}: they have to be as many`
        throw new KopsError('partitions_invalid', message)
      }
      nextOffset = await restore(options, closing.signal)
      if (state !== 'starting') return
      state = 'running'
      heardAt = clock.monotonicMs()
      source.seek(partition, nextOffset)
    } catch (error) {
      fail(error)
    }
  }

  async function membership() {
    for (;;) {
      closing.signal.throwIfAborted()
      const { membership } = source
      if (membership) return membership
      await clock.sleep(memberPauseMs, closing.signal)
    }
  }

  /** In the partition of the input: a transaction has few partitions then, and results keep the order of their events. */
  function placed(record: ProcessorOutput): OutputRecord {
    return { ...record, partition: partition % (partitions.get(record.topic) ?? 1) }
  }

  async function commitOnce(): Promise<void> {
    const offset = nextOffset ?? 0
    const startedAt = clock.monotonicMs()
    const records = pending
    pending = 0
    isDirty = false
    const output = processor.take(offset).map(placed)
    const { memberId, generation } = await membership()
    await writer.commit(output, { group, topic, partition, offset, memberId, generation })
    const written = new Map<string, number>()
    for (const { topic } of output) written.set(topic, (written.get(topic) ?? 0) + 1)
    onEvent({ kind: 'committed', records, written, ms: clock.monotonicMs() - startedAt })
  }

  async function commitAll(): Promise<void> {
    while (state === 'running' && (pending > 0 || isDirty)) {
      if (!isHeld && pending < options.commitRecords) await collected()
      if (state === 'running') await commitOnce()
    }
  }

  /** Until a transaction has enough records, or has waited for long enough. */
  async function collected(): Promise<void> {
    const limit = new AbortController()
    const filled = new Promise<void>((resolve) => {
      full = resolve
    })
    const either = AbortSignal.any([limit.signal, closing.signal])
    await Promise.race([filled, clock.sleep(options.commitEveryMs, either).catch(() => undefined)])
    full = undefined
    limit.abort()
  }

  function commit(): void {
    if (committing || isHeld || state !== 'running') return
    committing = commitAll()
      .catch(fail)
      .finally(() => {
        committing = undefined
        // What came in the last moment, unless it is to wait.
        if (pending > 0 || isDirty) commit()
      })
  }

  return {
    partition,
    get state() {
      return state
    },
    get position() {
      return nextOffset
    },
    get watermarkMs() {
      return processor.watermarkMs
    },
    start() {
      starting = begin()
      return starting
    },
    wants: () => state === 'running' && !isHeld && pending < options.commitRecords,
    take(delivery) {
      if (state !== 'running') return
      try {
        const before = nextOffset ?? 0
        processor.process(delivery, clock.now().getTime())
        // Behind the records, because some show only while they are walked through.
        for (const each of delivery.unreadable) onEvent({ kind: 'unreadable', ...each })
        nextOffset = delivery.nextOffset
        pending += Math.max(1, delivery.nextOffset - before)
        heardAt = clock.monotonicMs()
      } catch (error) {
        fail(error)
        return
      }
      if (pending >= options.commitRecords) full?.()
      commit()
    },
    tick() {
      if (state !== 'running' || isHeld) return
      if (processor.idle(clock.now().getTime(), clock.monotonicMs() - heardAt)) {
        isDirty = true
        commit()
      }
    },
    async hold() {
      isHeld = true
      full?.()
      if (!committing && state === 'running' && (pending > 0 || isDirty)) committing = commitAll().catch(fail)
      await committing
      committing = undefined
    },
    resume() {
      isHeld = false
      if (pending > 0 || isDirty) commit()
    },
    async close() {
      if (state === 'closed') return
      state = 'closed'
      closing.abort(new Error('The task is closed'))
      source.stop(partition)
      full?.()
      const limit = new AbortController()
      await Promise.race([committing, clock.sleep(closeMs, limit.signal).catch(() => undefined)])
      limit.abort()
      await writer.close()
      await Promise.all([committing, starting])
    }
  }
}

/** Whether an error means that the partition or its transactional id has another owner now. */
export function isFenced(error: unknown): boolean {
  const fencing = ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']
  return isKopsError(error) && fencing.includes(error.kafkaError ?? '')
}
