import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import kafkajs, { type Admin } from 'kafkajs'
import type { Test } from 'tap'
import type { KafkaTool } from '#shared/cluster/kafka-tools.ts'
import type { ReassignmentList } from '#shared/contracts/reassignment-progress.ts'
import type { TopicDetail } from '#shared/contracts/topics.ts'
import { eventually } from '../support/eventually.ts'
import { quickStart } from '../support/kafka-tool.ts'
import { kafkajsConnection } from '../support/under-test.ts'
import { ask, ownTopic } from './service.ts'

const kops = join(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))), 'kops')

/** The output of one of Kafka's own tools on the cluster under test. */
export async function kafkaTool(tool: KafkaTool, ...args: string[]): Promise<string> {
  const stateDir = process.env['KOPS_TEST_STATE_DIR'] ?? ''
  const { stdout } = await promisify(execFile)(kops, ['--state-dir', stateDir, 'kafka', tool, ...args], {
    env: { ...process.env, JDK_JAVA_OPTIONS: quickStart.join(' ') }
  })
  return stdout
}

/** The replicas of each partition, as the independent client reads them. */
export async function replicasOf(admin: Admin, topic: string): Promise<number[][]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const partitions = topics[0]?.partitions ?? []
  return partitions.toSorted((a, b) => a.partitionId - b.partitionId).map(({ replicas }) => replicas)
}

/** The leader of each partition, as the independent client reads them. */
export async function leadersOf(admin: Admin, topic: string): Promise<number[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  return (topics[0]?.partitions ?? []).map(({ leader }) => leader)
}

/** The throttle settings, read by the independent client: `name=value` of all brokers and of a topic. */
export async function throttlesOf(admin: Admin, topic: string): Promise<string> {
  const brokers = ['1', '2', '3'].map((name) => ({ type: kafkajs.ConfigResourceTypes.BROKER, name }))
  const resources = [...brokers, { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }]
  const described = await admin.describeConfigs({ includeSynonyms: false, resources })
  return described.resources
    .flatMap(({ configEntries }) => configEntries)
    .filter(({ configName, configValue }) => configName.includes('throttled') && configValue !== '')
    .map(({ configName, configValue }) => `${configName}=${configValue}`)
    .join(' ')
}

/** Writes megabytes that do not compress, evenly to each partition. */
export async function fill(
  t: Test,
  topic: string,
  { partitions, megabytes }: { partitions: number; megabytes: number }
) {
  const producer = new kafkajs.Kafka({
    clientId: 'kops-test-fill',
    ...kafkajsConnection,
    logLevel: kafkajs.logLevel.NOTHING
  }).producer()
  await producer.connect()
  t.teardown(() => producer.disconnect())
  for (let round = 0; round < megabytes * 2; round++) {
    for (let partition = 0; partition < partitions; partition++) {
      const messages = Array.from({ length: 5 }, () => ({ value: randomBytes(100_000), partition }))
      await producer.send({ topic, messages })
    }
  }
}

/** Active reassignments. */
export async function progress(): Promise<ReassignmentList> {
  const { status, body } = await ask('GET', '/api/reassignments')
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body as ReassignmentList
}

/** Waits until a controller reports no active reassignment, and no throttle is left. */
export function settled(withinMs?: number): Promise<ReassignmentList> {
  return eventually(
    'everything is where it should be',
    progress,
    ({ partitions, throttle, warnings }) =>
      partitions === 0 && throttle === null && warnings.every(({ code }) => code !== 'controller_unavailable'),
    withinMs
  )
}

/** A topic of this test with its replicas on these brokers, led by the first, all of them in sync. */
export async function createOn(t: Test, stem: string, assignment: number[][]): Promise<string> {
  const name = ownTopic(t, stem)
  const made = await ask('POST', '/api/topics', { name, assignment })
  t.match(made, { status: /201|202/ })
  await eventually(
    'each partition is led by its first replica, and all are in sync',
    async () => (await ask('GET', `/api/topics/${name}`)).body as TopicDetail,
    ({ partitions }) =>
      partitions?.length === assignment.length &&
      partitions.every(
        ({ partition, leader, replicas, isr }) =>
          leader === assignment[partition]?.[0] &&
          replicas.join() === assignment[partition]?.join() &&
          isr.length === replicas.length
      ),
    60_000
  )
  return name
}

/** Both partitions of a topic to the same brokers. */
export function moveTo(topic: string, replicas: number[]) {
  return { partitions: [0, 1].map((partition) => ({ topic, partition, replicas })) }
}
