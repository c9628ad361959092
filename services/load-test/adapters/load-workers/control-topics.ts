import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import { poll } from '#shared/poll.ts'

/** The topics through which load-test-service and its workers speak. */
export interface ControlTopics {
  /** Orders. The workers' group splits its partitions among them. */
  orders: string
  /** What is for all: partition 0 from the service, partition 1 from the workers. */
  talk: string
  group: string
}

export const toWorkers = 0
export const fromWorkers = 1
const talkPartitions = 2
/** More than there will be workers of one run: each has a partition, and none much more than another. */
const orderPartitions = 24
const replicas = 3
/** Nothing in them matters for longer than a run takes to start. */
const configs = { 'cleanup.policy': 'delete', 'retention.ms': '1800000', 'segment.ms': '600000' }
const deadlineMs = 10_000

export function controlTopics(name: string): ControlTopics {
  return { orders: name, talk: `${name}-talk`, group: name }
}

/**
 * Makes the topics that are missing, and resolves once each partition has a leader.
 * @throws KopsError topic_not_ready, and those of creating a topic
 */
export async function ensureControlTopics(
  { orders, talk }: ControlTopics,
  { reader, admin }: { reader: Pick<ClusterReader, 'metadata'>; admin: Pick<TopicAdmin, 'createTopic'> }
): Promise<void> {
  const wanted = new Map([
    [orders, orderPartitions],
    [talk, talkPartitions]
  ])
  const read = async () => (await reader.metadata({ topics: [...wanted.keys()], deadlineMs })).value
  const { topics, brokers } = await read()
  for (const [name, partitions] of wanted) {
    if (topics.some((topic) => topic.name === name)) continue
    const spec = { name, partitions, replicationFactor: Math.min(replicas, brokers.length), configs }
    await admin.createTopic(spec, { validateOnly: false, timeoutMs: deadlineMs }).catch((error: unknown) => {
      // Another worker, or the service, was first.
      if (!isKopsError(error, 'topic_exists')) throw error
    })
  }
  const isReady = ({ topics }: Awaited<ReturnType<typeof read>>) =>
    [...wanted.keys()].every((name) => {
      const partitions = topics.find((topic) => topic.name === name)?.partitions ?? []
      return partitions.length > 0 && partitions.every(({ leader }) => leader !== null)
    })
  const { done } = await poll(read, isReady, { timeoutMs: deadlineMs, pauseMs: 200 })
  if (!done) throw new KopsError('topic_not_ready', `${orders} or ${talk}, the topics of load workers, have no leaders`)
}
