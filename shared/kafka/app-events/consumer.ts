import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer } from 'kafkajs'
import { createKafkajs } from '../connection/kafkajs.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { registerCodecs } from './codecs.ts'
import type { ConsumerState, EventConsumer, ReceivedRecord } from './port.ts'

export interface EventConsumerOptions extends Omit<ConnectionOptions, 'budget'> {
  group: string
  topics: string[]
  /** Where a group without commits starts: at the first record, or at the next. */
  fromBeginning: boolean
  /** How often it checks which of its topics exist. */
  lookEveryMs: number
  /** The existing topics among these. Rejects if the cluster does not answer. */
  existing: (topics: string[]) => Promise<string[]>
  /** Handles one record. Must not reject: it reports what it cannot handle. */
  onRecord: (record: ReceivedRecord) => Promise<void>
  /** The partitions that the group has given it, by topic, each time that they may have changed. */
  onAssigned?: (partitions: Record<string, number[]>) => void
}

/** How long leaving the group may take: it does not wait for a dead broker. */
const leaveMs = 3000
/**
 * How long a member may take to join before it is replaced. A member replaced while joining cannot leave: the group
 * then waits until its session ends.
 */
const joinMs = 30_000
const sessionMs = 10_000

interface Member {
  topics: string
  consumer: Consumer
  state: 'starting' | 'running' | 'disconnected'
  /** Time of the last change of state, by the monotonic clock. */
  since: number
}

/**
 * The EventConsumer port on kafkajs. Subscribing to a topic that does not exist fails as a whole there, so only topics that
 * exist are subscribed to; when one comes or goes the member is replaced by another.
 */
export function createEventConsumer(options: EventConsumerOptions): EventConsumer {
  registerCodecs()
  const closing = new AbortController()
  let member: Member | undefined
  let reachable = true
  let loop: Promise<void> | undefined

  async function look(): Promise<void> {
    const found = await options.existing(options.topics).catch(() => undefined)
    reachable = found !== undefined
    // A running consumer handles an unavailable cluster by itself.
    if (found === undefined || closing.signal.aborted) return
    const topics = found.toSorted().join(',')
    if (member !== undefined && mayGo(member) && (member.topics !== topics || member.state !== 'running')) {
      const left = member
      member = undefined
      await leave(left.consumer)
    }
    if (member === undefined && found.length > 0 && !closing.signal.aborted) {
      member = join(found, topics, options)
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      await look()
      await sleep(options.lookEveryMs, undefined, { signal: closing.signal }).catch(() => {})
    }
    if (member) await leave(member.consumer)
  }

  return {
    start() {
      if (!closing.signal.aborted) loop ??= run()
    },
    state(): ConsumerState {
      if (loop === undefined || closing.signal.aborted) return 'stopped'
      if (member !== undefined) return member.state
      return reachable ? 'idle' : 'disconnected'
    },
    async close() {
      closing.abort()
      await loop
    }
  }
}

function mayGo({ state, since }: Member): boolean {
  return state !== 'starting' || performance.now() - since > joinMs
}

function join(found: string[], topics: string, options: EventConsumerOptions): Member {
  const { kafka } = createKafkajs(options, {
    connectionTimeout: 1500,
    retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 2000 }
  })
  const consumer = kafka.consumer({
    groupId: options.group,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 500,
    sessionTimeout: sessionMs,
    heartbeatInterval: 2000
  })
  const member: Member = { topics, consumer, state: 'starting', since: performance.now() }
  const becomes = (state: Member['state']) => {
    if (member.state !== state) Object.assign(member, { state, since: performance.now() })
  }
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    becomes('running')
    options.onAssigned?.(payload.memberAssignment)
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => becomes(payload.restart ? 'starting' : 'disconnected'))
  begin(consumer, found, options).catch(() => becomes('disconnected'))
  return member
}

async function begin(consumer: Consumer, topics: string[], options: EventConsumerOptions): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topics, fromBeginning: options.fromBeginning })
  await consumer.run({
    autoCommitInterval: 1000,
    eachMessage: async ({ topic, partition, message }) =>
      options.onRecord({
        topic,
        partition,
        offset: Number(message.offset),
        key: message.key?.toString() ?? null,
        value: message.value?.toString() ?? null,
        timestampMs: Number(message.timestamp)
      })
  })
}

async function leave(consumer: Consumer): Promise<void> {
  const waited = new AbortController()
  await Promise.race([
    consumer
      .disconnect()
      .catch(() => {})
      .finally(() => waited.abort()),
    sleep(leaveMs, undefined, { signal: waited.signal }).catch(() => {})
  ])
}
