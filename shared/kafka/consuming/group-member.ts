import type { Clock } from '../../clock.ts'
import { isKopsError, KopsError } from '../../errors/catalog.ts'
import type { Brokers } from '../connection/brokers.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal } from '../connection/errors.ts'
import { askEach } from '../connection/fan-out.ts'
import type { BrokerLink } from '../connection/link.ts'
import { electCoordinators, findCoordinators } from '../groups/coordinators.ts'
import {
  type AssignedTopic,
  heartbeat,
  joinGroup,
  leaveGroup,
  type Membership,
  syncGroup
} from '../protocol/group-membership.ts'
import { commitOffsets } from '../protocol/offset-commit.ts'
import { assignRanges } from './range-assignment.ts'

export interface GroupMemberOptions {
  /** Connections of its own: joining holds one up until all members have joined. */
  brokers: Pick<Brokers, 'links' | 'link' | 'metadata'>
  group: string
  topics: readonly string[]
  /** What it has of its topics from now on. Called after each rebalance, and with nothing when it has lost its membership. */
  onAssigned(assignment: AssignedTopic[]): void
  /** What it commits of what it has. */
  offsetsOf(assignment: readonly AssignedTopic[]): MemberOffset[]
  /** The coordinator has stored them. */
  onCommitted?(offsets: readonly MemberOffset[]): void
  /**
   * Others join or leave: resolves once nothing is under way that the next owners would do beside it. Then it commits what it has to,
   * and joins again; after `settleMs` at the latest. It is a member until then.
   */
  onRebalance?(): Promise<void>
  /** Its coordinator has just confirmed that it is a member. */
  onConfirmed?(): void
  /** Stored with its commits. */
  metadata: string
  clock: Pick<Clock, 'sleep'>
}

/** The next offset to process. */
export interface MemberOffset {
  topic: string
  partition: number
  offset: number
}

/** One member of a consumer group. */
export interface GroupMember {
  /** The generation in which it has its partitions; undefined while it has none. */
  readonly generation: number | undefined
  /** Who it is in that generation. */
  readonly membership: Membership | undefined
  /**
   * Joins, and stays a member through rebalances and moves of the coordinator until the signal aborts.
   * @throws KopsError for what no further attempt would change; the signal's reason
   */
  live(signal: AbortSignal): Promise<void>
  /** Commits its offsets and leaves. Never rejects: what it cannot do now, the coordinator does when its session is over. */
  leave(): Promise<void>
}

const sessionMs = 10_000
const rebalanceMs = 15_000
/** Also how often it commits, and how soon it learns of a rebalance. */
const heartbeatMs = 1000
const answerMs = 5000
/** Less than a rebalance waits for its members. */
const settleMs = 10_000
const leaveMs = 2000
const pauseMs = 200
/** A broker that has not said by then where a group is, is left out. */
const patienceMs = 1000

/** Kafka's errors after which a member begins again without its id. */
const forgotten = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'])
/** Errors that pass: the coordinator moves, or others join. */
const passing = new Set([
  'MEMBER_ID_REQUIRED',
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS'
])
const lost = new Set(['broker_unreachable', 'kafka_timeout', 'cluster_unreachable', 'coordinator_unavailable'])

export function createGroupMember(options: GroupMemberOptions): GroupMember {
  const { brokers, group, topics, clock } = options
  let memberId = ''
  /** Its owner works on partitions. */
  let hasPart = false
  let current: { link: BrokerLink; membership: Membership; assignment: AssignedTopic[] } | undefined

  function within<T>(signal: AbortSignal, deadlineMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline({ deadlineMs, signal }, signal, work)
  }

  function give(assignment: AssignedTopic[]): void {
    hasPart = assignment.length > 0
    options.onAssigned(assignment)
  }

  /** Throws if a request has to be made again from the start. */
  function check(errorCode: number, what: string): void {
    if (errorCode === 0) return
    if (forgotten.has(kafkaErrorName(errorCode))) memberId = ''
    throw kafkaRefusal(errorCode, what)
  }

  async function become(signal: AbortSignal): Promise<void> {
    const link = await within(signal, answerMs, (limited) => coordinatorOf(brokers, group, limited))
    const asked = { group, topics, memberId, sessionMs, rebalanceMs }
    const joined = await within(signal, sessionMs + rebalanceMs, (limited) => joinGroup(link, asked, limited))
    if (joined.memberId !== '') memberId = joined.memberId
    check(joined.errorCode, `Joining ${group}`)
    const { members } = joined
    const counts =
      members.length > 0
        ? await partitionCounts(
            members.flatMap(({ topics }) => topics),
            signal
          )
        : undefined
    const shared = counts ? assignRanges(members, (name) => counts.get(name) ?? 0) : []
    const mine = await within(signal, sessionMs + rebalanceMs, (limited) =>
      syncGroup(link, group, joined, shared, limited)
    )
    check(mine.errorCode, `Joining ${group}`)
    const assignment = mine.assignment.filter(({ topic }) => topics.includes(topic))
    current = { link, membership: joined, assignment }
    give(assignment)
  }

  async function partitionCounts(names: string[], signal: AbortSignal): Promise<Map<string, number>> {
    const metadata = await within(signal, answerMs, (limited) => brokers.metadata([...new Set(names)], limited))
    return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]))
  }

  /** Until something calls for joining again, which it throws. */
  async function stay(signal: AbortSignal): Promise<never> {
    for (;;) {
      await clock.sleep(heartbeatMs, signal)
      // Before it can learn of a rebalance: whoever gets its partitions goes on from there.
      await commit(signal)
      if (!current) throw new KopsError('coordinator_unavailable', `${group} has put out a member`)
      const { link, membership } = current
      const code = await within(signal, answerMs, (limited) => heartbeat(link, group, membership, limited))
      check(code, `Staying in ${group}`)
      options.onConfirmed?.()
    }
  }

  /** Lets it commit before the next generation begins, in which what it has begun would be refused. */
  async function settle(signal: AbortSignal): Promise<void> {
    if (!options.onRebalance) return
    const limit = new AbortController()
    const late = clock.sleep(settleMs, AbortSignal.any([signal, limit.signal])).catch(() => undefined)
    await Promise.race([options.onRebalance().catch(() => undefined), late])
    limit.abort()
    await commit(signal).catch(() => undefined)
  }

  /** Refusals of single partitions stand: the next commit says the same and more. */
  async function commit(signal: AbortSignal): Promise<void> {
    if (!current) return
    const { link, membership, assignment } = current
    const offsets = options.offsetsOf(assignment)
    if (offsets.length === 0) return
    const by = { ...membership, metadata: options.metadata }
    const answers = await within(signal, answerMs, (limited) => commitOffsets(link, group, offsets, limited, by))
    const refused = answers.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0)
    if (refused) check(refused.errorCode, `Committing offsets of ${group}`)
    options.onCommitted?.(offsets)
  }

  return {
    get generation() {
      return current?.membership.generation
    },
    get membership() {
      return current?.membership
    },
    async live(signal) {
      for (;;) {
        signal.throwIfAborted()
        try {
          await become(signal)
          await stay(signal)
        } catch (error) {
          signal.throwIfAborted()
          if (!isPassing(error)) throw error
          if (memberId !== '' && current && isRebalance(error)) await settle(signal)
          current = undefined
          if (memberId === '' && hasPart) give([])
          if (!isPrompt(error)) await clock.sleep(pauseMs, signal)
        }
      }
    },
    async leave() {
      const { link } = current ?? {}
      if (link === undefined || memberId === '') return
      const signal = AbortSignal.timeout(leaveMs)
      await commit(signal).catch(() => undefined)
      await within(signal, leaveMs, (limited) => leaveGroup(link, group, memberId, limited)).catch(() => undefined)
      current = undefined
    }
  }
}

/** The link to the broker that coordinates a group. @throws KopsError coordinator_unavailable, cluster_unreachable */
export async function coordinatorOf(
  brokers: Pick<Brokers, 'links' | 'link'>,
  group: string,
  signal: AbortSignal
): Promise<BrokerLink> {
  const links = await brokers.links(signal)
  const { answers, failures } = await withDeadline({ deadlineMs: patienceMs, signal }, signal, (limited) =>
    askEach(links, 'Finding coordinators', (link) => findCoordinators(link, [group], limited))
  )
  const refused = failures.find(([, error]) => error.code === 'kafka_not_authorized')
  if (answers.length === 0 && refused) throw refused[1]
  const coordinator = electCoordinators(answers.map(([, found]) => found)).get(group)
  if (coordinator !== undefined) return brokers.link(coordinator)
  throw new KopsError('coordinator_unavailable', `Group ${group} currently has no coordinator`)
}

function isPassing(error: unknown): boolean {
  if (!isKopsError(error)) return false
  const { code, kafkaError = '' } = error
  return lost.has(code) || passing.has(kafkaError) || forgotten.has(kafkaError)
}

function isRebalance(error: unknown): boolean {
  return isKopsError(error) && error.kafkaError === 'REBALANCE_IN_PROGRESS'
}

/** Whether the answer itself asks for the next attempt. */
function isPrompt(error: unknown): boolean {
  return isRebalance(error) || (isKopsError(error) && error.kafkaError === 'MEMBER_ID_REQUIRED')
}
