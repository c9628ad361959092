/** The workload while detection times are measured: a producer, and a consumer that can die as a program does. */
import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type kafkajs from 'kafkajs'

export const group = 'bench-detection'
const replicated = 'bench-detection-3'
const single = 'bench-detection-1'

/** One topic with three replicas, and one whose only replica is on the broker under fault. */
export async function makeTopics(admin: kafkajs.Admin): Promise<void> {
  await admin.connect()
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      { topic: replicated, numPartitions: 6, replicationFactor: 3 },
      { topic: single, replicaAssignment: [{ partition: 0, replicas: [3] }] }
    ]
  })
  await admin.disconnect()
}

/** Some hundred records a second, whatever happens. */
export async function write(producer: kafkajs.Producer, signal: AbortSignal): Promise<void> {
  const messages = Array.from({ length: 20 }, (_, key) => ({ key: String(key), value: 'x'.repeat(100) }))
  while (!signal.aborted) {
    await producer.send({ topic: replicated, messages }).catch(() => undefined)
    await delay(100)
  }
}

/** Consumes in a separate process, which can die as a program does, and stays a member for 10 s after that. */
export function startConsumer(bootstrapServers: string[]): ChildProcess {
  const script = new URL('../../test/long/support/consumer-process.ts', import.meta.url)
  return fork(script, [bootstrapServers.join(), group, replicated, '0', '10000'], { execArgv: [] })
}
