import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, { type KafkaConfig } from 'kafkajs'
import type { Test } from 'tap'

/** A producer that writes a record to each partition of a topic again and again, and measures how long it waits. */
export interface SteadyProducer {
  /** Discards earlier measurements, and starts a new one. */
  begin(): void
  /**
   * The longest time since begin() without an acknowledgement on a partition, including a current gap; milliseconds.
   */
  longestGapMs(): number
  acknowledged(): number
}

const pauseMs = 50

/**
 * Starts a producer with acks=all on a client other than kops', one record per partition at a time. It ends with the
 * test.
 * @param topic with this number of partitions
 */
export async function steadyProducer(
  t: Test,
  connection: Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'>,
  topic: string,
  partitions: number
): Promise<SteadyProducer> {
  const producer = new kafkajs.Kafka({
    clientId: 'kops-test-steady',
    ...connection,
    requestTimeout: 300_000,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 1000, initialRetryTime: 100, maxRetryTime: 500 }
  }).producer({ allowAutoTopicCreation: false })
  await producer.connect()
  const lastAt = Array.from({ length: partitions }, () => performance.now())
  let longestMs = 0
  let acknowledged = 0
  let ended = false

  async function write(partition: number): Promise<void> {
    while (!ended) {
      await producer.send({ topic, acks: -1, messages: [{ partition, value: new Date().toISOString() }] })
      const now = performance.now()
      longestMs = Math.max(longestMs, now - (lastAt[partition] ?? now))
      lastAt[partition] = now
      acknowledged += 1
      await delay(pauseMs)
    }
  }

  const writing = Promise.all(Array.from(lastAt.keys(), write)).catch((error: unknown) => {
    if (!ended) t.fail('the producer gave up', { error })
  })
  t.teardown(async () => {
    ended = true
    await Promise.race([writing, delay(2000)])
    await producer.disconnect()
  })
  return {
    begin() {
      longestMs = 0
      acknowledged = 0
      lastAt.fill(performance.now())
    },
    longestGapMs: () => Math.max(longestMs, ...lastAt.map((at) => performance.now() - at)),
    acknowledged: () => acknowledged
  }
}
