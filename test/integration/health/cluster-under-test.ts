import kafkajs from 'kafkajs'
import type { Test } from 'tap'
import Value from 'typebox/value'
import { request } from 'undici'
import type { Agent } from '#shared/cluster/agent-port.ts'
import type { KafkaTool } from '#shared/cluster/kafka-tools.ts'
import { type ClusterHealth, ClusterHealthSchema } from '#shared/contracts/health.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { poll } from '#shared/poll.ts'
import { eventually } from '../support/eventually.ts'
import { kafkaTool as toolOutput } from '../support/kafka-tool.ts'
import { agentUnderTest, bootstrapServers, connection, healthUrl, kafkajsConnection } from '../support/under-test.ts'

/** health-service promises an answer within this time, whatever the cluster does. */
export const answerLimitMs = 2000

export const kafka = createKafka()

export interface Reached {
  health: ClusterHealth
  slowestMs: number
}

/** Sends a request to health-service, measures it, and validates the answer against the contract. */
export async function askHealth(): Promise<{ health: ClusterHealth; tookMs: number }> {
  const startedAt = performance.now()
  const { statusCode, body } = await request(`${healthUrl}/api/health`, { headersTimeout: 10_000 })
  const text = await body.text()
  const tookMs = performance.now() - startedAt
  if (statusCode !== 200) throw new Error(`health-service answered ${statusCode}: ${text}`)
  const health: unknown = JSON.parse(text)
  if (!Value.Check(ClusterHealthSchema, health)) throw new Error(`the answer is not as the contract says: ${text}`)
  return { health, tookMs }
}

/** One metric of health-service; undefined without such a series. */
export async function readMetric(series: string): Promise<number | undefined> {
  const { body } = await request(`${healthUrl}/metrics`)
  const line = (await body.text()).split('\n').find((line) => line.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

/** The durations of full sweeps, each once, from the recorded answers. */
export interface SweepTimes {
  record(health: ClusterHealth): void
  readonly count: number
  medianMs(): number
}

export function createSweepTimes(): SweepTimes {
  const times = new Map<string, number>()
  return {
    /** A sweep begins its other parts with the groups and the log directories, and ends with the last of them. */
    record({ parts }) {
      const begin = parts.find(({ part }) => part === 'groups')?.asOf
      if (begin === undefined) return
      const ends = parts
        .filter(({ part }) => ['groups', 'commits', 'offsets', 'recordTimes', 'logDirs'].includes(part))
        .map(({ asOf, durationMs }) => Date.parse(asOf) + durationMs)
      times.set(begin, Math.max(...ends) - Date.parse(begin))
    },
    get count() {
      return times.size
    },
    medianMs: () => Array.from(times.values()).sort((a, b) => a - b)[Math.floor(times.size / 2)] ?? Number.NaN
  }
}

/**
 * Polls until the health is as expected; resolves to it and to the duration of the slowest answer.
 * @throws Error with the last answer at the deadline
 */
export async function untilHealth(
  what: string,
  wanted: (health: ClusterHealth) => boolean,
  timeoutMs: number
): Promise<Reached> {
  let slowestMs = 0
  const read = async () => {
    const { health, tookMs } = await askHealth()
    slowestMs = Math.max(slowestMs, tookMs)
    return health
  }
  const { done, answer: health } = await poll(read, wanted, { timeoutMs, pauseMs: 250 })
  if (done) return { health, slowestMs }
  const { status, reasons, warnings, brokers } = health
  throw new Error(`not within ${timeoutMs} ms: ${what}; ${JSON.stringify({ status, reasons, warnings, brokers })}`)
}

/** Waits until nothing is wrong: every node answers and every ISR is full. */
export function untilHealthy(): Promise<Reached> {
  return untilHealth('the cluster is HEALTHY', ({ status }) => status === 'HEALTHY', 90_000)
}

/** The agent of the cluster under test. */
export async function agentOf(t: Test): Promise<Agent> {
  const agent = await agentUnderTest()
  t.teardown(() => agent.close())
  return agent
}

/** The output of one of Kafka's own tools. */
export function kafkaTool(tool: KafkaTool, ...args: string[]): Promise<string> {
  return toolOutput(bootstrapServers, tool, args)
}

/** A topic with records that is deleted, with its group, after the test. */
export async function ownTopic(
  t: Test,
  topic: string,
  partitions: number,
  { replicas = 3, configs = [] }: { replicas?: number; configs?: { name: string; value: string }[] } = {}
): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  t.teardown(async () => {
    await admin.deleteTopics({ topics: [topic] })
    await admin.disconnect()
  })
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic, numPartitions: partitions, replicationFactor: replicas, configEntries: configs }]
  })
  await untilAllKnow(topic, partitions)
}

/** Deletes a topic, and waits until its name is free. */
export async function removed(topic: string): Promise<void> {
  const admin = createTopicAdmin({ ...connection, clientId: 'kops-test-health' })
  try {
    await admin.deleteTopic(topic, { timeoutMs: 30_000 })
  } finally {
    await admin.close()
  }
}

/**
 * Waits for the live brokers: one that does not know a new topic refuses records, and kafkajs repeats what others
 * accepted.
 */
async function untilAllKnow(topic: string, partitions: number): Promise<void> {
  const reader = createClusterReader({ ...connection, clientId: 'kops-test-health' })
  try {
    await eventually(
      `every broker that answers knows ${topic}`,
      () => reader.views({ topics: [topic], deadlineMs: 2000 }),
      (views) =>
        views.every((view) => {
          if (!view.reachable) return true
          const known = view.metadata.topics.find(({ name }) => name === topic)
          return known?.partitions.filter(({ leader }) => leader !== null).length === partitions
        })
    )
  } finally {
    await reader.close()
  }
}

export async function produce(topic: string, count: number): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  try {
    const messages = Array.from({ length: count }, (_, index) => ({ key: `key-${index}`, value: `value-${index}` }))
    await producer.send({ topic, messages })
  } finally {
    await producer.disconnect()
  }
}

/** Reads a topic from its start with a group, commits, and leaves. */
export async function consume(topic: string, groupId: string, count: number): Promise<void> {
  const consumer = kafka.consumer({ groupId })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    const done = Promise.withResolvers<void>()
    let seen = 0
    await consumer.run({
      eachMessage: async () => {
        seen += 1
        if (seen === count) done.resolve()
      }
    })
    await done.promise
  } finally {
    await consumer.disconnect()
  }
}

function createKafka() {
  return new kafkajs.Kafka({
    clientId: 'kops-test-health',
    ...kafkajsConnection,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 200 }
  })
}
