import { Consumer, type MessagesStream } from '@platformatic/kafka'
import type { ConnectionOptions } from '../connection/options.ts'
import { connectionSecurity } from '../connection/security.ts'
import { formatEndpoint, parseEndpoints } from '../model.ts'
import type { SubscribedRecord, Subscriber, SubscriberEvents, Subscription } from './port.ts'

const rebalanceTimeout = 60_000
const maxWaitTime = 250
const commitIntervalMs = 1000
const mostAtOnce = 500
const restartMs = 500

type Stream = MessagesStream<Buffer, Buffer, Buffer, Buffer>
type Message = Stream extends AsyncIterable<infer M> ? M : never

/** A member with KIP-848's protocol, or one with static membership, on the consumer of @platformatic/kafka: kafkajs has neither. */
export function createPlatformaticSubscriber(
  { group, topic, begins, protocol, instanceId, sessionTimeoutMs, heartbeatIntervalMs, commit }: Subscription,
  { bootstrapServers, clientId, security = {} }: Omit<ConnectionOptions, 'budget' | 'pool'>,
  events: SubscriberEvents
): Subscriber {
  const endpoints = parseEndpoints(bootstrapServers)
  const consumer = new Consumer({
    clientId,
    bootstrapBrokers: endpoints.map(formatEndpoint),
    groupId: group,
    ...(instanceId !== null && { groupInstanceId: instanceId }),
    ...(protocol === 'consumer'
      ? { groupProtocol: 'consumer' as const, rebalanceTimeout }
      : { sessionTimeout: sessionTimeoutMs, heartbeatInterval: heartbeatIntervalMs, rebalanceTimeout }),
    ...connectionSecurity(security, endpoints[0]?.host ?? ''),
    maxWaitTime,
    retries: 20,
    retryDelay: 250,
    timeout: 30_000
  })
  let assigned: string | undefined
  let leaving = false
  let stream: Stream | undefined
  let living: Promise<void> = Promise.resolve()
  /** Of each partition the next offset to process, if it is not committed yet. */
  const uncommitted = new Map<number, { offset: bigint; leaderEpoch: number }>()
  let committedAtMs = performance.now()

  const partitions = () => consumer.assignments?.find((each) => each.topic === topic)?.partitions ?? []

  consumer.on('consumer:group:rebalance', () => events.onRevoked())
  consumer.on('consumer:group:join', ({ generationId }) => {
    assigned = undefined
    if (generationId !== undefined) events.onGeneration(generationId)
    showAssignment()
  })
  // With KIP-848 an assignment arrives in the answer to a heartbeat, and no event names it.
  consumer.on('consumer:heartbeat:end', () => {
    events.onContact()
    showAssignment()
  })

  function showAssignment(): void {
    const { memberId } = consumer
    if (memberId === null || consumer.assignments === null) return
    const current = partitions()
    const shown = JSON.stringify([memberId, current])
    if (shown === assigned) return
    assigned = shown
    events.onAssigned({ memberId, partitions: [...current] })
  }

  async function deliver(messages: readonly Message[]): Promise<void> {
    showAssignment()
    // The stream may still have records of partitions that are gone.
    const mine = Map.groupBy(messages, ({ partition }) => partition)
    for (const [partition, records] of mine) {
      const last = records.at(-1)
      if (!last || !partitions().includes(partition)) continue
      await events.process(partition, records.map(recordOf))
      uncommitted.set(partition, { offset: last.offset + 1n, leaderEpoch: last.leaderEpoch })
    }
    if (commit === 'processed' || performance.now() - committedAtMs >= commitIntervalMs) await commitProcessed()
  }

  async function commitProcessed(): Promise<void> {
    const current = partitions()
    const offsets = Array.from(uncommitted, ([partition, position]) => ({ topic, partition, ...position })).filter(
      ({ partition }) => current.includes(partition)
    )
    uncommitted.clear()
    committedAtMs = performance.now()
    if (offsets.length === 0) return
    await consumer.commit({ offsets })
    events.onCommitted(offsets.map(({ partition, offset }) => ({ partition, offset: Number(offset) })))
  }

  async function live(): Promise<void> {
    while (!leaving) {
      try {
        // Its own commits would include records that wait in the stream and were not processed.
        stream = await consumer.consume({
          topics: [topic],
          mode: 'committed',
          fallbackMode: begins,
          autocommit: false
        })
        showAssignment()
        let batch: Message[] = []
        for await (const message of stream) {
          batch.push(message)
          if (stream.readableLength > 0 && batch.length < mostAtOnce) continue
          await deliver(batch)
          batch = []
        }
      } catch {
        // A leader or the coordinator moved, or it has to join again: it goes on from its commits.
      }
      if (!leaving) await new Promise((resolve) => setTimeout(resolve, restartMs))
    }
  }

  return {
    async start() {
      living = live()
    },
    async leave() {
      leaving = true
      await commitProcessed().catch(() => undefined)
      await stream?.close().catch(() => undefined)
      await living
      // A static member keeps its partitions for its return, so it does not notify the coordinator (KIP-345).
      if (instanceId === null) await consumer.close(true)
    }
  }
}

function recordOf({ offset, timestamp, key, value, headers }: Message): SubscribedRecord {
  return {
    offset: Number(offset),
    timestampMs: Number(timestamp),
    key: key ?? null,
    value: value ?? null,
    headers: Array.from(headers, ([name, content]) => [name.toString(), content ?? null])
  }
}
