import { type Batch, type BatchEnd, newBatch, outcomeOf } from './batch.ts'
import type { BatchSize } from './batch-size.ts'
import type { BatchOutcome, BulkRecord, Compression } from './port.ts'
import { anonymous, type BufferPool, createBatchBuilder, type ProducerIdentity } from './record-batch.ts'

const highestEpoch = 32_767
/** A sequence is a positive 32-bit number and then begins again (DefaultRecordBatch.incrementSequence). */
const sequences = 2 ** 31

export interface LaneOptions {
  partition: number
  /** Batches in flight at once. A broker remembers the last five of each producer, and so recognises their retries. */
  mostInFlight: number
  /** false: brokers do not know the producer, and a retry may write a batch twice or after its successor. */
  idempotent: boolean
  /** Its batches belong to transactions: only the coordinator knows the epoch after a lost one. */
  transactional?: boolean
  compression: Compression
  batchSize: BatchSize
  buffers: BufferPool
  deliveryTimeoutMs: number
  /** Every batch comes here once. @param bytes that it occupied in the producer's buffer */
  onOutcome: (outcome: BatchOutcome, bytes: number) => void
}

/**
 * The batches of one partition, from the first record to the outcome. Retries are sent one by one and in their order before
 * anything new, so that nothing is reordered.
 */
export interface Lane {
  readonly partition: number
  readonly idle: boolean
  leader: number | null
  /** null: the producer has to get a new id before the next batch. */
  identity: ProducerIdentity | null
  /** Goes on under another identity, with sequences from 0. */
  adopt(identity: ProducerIdentity): void
  /** So many batches that can grow no more wait. */
  readonly complete: number
  /** Returns the bytes that the record takes in the buffer. @param now monotonic; asked for the first record of a batch only */
  append(record: BulkRecord, now: () => number, timestampMs: number): number
  /** The batch that may be sent now, if any: whether it can grow no more, and whether none is in flight before it. */
  next(now: number): { batch: Batch; complete: boolean; first: boolean } | null
  /** Seals and stamps the next batch: it is in flight. */
  take(now: number): Batch
  /** @param baseOffset null if the broker knew the batch from an earlier attempt */
  acknowledged(batch: Batch, baseOffset: number | null, now: number): void
  /** It is on its way, and nobody will say what became of it. */
  handedOver(batch: Batch, now: number): void
  /** The attempt was in vain: the batch goes again, not before `at`. */
  retry(batch: Batch, at: number, now: number): void
  /** No attempt will succeed. */
  failed(batch: Batch, code: string, now: number): void
  /** Whether the broker's answer "out of order" has a predecessor to blame that is not settled yet. */
  hasUnsettledBefore(batch: Batch): boolean
  /** Ends batches that wait for longer than the delivery timeout. */
  expire(now: number): void
  /** Ends the batches that are not in flight. */
  discard(code: string, now: number): void
  /** Ends all batches: those in flight may have been written. */
  cancel(now: number): void
}

export function createLane(options: LaneOptions): Lane {
  const { partition, batchSize } = options
  /** In order: what is to be sent again, then what is complete. */
  const waiting: Batch[] = []
  const inFlight: Batch[] = []
  let growing: Batch | null = null
  let nextNumber = 0
  let nextRecord = 0
  let nextSequence = 0
  let retryAt = 0

  function begin(now: number): Batch {
    const { compression, transactional = false, buffers } = options
    const limitBytes = batchSize.limitBytes()
    const builder = createBatchBuilder({ limitBytes, compression, transactional, buffers })
    return newBatch(nextNumber++, nextRecord - 1, builder, now)
  }

  function settle(batch: Batch, endedAt: number, result: BatchEnd): void {
    const { builder } = batch
    if (result.status !== 'acknowledged') batch.errorAt ??= endedAt
    const outcome = outcomeOf(batch, partition, endedAt, result)
    builder.release()
    // Its sequence is missing at the broker: no later batch of this identity would be accepted.
    if (result.status === 'ended' && batch.stampedBy === lane.identity && batch.stampedBy !== null) renew(endedAt)
    options.onOutcome(outcome, builder.uncompressedBytes)
  }

  /**
   * Goes on under the next epoch, whose sequences begin at 0 (KIP-360). It fences the former one: once a batch of the new epoch
   * is written, a broker refuses what may still be on its way.
   */
  function renew(now: number): void {
    if (!options.idempotent || !lane.identity) return
    const { id, epoch } = lane.identity
    lane.identity = epoch < highestEpoch && !options.transactional ? { id, epoch: epoch + 1 } : null
    nextSequence = 0
    for (const batch of waiting.filter(({ stampedBy }) => stampedBy !== null)) {
      if (unstamped(batch)) continue
      waiting.splice(waiting.indexOf(batch), 1)
      settle(batch, now, { status: 'ended', code: batch.lastCode ?? 'DELIVERY_TIMEOUT' })
    }
  }

  /** Frees a batch from a former identity, unless it may have been written under it: a second copy would be a duplicate. */
  function unstamped(batch: Batch): boolean {
    if (batch.mayBeWritten) return false
    batch.stampedBy = null
    return true
  }

  const land = (batch: Batch) => {
    const index = inFlight.indexOf(batch)
    if (index >= 0) inFlight.splice(index, 1)
    return index >= 0
  }

  const lane: Lane = {
    partition,
    leader: null,
    identity: null,
    get idle() {
      return inFlight.length === 0 && waiting.length === 0 && growing === null
    },
    get complete() {
      return waiting.length
    },
    adopt(identity) {
      lane.identity = identity
      nextSequence = 0
    },
    append(record, now, timestampMs) {
      nextRecord += 1
      const bytes = growing?.builder.append(record, timestampMs)
      if (bytes) return bytes
      if (growing) waiting.push(growing)
      growing = begin(now())
      return growing.builder.append(record, timestampMs)
    },
    next(now) {
      if (inFlight.length >= options.mostInFlight || now < retryAt) return null
      const batch = waiting[0] ?? growing
      if (!batch || (batch.attempts > 0 && inFlight.length > 0)) return null
      // A broker remembers the last five batches: what follows a retry could make it forget that it has this one.
      if (inFlight.some(({ attempts }) => attempts > 1)) return null
      // One of a former identity may have to go again, before its successors.
      if (inFlight.some(({ stampedBy }) => stampedBy !== lane.identity)) return null
      return { batch, complete: batch !== growing, first: inFlight.length === 0 }
    },
    take(now) {
      const batch = waiting.shift() ?? growing
      if (!batch || !lane.identity) throw new Error(`partition ${partition} has nothing to send`)
      if (batch === growing) growing = null
      if (batch.bytes === null) {
        batch.bytes = batch.builder.seal()
        batchSize.observe(batch.builder.uncompressedBytes, batch.bytes.length)
      }
      if (batch.stampedBy === null) {
        batch.builder.stamp(lane.identity, options.idempotent ? nextSequence : -1)
        nextSequence = (nextSequence + batch.builder.records) % sequences
        batch.stampedBy = lane.identity
      }
      batch.sentAt ??= now
      batch.attempts += 1
      batch.broker = lane.leader
      inFlight.push(batch)
      return batch
    },
    acknowledged(batch, baseOffset, now) {
      if (land(batch)) settle(batch, now, { status: 'acknowledged', baseOffset })
    },
    handedOver(batch, now) {
      if (land(batch)) settle(batch, now, { status: 'unconfirmed' })
    },
    retry(batch, at, now) {
      if (!land(batch)) return
      batch.errorAt ??= now
      if (batch.stampedBy !== lane.identity && !unstamped(batch)) {
        settle(batch, now, { status: 'ended', code: batch.lastCode ?? 'DELIVERY_TIMEOUT' })
        return
      }
      const later = waiting.findIndex(({ number }) => number > batch.number)
      waiting.splice(later < 0 ? waiting.length : later, 0, batch)
      retryAt = at
    },
    failed(batch, code, now) {
      if (land(batch)) settle(batch, now, { status: 'ended', code })
    },
    hasUnsettledBefore({ number, stampedBy }) {
      const earlier = (other: Batch) => other.number < number && other.stampedBy === stampedBy
      return inFlight.some(earlier) || waiting.some(earlier) || stampedBy !== lane.identity
    },
    expire(now) {
      for (let head = waiting[0] ?? growing; head; head = waiting[0] ?? growing) {
        if (now - head.createdAt < options.deliveryTimeoutMs) return
        if (head === growing) growing = null
        else waiting.shift()
        settle(head, now, { status: 'ended', code: head.lastCode ?? 'DELIVERY_TIMEOUT' })
      }
    },
    discard(code, now) {
      const all = [...waiting.splice(0), ...(growing ? [growing] : [])]
      growing = null
      for (const batch of all) settle(batch, now, { status: 'ended', code })
    },
    cancel(now) {
      for (const batch of inFlight) batch.mayBeWritten = true
      waiting.unshift(...inFlight.splice(0))
      lane.discard('CANCELLED', now)
    }
  }
  if (!options.idempotent) lane.identity = anonymous
  return lane
}
