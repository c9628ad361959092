import type { IHeaders, KafkaMessage } from 'kafkajs'
import { createKafkajs } from '../connection/kafkajs.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { registerCodecs } from './codecs.ts'
import type { SubscribedRecord, Subscriber, SubscriberEvents, Subscription } from './port.ts'

/** Request and rebalance time-outs are those of Kafka's own consumer: a member sees what most services would. */
const requestTimeout = 30_000
const rebalanceTimeout = 60_000
const autoCommitInterval = 1000
const defaultFetch: NonNullable<Subscription['fetch']> = { minBytes: 1, maxWaitMs: 250 }

/**
 * A member with the classic protocol, on kafkajs: none of its code is that of the producers and watchers of kops. It has no static
 * membership.
 */
export function createKafkajsSubscriber(
  {
    group,
    topic,
    begins,
    sessionTimeoutMs,
    heartbeatIntervalMs,
    commit,
    batchRecords = Number.POSITIVE_INFINITY,
    atOnce = 1,
    fetch = defaultFetch
  }: Subscription,
  options: Omit<ConnectionOptions, 'budget' | 'pool'>,
  events: SubscriberEvents
): Subscriber {
  registerCodecs()
  const { kafka, lastFailure } = createKafkajs(options, {
    connectionTimeout: 3000,
    requestTimeout,
    // Gives up connecting long after any drill: what it cannot reach now may be back later.
    retry: { retries: 40, initialRetryTime: 100, maxRetryTime: 2000 }
  })
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs,
    rebalanceTimeout,
    minBytes: fetch.minBytes,
    maxWaitTimeInMs: fetch.maxWaitMs,
    ...(fetch.maxBytes && { maxBytes: fetch.maxBytes }),
    ...(fetch.partitionBytes && { maxBytesPerPartition: fetch.partitionBytes }),
    allowAutoTopicCreation: false
  })
  const { GROUP_JOIN, REBALANCING, HEARTBEAT, COMMIT_OFFSETS, CRASH } = consumer.events
  let generation: number | undefined

  consumer.on(GROUP_JOIN, ({ payload: { memberId, memberAssignment } }) => {
    events.onAssigned({ memberId, partitions: memberAssignment[topic] ?? [] })
  })
  consumer.on(REBALANCING, () => events.onRevoked())
  consumer.on(HEARTBEAT, ({ payload }) => {
    events.onContact()
    learn(payload.groupGenerationId)
  })
  consumer.on(COMMIT_OFFSETS, ({ payload: { groupGenerationId, topics } }) => {
    learn(Number(groupGenerationId))
    events.onCommitted(
      topics.flatMap(({ partitions }) =>
        partitions.map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
      )
    )
  })
  consumer.on(CRASH, ({ payload: { error, restart } }) => {
    if (!restart) events.onFailure(lastFailure() ?? error)
  })

  function learn(current: number): void {
    if (current === generation) return
    generation = current
    events.onGeneration(current)
  }

  return {
    async start() {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: begins === 'earliest' })
      await consumer.run({
        autoCommit: commit === 'interval',
        autoCommitInterval,
        partitionsConsumedConcurrently: atOnce,
        eachBatchAutoResolve: false,
        eachBatch: async ({ batch, resolveOffset, heartbeat, isRunning, isStale }) => {
          for (let next = 0; next < batch.messages.length; ) {
            if (!isRunning() || isStale()) return
            const part = batch.messages.slice(next, next + batchRecords)
            next += part.length
            // Behind the last record there may be offsets without one, such as those of markers.
            const lastOffset = next < batch.messages.length ? (part.at(-1)?.offset ?? '') : batch.lastOffset()
            // A refusal shows when the batch ends: until then others may not get these records.
            const beat = setInterval(() => void heartbeat().catch(() => undefined), heartbeatIntervalMs)
            await events.process(batch.partition, part.map(recordOf)).finally(() => clearInterval(beat))
            resolveOffset(lastOffset)
            if (commit === 'processed') {
              const offset = String(Number(lastOffset) + 1)
              await consumer.commitOffsets([{ topic, partition: batch.partition, offset }])
            }
          }
          await heartbeat()
        }
      })
    },
    leave: () => consumer.disconnect()
  }
}

function recordOf({ offset, timestamp, key, value, headers = {} }: KafkaMessage): SubscribedRecord {
  return { offset: Number(offset), timestampMs: Number(timestamp), key, value, headers: headersOf(headers) }
}

/** kafkajs joins headers of one name: their order among the others is lost. */
function headersOf(headers: IHeaders): SubscribedRecord['headers'] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values]
      .flat()
      .map((value): [string, Buffer | null] => [name, typeof value === 'string' ? Buffer.from(value) : (value ?? null)])
  )
}
