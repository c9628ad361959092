import { systemClock } from '../../clock.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import type { ConsumerState, GroupConsumer } from './port.ts'
import { createTopicsMember, type TopicsMember, type TopicsMemberOptions } from './topics-member.ts'

/** A topic that exists. */
export interface ExistingTopic {
  name: string
  partitions: number
}

export interface GroupConsumerOptions extends ConnectionOptions, Omit<TopicsMemberOptions, 'topics' | 'clock'> {
  topics: readonly string[]
  /** How often it checks which of its topics exist, and how many partitions they have. */
  lookEveryMs: number
  /** The existing topics among these. Rejects if the cluster does not answer. */
  existing: (topics: readonly string[]) => Promise<ExistingTopic[]>
}

/**
 * How long a member may take to join before it is replaced. A member replaced while joining cannot leave: the group
 * then waits until its session ends.
 */
const joinMs = 30_000

/**
 * The GroupConsumer port. Its member subscribes to topics that exist; when one comes or goes, or has more partitions, another
 * member takes its place.
 */
export function createGroupConsumer(options: GroupConsumerOptions): GroupConsumer {
  const closing = new AbortController()
  let member: { topics: string; of: TopicsMember } | undefined
  let reachable = true
  let loop: Promise<void> | undefined

  async function look(): Promise<void> {
    const found = await options.existing(options.topics).catch(() => undefined)
    reachable = found !== undefined
    // A running member handles an unavailable cluster by itself.
    if (found === undefined || closing.signal.aborted) return
    const topics = found
      .map(({ name, partitions }) => `${name}:${partitions}`)
      .toSorted()
      .join()
    if (member && mayGo(member.of) && (member.topics !== topics || member.of.state !== 'running')) {
      const { of } = member
      member = undefined
      await of.leave()
    }
    if (member === undefined && found.length > 0 && !closing.signal.aborted) {
      const names = found.map(({ name }) => name)
      member = { topics, of: createTopicsMember({ ...options, topics: names, clock: systemClock }) }
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      await look()
      await systemClock.sleep(options.lookEveryMs, closing.signal).catch(() => undefined)
    }
    await member?.of.leave()
  }

  return {
    start() {
      if (!closing.signal.aborted) loop ??= run()
    },
    state(): ConsumerState {
      if (loop === undefined || closing.signal.aborted) return 'stopped'
      if (!reachable) return 'disconnected'
      return member?.of.state ?? 'idle'
    },
    async close() {
      closing.abort()
      await loop
    }
  }
}

function mayGo({ state, since }: TopicsMember): boolean {
  return state !== 'starting' || performance.now() - since > joinMs
}
