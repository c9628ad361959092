import type { Warning } from '../../contracts/common.ts'
import { KopsError } from '../../errors/catalog.ts'
import { readBrokerSettings } from '../brokers/broker-settings.ts'
import { readLogDirs, readReplicaSizes } from '../brokers/log-dirs.ts'
import type { BrokerSettingsReader } from '../brokers/port.ts'
import { inBatches } from '../connection/batches.ts'
import { withDeadline } from '../connection/deadline.ts'
import { askAny, askEach, assertSomeAnswer, toWarnings } from '../connection/fan-out.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { poolOf } from '../connection/pool.ts'
import { createGroupHomes } from '../groups/group-homes.ts'
import type { KnownGroupsReader } from '../groups/port.ts'
import { describeAgain, fetchCommitted, overview, readGroups } from '../groups/read-groups.ts'
import { brokerName, comparePlaces, mergeMetadata, metadataOf } from '../model.ts'
import { byLeader, readLeaderOffsets, unreadOffsets } from '../protocol/list-offsets.ts'
import { readRecordTimes, recordsByLeader } from '../records/record-times.ts'
import { readConfigEntries, readTopicConfigs } from '../topics/read-configs.ts'
import { createBlindSpots } from './blind-spots.ts'
import type { ClusterReader, QuorumReader, ViewReader } from './port.ts'
import { createQuorumReader } from './quorum-reader.ts'

/** Number of groups per request to one coordinator, with all their members or commits. */
const groupBatches = { size: 100, atOnce: 2 }

/**
 * Reads a cluster over one kept connection to each broker, in the versions that each broker offers (Kafka 3.3 to 4.1).
 * A broker that lets a deadline pass is left out for the next 2.5 s, so that it costs one deadline and not one a question.
 * @throws Error when bootstrapServers is not a list of host:port
 */
export function createClusterReader(
  options: ConnectionOptions
): ClusterReader & ViewReader & KnownGroupsReader & QuorumReader & BrokerSettingsReader {
  const pool = poolOf(options)
  const { brokers } = pool
  const closing = new AbortController()
  const homes = createGroupHomes(brokers)
  const quorum = createQuorumReader(options)
  const blindSpots = createBlindSpots(brokers)

  return {
    views({ topics, evenSilent, ...options }) {
      return withDeadline(options, closing.signal, (signal) => brokers.views(topics, signal, evenSilent))
    },

    view(endpoint, { topics, ...options }) {
      return withDeadline(options, closing.signal, (signal) => brokers.view(endpoint, topics, signal))
    },

    metadata({ topics, ...options }) {
      return withDeadline(options, closing.signal, async (signal) => {
        const views = await brokers.reachableViews(topics, signal)
        const warnings = views.flatMap((view) =>
          view.reachable ? [] : toWarnings([[view, view.error]], brokers.nameOf)
        )
        const hidden = topics === undefined ? await blindSpots.topics(signal) : []
        return { value: mergeMetadata(metadataOf(views)), warnings: [...warnings, ...hidden] }
      })
    },

    offsets(topics, { endsAfter, ...options }) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { led, leaderless } = byLeader(topics)
        if (led.size > 0) await brokers.ids(signal)
        const { answers, failures } = await askEach(led, 'Reading offsets', ([leader, partitions]) =>
          readLeaderOffsets(brokers.link(leader), partitions, signal, endsAfter)
        )
        const read = answers.flatMap(([, offsets]) => offsets)
        const unread = failures.flatMap(([[, partitions]]) => unreadOffsets(partitions))
        const hidden = await blindSpots.topics(signal)
        return {
          value: [...read, ...unread, ...leaderless].sort(comparePlaces),
          warnings: [...toWarnings(failures, ([leader]) => brokerName(leader)), ...hidden]
        }
      })
    },

    replicaSizes(topics, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const wanted = topics && (await brokers.metadata(topics, signal)).topics
        const { answers, failures } = await askEach(await brokers.ids(signal), 'Reading log directories', (broker) =>
          readReplicaSizes(brokers.link(broker), broker, wanted, signal)
        )
        assertSomeAnswer(answers, failures)
        return { value: answers.flatMap(([, sizes]) => sizes), warnings: toWarnings(failures, brokerName) }
      })
    },

    logDirs(options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { answers, failures } = await askEach(await brokers.ids(signal), 'Reading log directories', (broker) =>
          readLogDirs(brokers.link(broker), broker, signal)
        )
        assertSomeAnswer(answers, failures)
        const read = answers.map(([, ofBroker]) => ofBroker)
        return {
          value: {
            dirs: read.flatMap(({ dirs }) => dirs),
            replicaSizes: read.flatMap(({ replicaSizes }) => replicaSizes)
          },
          warnings: toWarnings(failures, brokerName)
        }
      })
    },

    brokerSettings(names, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { answers, failures } = await askEach(await brokers.ids(signal), 'Reading settings', (broker) =>
          readBrokerSettings(brokers.link(broker), broker, names, signal)
        )
        return { value: new Map(answers), warnings: toWarnings(failures, brokerName) }
      })
    },

    topicConfigs(topics, { names, ...options }) {
      return withDeadline(options, closing.signal, async (signal) => {
        if (topics.length === 0) return { value: new Map(), warnings: [] }
        return askAny(await brokers.links(signal), (link) => readTopicConfigs(link, topics, names, signal))
      })
    },

    describeTopicConfigs(topic, options) {
      return withDeadline(options, closing.signal, async (signal) => ({
        value: await askAny(await brokers.links(signal), (link) => readConfigEntries(link, topic, signal)),
        warnings: []
      }))
    },

    groups({ onListed, ...options }) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { listed, warnings } = await homes.list(signal)
        onListed?.(Array.from(listed.values()).flatMap((groups) => groups.map(({ groupId }) => groupId)))
        const { answers, failures } = await askEach(listed, 'Describing groups', ([link, groups]) =>
          inBatches(groups, groupBatches, (batch) => readGroups(link, batch, signal))
        )
        const described = answers.flatMap(([, batches]) => batches.flat())
        const undescribed = failures.flatMap(([[, groups]]) => groups.map((group) => overview(group, null)))
        return {
          value: [...described, ...undescribed].sort((a, b) => (a.group < b.group ? -1 : 1)),
          warnings: [
            ...warnings,
            ...toWarnings(failures, ([link]) => brokers.nameOf(link)),
            ...(await blindSpots.groups(signal))
          ]
        }
      })
    },

    committedOffsets(groups, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        if (groups.length === 0) return { value: [], warnings: [] }
        const elected = await homes.locate(groups, signal)
        const homeless = groups.filter((group) => !elected.has(group))
        const located = Map.groupBy(elected, ([, coordinator]) => coordinator)
        const { answers, failures } = await askEach(located, 'Reading commits', ([coordinator, homed]) =>
          inBatches(
            homed.map(([group]) => group),
            groupBatches,
            (batch) => fetchCommitted(brokers.link(coordinator), batch, signal)
          )
        )
        return {
          value: answers.flatMap(([, batches]) => batches.flatMap(({ committed }) => committed)),
          warnings: [
            ...toWarnings(failures, ([coordinator]) => brokerName(coordinator)),
            ...answers.flatMap(([, batches]) => batches.flatMap(({ warnings }) => warnings)),
            ...homeless.map(withoutCoordinator)
          ]
        }
      })
    },

    knownGroups(groups, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { answers, failures } = await askEach(
          homes.lastListed(groups),
          'Reading groups',
          async ([link, homed]) => {
            const names = homed.map(({ groupId }) => groupId)
            const [described, commits] = await Promise.all([
              describeAgain(link, homed, signal),
              fetchCommitted(link, names, signal)
            ])
            return { groups: described, ...commits }
          }
        )
        const read = answers.map(([, ofCoordinator]) => ofCoordinator)
        return {
          value: {
            groups: read.flatMap(({ groups }) => groups),
            committed: read.flatMap(({ committed }) => committed)
          },
          warnings: [
            ...toWarnings(failures, ([link]) => brokers.nameOf(link)),
            ...read.flatMap(({ warnings }) => warnings)
          ]
        }
      })
    },

    recordTimes(places, topics, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        if (places.length === 0) return { value: [], warnings: [] }
        await brokers.ids(signal)
        const { answers, failures } = await askEach(
          recordsByLeader(places, topics),
          'Reading timestamps of records',
          ([leader, records]) => readRecordTimes(brokers.link(leader), records, signal)
        )
        return {
          value: answers.flatMap(([, times]) => times),
          warnings: toWarnings(failures, ([leader]) => brokerName(leader))
        }
      })
    },

    describeQuorum: (options) => quorum.describeQuorum(options),

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The reader of the cluster is closed'))
      pool.close()
      await quorum.close()
    }
  }
}

function withoutCoordinator(group: string): Warning {
  return {
    code: 'coordinator_unavailable',
    message: `Group ${group} currently has no coordinator`,
    target: group
  }
}
