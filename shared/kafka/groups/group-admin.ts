import { deleteGroupsV2, offsetDeleteV0 } from '@platformatic/kafka'
import type { Warning } from '../../contracts/common.ts'
import { fieldError, KopsError } from '../../errors/catalog.ts'
import { createBlindSpots } from '../cluster/blind-spots.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal } from '../connection/errors.ts'
import { askEach, toWarnings } from '../connection/fan-out.ts'
import type { BrokerLink } from '../connection/link.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { poolOf } from '../connection/pool.ts'
import { brokerName, placeKey } from '../model.ts'
import { byLeader, offsetsAtTime } from '../protocol/list-offsets.ts'
import { commitOffsets } from '../protocol/offset-commit.ts'
import { electCoordinators, findCoordinators, type ListedGroup, listGroups } from './coordinators.ts'
import { describeMembers, readCommits } from './describe-group.ts'
import type { GroupAdmin, PartitionResult, TopicGroups } from './port.ts'
import { readTopicMembers } from './topic-members.ts'

interface Located {
  link: BrokerLink
  listed: ListedGroup
  warnings: Warning[]
}

/** A broker that has not said by then where a group is, is left out, so that it does not use up the whole deadline. */
const patienceMs = 800

/** The ports GroupAdmin and TopicGroups, over one kept connection to each broker. Each of their changes may safely arrive twice. */
export function createGroupAdmin(options: ConnectionOptions): GroupAdmin & TopicGroups {
  const pool = poolOf(options)
  const { brokers } = pool
  const closing = new AbortController()
  const blindSpots = createBlindSpots(brokers)

  /** The group as its coordinator lists it. Of two that list it the one counts that most brokers name. */
  function locate(group: string, signal: AbortSignal): Promise<Located> {
    return withDeadline({ deadlineMs: patienceMs, signal }, signal, (limited) => locateWithin(group, limited))
  }

  async function locateWithin(group: string, signal: AbortSignal): Promise<Located> {
    const links = await withDeadline({ deadlineMs: patienceMs / 2, signal }, signal, (limited) =>
      brokers.links(limited)
    )
    const { answers, failures } = await askEach(links, 'Listing groups', (link) => listGroups(link, signal))
    const warnings = toWarnings(failures, brokers.nameOf)
    if (answers.length === 0) {
      throw new KopsError(
        'cluster_unreachable',
        `No broker answers: ${warnings.map(({ message }) => message).join('; ')}`
      )
    }
    const found = answers.flatMap(([link, groups]) =>
      groups.filter(({ groupId }) => groupId === group).map((listed) => ({ link, listed, warnings }))
    )
    const [only] = found
    if (only !== undefined && found.length === 1) return only
    if (only === undefined) throw absent(group, warnings)
    const named = await askEach(
      answers.map(([link]) => link),
      'Finding coordinators',
      (link) => findCoordinators(link, [group], signal)
    )
    const elected = electCoordinators(named.answers.map(([, coordinators]) => coordinators)).get(group)
    return found.find(({ link }) => brokers.idOf(link) === elected) ?? only
  }

  return {
    describe(group, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { link, listed, warnings } = await locate(group, signal)
        const [members, committed, hidden] = await Promise.all([
          describeMembers(link, listed, signal),
          readCommits(link, group, signal),
          blindSpots.topics(signal)
        ])
        return {
          value: {
            group,
            ...members.description,
            coordinator: brokers.idOf(link) ?? null,
            commits: committed.commits
          },
          warnings: [...warnings, ...members.warnings, ...committed.warnings, ...hidden]
        }
      })
    },

    offsetsAtTime(partitions, timestampMs, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const wanted = new Map(partitions.map(({ topic, partitions }) => [topic, new Set(partitions)]))
        const metadata = await withDeadline({ deadlineMs: patienceMs, signal }, signal, (limited) =>
          brokers.metadata([...wanted.keys()], limited)
        )
        const topics = metadata.topics.map((topic) => ({
          ...topic,
          partitions: topic.partitions.filter(({ partition }) => wanted.get(topic.name)?.has(partition))
        }))
        const { answers, failures } = await askEach(byLeader(topics).led, 'Finding offsets by time', ([leader, led]) =>
          offsetsAtTime(brokers.link(leader), led, timestampMs, signal)
        )
        const found = answers.flatMap(([, offsets]) => offsets)
        return {
          value: new Map(found.map(({ topic, partition, offset }) => [placeKey(topic, partition), offset])),
          warnings: toWarnings(failures, ([leader]) => brokerName(leader))
        }
      })
    },

    commit(group, offsets, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { link } = await locate(group, signal)
        const topics = await commitOffsets(link, group, offsets, signal)
        return toResults(group, `Committing offsets of ${group}`, topics)
      })
    },

    deleteGroup(group, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { link } = await locate(group, signal)
        const response = await link.request([deleteGroupsV2.api], [[group]], signal)
        const code = response.results[0]?.errorCode ?? -1
        if (code !== 0) throw refusalOf(group, code, `Deleting ${group}`)
      })
    },

    deleteOffsets(group, topic, partitions, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { link } = await locate(group, signal)
        const topics = [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }]
        const what = `Deleting the offsets of ${group} in ${topic}`
        const response = await link.request([offsetDeleteV0.api], [group, topics], signal)
        if (response.errorCode !== 0) throw refusalOf(group, response.errorCode, what)
        return toResults(group, what, response.topics)
      })
    },

    activeGroups(topic, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        // Of the brokers that the cluster names: one that it has given up coordinates no groups, the others have taken them.
        await brokers.reachableViews([], signal)
        const links = (await brokers.ids(signal)).map((id) => brokers.link(id))
        const { answers, failures } = await askEach(links, 'Reading groups', async (link) =>
          readTopicMembers(link, await listGroups(link, signal), topic, signal)
        )
        const active = new Map(answers.flatMap(([, groups]) => groups.map((group) => [group.group, group] as const)))
        return { value: [...active.values()], warnings: toWarnings(failures, brokers.nameOf) }
      })
    },

    commitOffsets(group, topic, offsets, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { answers } = await askEach(await brokers.links(signal), 'Finding coordinators', (link) =>
          findCoordinators(link, [group], signal)
        )
        const coordinator = electCoordinators(answers.map(([, found]) => found)).get(group)
        if (coordinator === undefined) {
          throw new KopsError('coordinator_unavailable', `Group ${group} currently has no coordinator`)
        }
        const places = Array.from(offsets, ([partition, offset]) => ({ topic, partition, offset }))
        const topics = await commitOffsets(brokers.link(coordinator), group, places, signal)
        const refused = topics.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0)
        if (refused) throw kafkaRefusal(refused.errorCode, `Committing offsets of ${group}`)
      })
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The administrator of groups is closed'))
      pool.close()
    }
  }
}

function absent(group: string, warnings: Warning[]): KopsError {
  if (warnings.length === 0) return fieldError('group_not_found', 'group', `There is no group ${group}`)
  const silent = warnings.map(({ target }) => target).join(', ')
  return new KopsError(
    'coordinator_unavailable',
    `No live broker has a group ${group}; ${silent} may have it but does not answer`
  )
}

/** Kafka's words for "it has members", which differ from request to request. */
const activeErrors = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'NON_EMPTY_GROUP',
  'GROUP_SUBSCRIBED_TO_TOPIC',
  'STALE_MEMBER_EPOCH'
])

function refusalOf(group: string, code: number, what: string): KopsError {
  const kafkaError = kafkaErrorName(code)
  if (activeErrors.has(kafkaError)) {
    return new KopsError('group_active', `${what}: it has active members; stop them first`, { kafkaError })
  }
  if (kafkaError === 'GROUP_ID_NOT_FOUND') {
    return fieldError('group_not_found', 'group', `There is no group ${group}`, { kafkaError })
  }
  return kafkaRefusal(code, what)
}

/** @throws KopsError when all partitions were refused for the same reason: nothing was changed */
function toResults(
  group: string,
  what: string,
  topics: { name: string; partitions: { partitionIndex: number; errorCode: number }[] }[]
): PartitionResult[] {
  const results = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => ({ topic: name, partition: partitionIndex, errorCode }))
  )
  const [first] = results
  if (first !== undefined && first.errorCode !== 0 && results.every(({ errorCode }) => errorCode === first.errorCode)) {
    throw refusalOf(group, first.errorCode, what)
  }
  return results.map(({ errorCode, ...place }) => ({
    ...place,
    error: errorCode === 0 ? null : kafkaErrorName(errorCode)
  }))
}
