import { systemClock } from '../../clock.ts'
import { fieldError, isKopsError, KopsError } from '../../errors/catalog.ts'
import { poll, retry } from '../../poll.ts'
import { createBrokers } from '../connection/brokers.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal } from '../connection/errors.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import type { TopicMetadata } from '../model.ts'
import { byLeader, readLeaderOffsets } from '../protocol/list-offsets.ts'
import { commitOffsets } from '../protocol/offset-commit.ts'
import { coordinatorOf, createGroupMember } from './group-member.ts'
import { createMemberFetch, type MemberFetchOptions } from './member-fetch.ts'
import { type ConsumerGroup, defaultFetch, type FetchSettings } from './port.ts'
import { wholeCommits } from './start-offsets.ts'

export interface ConsumerGroupOptions extends Omit<ConnectionOptions, 'pool'> {
  group: string
  topic: string
  members: number
  isolation?: MemberFetchOptions['isolation']
  /** Default: that of Kafka's own consumer. */
  fetch?: FetchSettings | undefined
  /** Stored with every commit, so that others see whose it is. */
  metadata: string
}

const answerMs = 5000
/** For a coordinator to be there: the first group of a cluster makes Kafka create the topic of the offsets. */
const coordinatorMs = 30_000
/** A broker waits 3 s for more members when the first one joins (group.initial.rebalance.delay.ms). */
const joinMs = 60_000
const pauseMs = 100

/** The ConsumerGroup port. */
export function createConsumerGroup({
  members: count,
  isolation,
  fetch: fetching = defaultFetch,
  ...options
}: ConsumerGroupOptions): ConsumerGroup {
  const { group, topic, metadata } = options
  const watching = createBrokers(options)
  /** The next offset of each partition: to deliver, and to process. */
  const delivered = new Map<number, number>()
  const processed = new Map<number, number>()
  const over = new AbortController()
  let known: TopicMetadata | undefined
  let living: Promise<unknown> | undefined
  let failure: unknown

  const members = Array.from({ length: count }, (_, member) => {
    const [joining, reading] = [createBrokers(options), createBrokers(options)]
    const fetch = createMemberFetch({
      ...{ brokers: reading, member, topic, isolation, fetching, delivered, clock: systemClock }
    })
    const membership = createGroupMember({
      ...{ brokers: joining, group, topics: [topic], metadata, clock: systemClock },
      onAssigned: (assignment) => fetch.assign(assignment.flatMap(({ partitions }) => partitions)),
      offsetsOf: (assignment) =>
        assignment
          .flatMap(({ partitions }) => partitions)
          .flatMap((partition) => {
            const offset = processed.get(partition)
            return offset === undefined ? [] : [{ topic, partition, offset }]
          })
    })
    return { fetch, membership, brokers: [joining, reading] }
  })

  function within<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline({ deadlineMs: answerMs, signal }, signal, work)
  }

  async function readEnds(signal: AbortSignal): Promise<Map<number, number>> {
    known ??= (await within(signal, (limited) => watching.metadata([topic], limited))).topics.find(
      ({ name }) => name === topic
    )
    if (!known) throw fieldError('topic_not_found', 'topic', `${topic} does not exist`)
    const { led, leaderless } = byLeader([known])
    try {
      const read = await within(signal, (limited) =>
        Promise.all(
          Array.from(led, ([leader, partitions]) => readLeaderOffsets(watching.link(leader), partitions, limited))
        )
      )
      const ends = [...read.flat(), ...leaderless].map(({ partition, logEndOffset }): [number, number] => {
        if (logEndOffset !== null) return [partition, logEndOffset]
        throw new KopsError('topic_not_ready', `The end of ${topic}-${partition} could not be read`)
      })
      return new Map(ends)
    } catch (error) {
      // Leaders may have moved.
      known = undefined
      throw error
    }
  }

  /** Where the group begins: at its commits, and at the end of partitions that have none, which it then gets. */
  async function begin(signal: AbortSignal): Promise<void> {
    const ends = await readEnds(signal)
    const link = await within(signal, (limited) => coordinatorOf(watching, group, limited))
    const commits = await within(signal, (limited) => wholeCommits(link, group, limited))
    const committed = new Map(
      commits.filter((commit) => commit.topic === topic).map(({ partition, offset }) => [partition, offset])
    )
    const missing = Array.from(ends, ([partition, offset]) => ({ topic, partition, offset })).filter(
      ({ partition }) => typeof committed.get(partition) !== 'number'
    )
    const by = { memberId: '', generation: -1, metadata }
    const answers =
      missing.length === 0 ? [] : await within(signal, (limited) => commitOffsets(link, group, missing, limited, by))
    const refused = answers.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0)
    if (refused && kafkaErrorName(refused.errorCode) === 'UNKNOWN_MEMBER_ID') {
      throw new KopsError('group_active', `Consumer group ${group} has members already`)
    }
    if (refused) throw kafkaRefusal(refused.errorCode, `Committing offsets of ${group}`)
    for (const [partition, end] of ends) {
      const offset = committed.get(partition) ?? end
      delivered.set(partition, offset)
      processed.set(partition, offset)
    }
  }

  return {
    async join(signal) {
      // Brokers learn of a topic that was just made one after the other.
      const early = ['coordinator_unavailable', 'topic_not_found', 'topic_not_ready'] as const
      const isEarly = (error: unknown) => early.some((code) => isKopsError(error, code))
      await retry(() => begin(signal), isEarly, { timeoutMs: coordinatorMs, pauseMs, signal })
      living = Promise.all(members.map(({ membership }) => membership.live(over.signal))).catch((error: unknown) => {
        if (!over.signal.aborted) failure = error
      })
      const generations = () => new Set(members.map(({ membership }) => membership.generation))
      const isTogether = () => failure !== undefined || (generations().size === 1 && !generations().has(undefined))
      const { done } = await poll(isTogether, (together) => together, { timeoutMs: joinMs, pauseMs, signal })
      if (failure !== undefined) throw failure
      if (!done)
        throw new KopsError('coordinator_unavailable', `The members of ${group} did not join within ${joinMs} ms`)
    },
    async consume(onDelivery, signal) {
      const dead = new AbortController()
      void living?.then(() => dead.abort())
      const either = AbortSignal.any([signal, dead.signal])
      await Promise.all(
        members.map(({ fetch }) =>
          fetch.run(onDelivery, either).catch((error: unknown) => {
            failure ??= error
            dead.abort()
          })
        )
      )
      if (failure !== undefined && !signal.aborted) throw failure
    },
    processed: (partition, offset) => void processed.set(partition, Math.max(processed.get(partition) ?? 0, offset)),
    async positions(signal) {
      const ends = await readEnds(signal)
      return Array.from(ends, ([partition, end]) => ({
        partition,
        end,
        delivered: delivered.get(partition) ?? end,
        processed: processed.get(partition) ?? end
      }))
    },
    async leave() {
      over.abort(new Error('The group is over'))
      await living
      await Promise.all(members.map(({ membership }) => membership.leave()))
      for (const brokers of [watching, ...members.flatMap((member) => member.brokers)]) brokers.close()
    }
  }
}
