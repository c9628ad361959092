import { createKafkajs } from '../connection/kafkajs.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { registerSnappy } from '../verifying/snappy-codec.ts'
import type { Subscriber, SubscriberEvents, Subscription } from './port.ts'

/** Request and rebalance time-outs are those of Kafka's own consumer: a member sees what most services would. */
const requestTimeout = 30_000
const rebalanceTimeout = 60_000
const autoCommitInterval = 1000
const maxWaitTimeInMs = 250

/**
 * A member with the classic protocol, on kafkajs: none of its code is that of the producers and watchers of kops. It has no static
 * membership.
 */
export function createKafkajsSubscriber(
  { group, topic, begins, sessionTimeoutMs, heartbeatIntervalMs, commit }: Subscription,
  options: Omit<ConnectionOptions, 'budget' | 'pool'>,
  events: SubscriberEvents
): Subscriber {
  registerSnappy()
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
    maxWaitTimeInMs,
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
        eachBatchAutoResolve: false,
        eachBatch: async ({ batch, resolveOffset, heartbeat, isRunning, isStale }) => {
          if (!isRunning() || isStale()) return
          const offsets = batch.messages.map(({ offset }) => Number(offset))
          await events.process(batch.partition, offsets)
          resolveOffset(batch.lastOffset())
          if (commit === 'processed') {
            const offset = String(Number(batch.lastOffset()) + 1)
            await consumer.commitOffsets([{ topic, partition: batch.partition, offset }])
          }
          await heartbeat()
        }
      })
    },
    leave: () => consumer.disconnect()
  }
}
