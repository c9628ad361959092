import { KopsError } from '../../errors/catalog.ts'
import type { Batch } from './batch.ts'
import { retryBackoffMs, takeAnswer, takeSilence } from './batch-answers.ts'
import { createBatchSize } from './batch-size.ts'
import type { BrokerConnections, Leaders } from './broker-connections.ts'
import { createLane, type Lane } from './partition-lane.ts'
import type { BatchOutcome, BulkProducer, BulkProducerOptions } from './port.ts'
import { createBufferPool, type ProducerIdentity } from './record-batch.ts'

export const connectTimeoutMs = 2000
/** When a request is in flight for longer, the producer checks whether its partitions have a new leader. */
const suspiciousAfterMs = 1000
/** So many complete batches of one partition wait for no other: its records are more than one request at a time can take. */
const manyWaiting = 4

interface InFlightRequest {
  broker: number
  lanes: Lane[]
  since: number
}

/** Who writes, and where. */
export interface ProducerRole {
  /** Before the first batch; null without idempotence. */
  open(): Promise<ProducerIdentity | null>
  /** For partitions that have lost theirs; absent: adopt() brings it. */
  renew?(): Promise<ProducerIdentity>
  /** Whether batches of a partition may be sent. If not, the role calls pump() once they may. */
  admits(partition: number): boolean
  /** A batch ended without an acknowledgement. */
  onLost?(code: string): void
}

/** Accumulates records by partition, and sends what may be sent. */
export interface ProducerCore extends Omit<BulkProducer, 'close'> {
  /** All partitions go on under another identity. Nothing may be in flight. */
  adopt(identity: ProducerIdentity): void
  /** Gives up what is not in flight, now and whatever comes later. @param code undefined ends that */
  discard(code: string | undefined): void
  pump(): void
  /** A broker may have refused batches that it does not answer by closing the connection. */
  connectionLost(): void
  close(): void
}

/** What a producer with transactions and one without have in common. The caller closes the connections. */
export function createProducerCore(
  options: BulkProducerOptions & { transactionalId?: string },
  connections: BrokerConnections,
  role: ProducerRole
): ProducerCore {
  const transactional = options.transactionalId !== undefined
  const batchSize = createBatchSize(options.batchBytes, options.compression)
  const buffers = createBufferPool()
  let lanes: Lane[] = []
  const requests = new Set<InFlightRequest>()
  const roomWaiters: (() => void)[] = []
  const flushWaiters: (() => void)[] = []
  let bufferedBytes = 0
  let flushing = false
  let closed = false
  let refreshing = false
  let refreshedAt = 0
  let identifying = false
  let discarding: string | undefined
  let timer: NodeJS.Timeout | undefined
  let immediate: NodeJS.Immediate | undefined

  function onOutcome(outcome: BatchOutcome, bytes: number): void {
    bufferedBytes -= bytes
    options.onOutcome(outcome)
    if (outcome.code !== undefined) role.onLost?.(outcome.code)
    if (bufferedBytes < options.bufferBytes) for (const wake of roomWaiters.splice(0)) wake()
  }

  const idle = () => lanes.every((lane) => lane.idle)

  /** Sends all that is ready, as long as brokers may get another request. */
  function pump(): void {
    if (closed) return
    const now = performance.now()
    let refreshNeeded = false
    for (const lane of lanes) {
      if (discarding === undefined) lane.expire(now)
      else lane.discard(discarding, now)
      if (lane.idle) continue
      if (lane.leader === null) refreshNeeded = true
      else if (!lane.identity) void identify()
    }
    while (sendOnce(now));
    for (const request of requests) refreshNeeded ||= now - request.since > suspiciousAfterMs
    if (refreshNeeded) void refresh()
    if (!idle()) wakeIn(requests.size > 0 ? 20 : Math.max(1, options.lingerMs))
    else for (const wake of flushWaiters.splice(0)) wake()
  }

  /** One request to each broker that leads a ready partition, with all its partitions. Returns whether there was any. */
  function sendOnce(now: number): boolean {
    const byLeader = new Map<number, Lane[]>()
    for (const lane of lanes) {
      if (lane.leader === null || !lane.identity) continue
      const next = lane.next(now)
      if (!next) continue
      // Only full batches follow one that is in flight: others grow until its answer, which makes fewer and larger batches.
      const due = now - next.batch.createdAt >= options.lingerMs && next.first
      if ((!next.complete && !flushing && !due) || !role.admits(lane.partition)) continue
      const ready = byLeader.get(lane.leader) ?? []
      byLeader.set(lane.leader, ready)
      ready.push(lane)
    }
    let sent = false
    for (const [broker, ready] of byLeader) {
      const earlier = inFlight(broker)
      if (earlier >= options.requestsInFlight || (earlier > 0 && !flushing && !isWorthARequest(broker, ready))) continue
      void send(broker, ready, now)
      sent = true
    }
    return sent
  }

  /**
   * Whether batches should follow a request in flight at once, or wait for its answer and for others: a request costs the leader
   * and its followers about as much with one batch as with all.
   */
  function isWorthARequest(broker: number, ready: readonly Lane[]): boolean {
    if (ready.some(({ complete }) => complete >= manyWaiting)) return true
    return lanes.every(({ leader, complete }) => leader !== broker || complete > 0)
  }

  function inFlight(broker: number): number {
    let count = 0
    for (const request of requests) if (request.broker === broker) count += 1
    return count
  }

  async function send(broker: number, ready: Lane[], now: number): Promise<void> {
    const shipped = ready.map((lane) => ({ lane, batch: lane.take(now) }))
    const request: InFlightRequest = { broker, lanes: ready, since: now }
    requests.add(request)
    const batches = shipped.map(({ lane, batch }) => ({ partition: lane.partition, batch: bytesOf(batch) }))
    let sent = false
    try {
      const connection = await connections.connect(broker)
      sent = true
      const isAnswered = options.acks !== 'none'
      const exchange = isAnswered ? connections.produce : connections.handOver
      const answers = await exchange(connection, options.topic, batches)
      requests.delete(request)
      const byPartition = new Map(answers?.map((answer) => [answer.partition, answer]))
      for (const { lane, batch } of shipped) {
        const answer = byPartition.get(lane.partition)
        if (!isAnswered) lane.handedOver(batch, performance.now())
        else if (answer) takeAnswer(lane, batch, answer, performance.now())
        else takeSilence(lane, batch, true, performance.now())
      }
    } catch {
      // Whatever broke, the consequence is the same: no answer, look for the leader, try again until the deadline.
      requests.delete(request)
      for (const { lane, batch } of shipped) takeSilence(lane, batch, sent, performance.now())
      void refresh()
    }
    pump()
  }

  async function refresh(): Promise<void> {
    if (refreshing || closed || performance.now() - refreshedAt < retryBackoffMs) return
    refreshing = true
    try {
      follow(await connections.leaders(options.topic))
    } catch {
      // No broker answers, or the topic is gone: the batches' own deadline ends the attempts.
    } finally {
      refreshing = false
      refreshedAt = performance.now()
    }
    pump()
  }

  /** Takes new leaders over, and gives up waiting for a broker that lost a partition which it has not answered for. */
  function follow(leaders: Leaders): void {
    for (const lane of lanes) lane.leader = leaders[lane.partition] ?? null
    const now = performance.now()
    for (const { broker, lanes: waiting, since } of requests) {
      const moved = waiting.some(({ leader }) => leader !== null && leader !== broker)
      if (moved && now - since > suspiciousAfterMs) connections.drop(broker)
    }
  }

  /** A new producer id for every partition that has none. */
  async function identify(): Promise<void> {
    if (identifying || !role.renew) return
    identifying = true
    try {
      const identity = await role.renew()
      for (const lane of lanes) lane.identity ??= identity
    } catch {
      wakeIn(retryBackoffMs)
    } finally {
      identifying = false
    }
    pump()
  }

  function wakeIn(delayMs: number): void {
    if (timer || closed) return
    timer = setTimeout(() => {
      timer = undefined
      pump()
    }, delayMs)
  }

  return {
    async open() {
      const leaders = await connections.leaders(options.topic)
      const missing = leaders.indexOf(null)
      if (missing >= 0) {
        throw new KopsError('topic_not_ready', `Partition ${missing} of ${options.topic} has no leader`)
      }
      const identity = await role.open()
      const { idempotent, compression, deliveryTimeoutMs, requestsInFlight: mostInFlight } = options
      const common = {
        idempotent,
        transactional,
        compression,
        deliveryTimeoutMs,
        mostInFlight,
        batchSize,
        buffers,
        onOutcome
      }
      lanes = leaders.map((leader, partition) => {
        const lane = createLane({ ...common, partition })
        lane.leader = leader
        lane.identity ??= identity
        return lane
      })
      await Promise.all(
        Array.from(new Set(leaders), (leader) => connections.connect(leader ?? -1).catch(() => undefined))
      )
      return { partitions: lanes.length }
    },
    append(record) {
      const lane = lanes[record.partition]
      if (!lane || closed) throw new Error(`partition ${record.partition} cannot be appended to`)
      bufferedBytes += lane.append(record, monotonicMs, Date.now())
      if (lane.complete > 0 || options.lingerMs === 0) {
        immediate ??= setImmediate(() => {
          immediate = undefined
          pump()
        })
      } else wakeIn(options.lingerMs)
      return bufferedBytes < options.bufferBytes
    },
    async drained() {
      if (bufferedBytes < options.bufferBytes || closed) return
      await new Promise<void>((resolve) => roomWaiters.push(resolve))
    },
    async flush() {
      if (idle()) return
      flushing = true
      pump()
      await new Promise<void>((resolve) => flushWaiters.push(resolve))
      flushing = false
    },
    adopt(identity) {
      for (const lane of lanes) lane.adopt(identity)
    },
    discard(code) {
      discarding = code
      if (code !== undefined) wakeIn(0)
    },
    pump,
    connectionLost() {
      if (options.acks === 'none') void refresh()
    },
    close() {
      if (closed) return
      closed = true
      clearTimeout(timer)
      clearImmediate(immediate)
      const now = performance.now()
      for (const lane of lanes) lane.cancel(now)
      for (const wake of [...roomWaiters.splice(0), ...flushWaiters.splice(0)]) wake()
    }
  }
}

const monotonicMs = () => performance.now()

function bytesOf({ bytes }: Batch): Buffer {
  if (!bytes) throw new Error('a batch in flight has no bytes')
  return bytes
}
