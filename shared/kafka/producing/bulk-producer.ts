import { isKopsError, KopsError } from '../../errors/catalog.ts'
import { retry } from '../../poll.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { createBrokerConnections, type Leaders } from './broker-connections.ts'
import { type Batch, createLane, type Lane, outcomeOf } from './partition-lane.ts'
import type { BulkProducer, BulkProducerOptions } from './port.ts'
import { reactTo } from './produce-errors.ts'
import type { ProducerIdentity } from './record-batch.ts'

const connectTimeoutMs = 2000
const identityDeadlineMs = 10_000
const retryBackoffMs = 100
const maxInFlightRequests = 5
/** When a request is in flight for longer, the producer checks whether its partitions have a new leader. */
const suspiciousAfterMs = 1000

interface InFlightRequest {
  broker: number
  lanes: Lane[]
  since: number
}

export function createBulkProducer(options: BulkProducerOptions & Omit<ConnectionOptions, 'budget'>): BulkProducer {
  const connections = createBrokerConnections({ ...options, connectTimeoutMs })
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
  let timer: NodeJS.Timeout | undefined
  let immediate: NodeJS.Immediate | undefined

  function settle(lane: Lane, batch: Batch, result: Parameters<typeof outcomeOf>[3]): void {
    bufferedBytes -= batch.builder.uncompressedBytes
    // Batches after one that may not have been written would have a sequence that the broker does not expect.
    if (!result.acknowledged && batch.bytes) lane.identity = null
    options.onOutcome(outcomeOf(batch, lane.partition, performance.now(), result))
    if (bufferedBytes < options.bufferBytes) for (const wake of roomWaiters.splice(0)) wake()
    if (idle()) for (const wake of flushWaiters.splice(0)) wake()
  }

  const idle = () => lanes.every((lane) => !lane.inFlight && !lane.head())

  /** Sends all that is ready: of each broker that leads a ready partition, all partitions, in one request. */
  function pump(): void {
    if (closed) return
    const now = performance.now()
    const byLeader = new Map<number, { lanes: Lane[]; ready: boolean }>()
    let refreshNeeded = false
    for (const lane of lanes) {
      if (lane.inFlight) continue
      expire(lane, now)
      const head = lane.head()
      if (!head || now < lane.retryAt) continue
      if (lane.leader === null) {
        refreshNeeded = true
        continue
      }
      if (!lane.identity) {
        identify()
        continue
      }
      const group = byLeader.get(lane.leader) ?? { lanes: [], ready: false }
      group.lanes.push(lane)
      group.ready ||= head.complete || flushing || now - head.batch.createdAt >= options.lingerMs
      byLeader.set(lane.leader, group)
    }
    for (const [broker, group] of byLeader) {
      if (group.ready && inFlight(broker) < maxInFlightRequests) void send(broker, group.lanes, now)
    }
    for (const request of requests) refreshNeeded ||= now - request.since > suspiciousAfterMs
    if (refreshNeeded) void refresh()
    if (!idle()) wakeIn(requests.size > 0 ? 20 : Math.max(1, options.lingerMs))
  }

  function inFlight(broker: number): number {
    let count = 0
    for (const request of requests) if (request.broker === broker) count += 1
    return count
  }

  async function send(broker: number, ready: Lane[], now: number): Promise<void> {
    const request: InFlightRequest = { broker, lanes: ready, since: now }
    requests.add(request)
    const batches = ready.map((lane) => {
      if (!lane.identity) throw new Error(`partition ${lane.partition} has no producer id`)
      const { bytes } = lane.take(lane.identity, now)
      if (!bytes) throw new Error('took a batch that is not sealed')
      return { partition: lane.partition, batch: bytes }
    })
    let sent = false
    try {
      const connection = await connections.connect(broker)
      sent = true
      const answers = await connections.produce(connection, options.topic, batches)
      requests.delete(request)
      const byPartition = new Map(answers.map((answer) => [answer.partition, answer]))
      for (const lane of ready) {
        const answer = byPartition.get(lane.partition)
        if (answer) answered(lane, answer.errorCode, answer.baseOffset)
        else unanswered(lane, true)
      }
    } catch {
      // Whatever broke, the consequence is the same: no answer, look for the leader, try again until the deadline.
      requests.delete(request)
      for (const lane of ready) unanswered(lane, sent)
      void refresh()
    }
    pump()
  }

  function answered(lane: Lane, errorCode: number, baseOffset: number): void {
    const batch = lane.inFlight
    if (!batch) return
    if (errorCode === 0) {
      lane.inFlight = null
      settle(lane, batch, { acknowledged: true, baseOffset: baseOffset >= 0 ? baseOffset : null })
      return
    }
    const reaction = reactTo(errorCode)
    batch.lastCode = reaction.code
    batch.mayBeWritten ||= reaction.mayBeWritten
    if (reaction.refresh) lane.leader = null
    if (reaction.action === 'retry') {
      lane.retry(performance.now() + retryBackoffMs)
      return
    }
    lane.inFlight = null
    const written = reaction.action === 'written'
    settle(
      lane,
      batch,
      written ? { acknowledged: true, baseOffset: null } : { acknowledged: false, code: reaction.code }
    )
  }

  function unanswered(lane: Lane, sent: boolean): void {
    const batch = lane.inFlight
    if (!batch) return
    batch.lastCode = 'NETWORK_EXCEPTION'
    batch.mayBeWritten ||= sent
    lane.retry(performance.now() + retryBackoffMs)
  }

  function expire(lane: Lane, now: number): void {
    for (let head = lane.head(); head; head = lane.head()) {
      if (now - head.batch.createdAt < options.deliveryTimeoutMs) return
      lane.drop()
      settle(lane, head.batch, { acknowledged: false, code: head.batch.lastCode ?? 'DELIVERY_TIMEOUT' })
    }
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
    if (identifying) return
    identifying = true
    try {
      const identity = await connections.identity()
      for (const lane of lanes) {
        if (lane.identity) continue
        lane.identity = identity
        lane.nextSequence = 0
      }
    } catch {
      wakeIn(retryBackoffMs)
    } finally {
      identifying = false
    }
    pump()
  }

  /** A cluster that allocates its first producer id answers COORDINATOR_LOAD_IN_PROGRESS for a moment. */
  async function firstIdentity(): Promise<ProducerIdentity> {
    return retry(
      () => connections.identity(),
      (error) => !closed && !isKopsError(error, 'kafka_not_authorized'),
      {
        timeoutMs: identityDeadlineMs,
        pauseMs: retryBackoffMs
      }
    )
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
      const identity = await firstIdentity()
      lanes = leaders.map((leader, partition) =>
        Object.assign(createLane(partition, options.batchBytes), { leader, identity })
      )
      await Promise.all(
        Array.from(new Set(leaders), (leader) => connections.connect(leader ?? -1).catch(() => undefined))
      )
      return { partitions: lanes.length }
    },
    append(record) {
      const lane = lanes[record.partition]
      if (!lane || closed) throw new Error(`partition ${record.partition} cannot be appended to`)
      const { bytes, full } = lane.append(record, performance.now(), Date.now())
      bufferedBytes += bytes
      if (full && !lane.inFlight) {
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
    async close() {
      if (closed) return
      closed = true
      clearTimeout(timer)
      clearImmediate(immediate)
      connections.close()
      for (const lane of lanes) {
        if (lane.inFlight) {
          lane.inFlight.mayBeWritten = true
          lane.retry(0)
        }
        for (let batch = lane.drop(); batch; batch = lane.drop()) {
          settle(lane, batch, { acknowledged: false, code: 'CANCELLED' })
        }
      }
      for (const wake of [...roomWaiters.splice(0), ...flushWaiters.splice(0)]) wake()
    }
  }
}
