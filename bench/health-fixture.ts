/** Topics and groups for bench/health-sweep.ts: each group commits 60 partitions, spread over the topics. */
import { Admin } from '@platformatic/kafka'
import kafkajs from 'kafkajs'

export interface FixtureSize {
  topics: number
  groups: number
}

export const partitionsPerTopic = 12
const topicsPerGroup = 5
/** Further topics have one replica: the benchmark measures their number, not their replication. */
const replicatedTopics = 150
const prefix = 'bench-health-'
const batchSize = 50

export const topicName = (index: number) => `${prefix}${String(index).padStart(4, '0')}`
export const groupName = (index: number) => `${prefix}group-${String(index).padStart(4, '0')}`

/** Creates what is missing; keeps what exists. */
export async function makeFixture(bootstrap: string[], size: FixtureSize): Promise<void> {
  await withAdmins(bootstrap, async (topics, groups) => {
    const existing = new Set(await topics.listTopics())
    const names = Array.from({ length: size.topics }, (_, index) => index)
    const missing = names.filter((index) => !existing.has(topicName(index)))
    await inBatches(missing, async (batch) => {
      await topics.createTopics({
        timeout: 120_000,
        waitForLeaders: false,
        topics: batch.map((index) => ({
          topic: topicName(index),
          numPartitions: partitionsPerTopic,
          replicationFactor: index < replicatedTopics ? 3 : 1
        }))
      })
    })
    const listed = new Set((await topics.listGroups()).groups.map(({ groupId }) => groupId))
    for (let index = 0; index < size.groups; index++) {
      const groupId = groupName(index)
      if (!listed.has(groupId))
        await patiently(() => groups.alterConsumerGroupOffsets({ groupId, topics: commitsOf(index, size) }))
    }
  })
}

/** Removes everything that this has created. */
export async function cleanFixture(bootstrap: string[]): Promise<void> {
  await withAdmins(bootstrap, async (topics) => {
    const groups = (await topics.listGroups()).groups.map(({ groupId }) => groupId)
    await inBatches(
      groups.filter((group) => group.startsWith(prefix)),
      (batch) => topics.deleteGroups(batch)
    )
    const names = await topics.listTopics()
    await inBatches(
      names.filter((name) => name.startsWith(prefix)),
      (batch) => topics.deleteTopics({ topics: batch, timeout: 120_000 })
    )
  })
}

function commitsOf(group: number, { topics }: FixtureSize) {
  return Array.from({ length: Math.min(topicsPerGroup, topics) }, (_, index) => ({
    name: topicName((group * topicsPerGroup + index) % topics),
    partitionOffsets: Array.from({ length: partitionsPerTopic }, (_, partition) => ({ partition, offset: 0n }))
  }))
}

async function withAdmins(
  bootstrap: string[],
  work: (topics: kafkajs.Admin, groups: Admin) => Promise<void>
): Promise<void> {
  const topics = new kafkajs.Kafka({
    brokers: bootstrap,
    clientId: 'kops-bench',
    requestTimeout: 120_000,
    logLevel: kafkajs.logLevel.NOTHING
  }).admin()
  const groups = new Admin({ clientId: 'kops-bench', bootstrapBrokers: bootstrap, retries: 10, retryDelay: 500 })
  await topics.connect()
  try {
    await work(topics, groups)
  } finally {
    await Promise.all([topics.disconnect(), groups.close()])
  }
}

/** Leaders of new topics, and the offsets topic of a new cluster, take a moment to be there. */
async function patiently(act: () => Promise<unknown>): Promise<void> {
  const until = performance.now() + 60_000
  for (;;) {
    try {
      await act()
      return
    } catch (error) {
      if (performance.now() > until) throw error
    }
  }
}

async function inBatches<T>(items: T[], act: (batch: T[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += batchSize) await act(items.slice(from, from + batchSize))
}
