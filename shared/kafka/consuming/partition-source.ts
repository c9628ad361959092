import { systemClock } from '../../clock.ts'
import { createBrokers } from '../connection/brokers.ts'
import { withDeadline } from '../connection/deadline.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { coordinatorOf, createGroupMember, type GroupMember } from './group-member.ts'
import { createMemberFetch } from './member-fetch.ts'
import { defaultFetch, type FetchSettings, type PartitionSource } from './port.ts'
import { wholeCommits } from './start-offsets.ts'

export interface PartitionSourceOptions extends Omit<ConnectionOptions, 'pool'> {
  group: string
  topic: string
  /** read_committed delivers no record of an aborted transaction, and none of an open one or behind it. */
  isolation: 'read_committed' | 'read_uncommitted'
  /** Default: that of Kafka's own consumer. */
  fetch?: FetchSettings
}

const answerMs = 5000
/** The whole application is one member. */
const member = 0
/** Its application commits, and it has nothing to add to that. */
const metadata = ''

/** The PartitionSource port, with connections of its own. */
export function createPartitionSource({
  isolation,
  fetch: asked = defaultFetch,
  ...options
}: PartitionSourceOptions): PartitionSource {
  const { group, topic } = options
  const [joining, fetching] = [createBrokers(options), createBrokers(options)]
  const delivered = new Map<number, number>()
  let membership: GroupMember | undefined

  return {
    get membership() {
      return membership?.membership
    },
    async run(events, signal) {
      const over = new AbortController()
      const either = AbortSignal.any([signal, over.signal])
      const { wants, onProblem, onRebalance, onConfirmed } = events
      const fetch = createMemberFetch({
        ...{ brokers: fetching, member, topic, isolation, fetching: asked, delivered, wants, onProblem },
        clock: systemClock
      })
      const living = createGroupMember({
        ...{ brokers: joining, group, topics: [topic], metadata, onRebalance, onConfirmed, clock: systemClock },
        onAssigned(assignment) {
          const partitions = assignment.flatMap((each) => each.partitions)
          for (const partition of delivered.keys()) if (!partitions.includes(partition)) delivered.delete(partition)
          fetch.assign(partitions)
          events.onAssigned(partitions)
        },
        offsetsOf: () => []
      })
      membership = living
      const reading = fetch.run((delivery) => {
        events.onDelivery(delivery)
        return undefined
      }, either)
      try {
        await living.live(signal).catch((error: unknown) => {
          if (!signal.aborted) throw error
        })
      } finally {
        over.abort(new Error('The member has left'))
        await reading
        await living.leave()
        membership = undefined
        delivered.clear()
      }
    },
    seek: (partition, offset) => void delivered.set(partition, offset),
    stop: (partition) => void delivered.delete(partition),
    async committed(partition, signal) {
      return withDeadline({ deadlineMs: answerMs, signal }, signal, async (limited) => {
        const link = await coordinatorOf(joining, group, limited)
        const commits = await wholeCommits(link, group, limited)
        const own = commits.find((commit) => commit.topic === topic && commit.partition === partition)
        return own?.offset ?? null
      })
    },
    close() {
      joining.close()
      fetching.close()
    }
  }
}
