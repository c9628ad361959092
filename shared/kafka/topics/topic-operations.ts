import { incrementalAlterConfigsV1 } from '@platformatic/kafka'
import { KopsError } from '../../errors/catalog.ts'
import { createBrokers } from '../connection/brokers.ts'
import { onController, type TopicAdminOptions } from '../connection/controller.ts'
import { withDeadline } from '../connection/deadline.ts'
import { askAny, askEach, toWarnings } from '../connection/fan-out.ts'
import { createRequestBudget, unwatched } from '../connection/request-budget.ts'
import { electCoordinators, findCoordinators, listGroups } from '../groups/read-groups.ts'
import { brokerName, parseEndpoints, type TopicMetadata } from '../model.ts'
import { alterationOf } from '../protocol/incremental-alter-configs.ts'
import { byLeader, type LedPartitions, offsetsAtTime } from '../protocol/list-offsets.ts'
import { readConfigEntries } from './config-entries.ts'
import { toTopicError } from './errors.ts'
import type { TopicOperations } from './port.ts'
import { commitOffsets, readTopicMembers } from './topic-groups.ts'
import { deleteRecordsBefore, maxTimestamp } from './topic-records.ts'

/** Time after which a question that any broker can answer is put to a second one too. */
const hedgeMs = 250

/** The TopicOperations port, over one kept connection to each broker; changes of configuration go to the controller. */
export function createTopicOperations({
  bootstrapServers,
  clientId,
  budget = createRequestBudget(unwatched)
}: TopicAdminOptions): TopicOperations {
  const endpoints = parseEndpoints(bootstrapServers)
  const brokers = createBrokers(endpoints, clientId, budget)
  const closing = new AbortController()

  /** Asks the leaders of a topic's partitions, one request each. */
  async function askLeaders<T>(
    topic: TopicMetadata,
    what: string,
    signal: AbortSignal,
    ask: (leader: number, partitions: LedPartitions[]) => Promise<T>
  ) {
    const { led, leaderless } = byLeader([topic])
    if (led.size > 0) await brokers.ids(signal)
    const { answers, failures } = await askEach(led, what, ([leader, partitions]) => ask(leader, partitions))
    const warnings = [
      ...toWarnings(failures, ([leader]) => brokerName(leader)),
      ...leaderless.map(({ partition }) => ({
        code: 'topic_not_ready',
        message: 'The partition has no leader at the moment',
        target: `${topic.name}-${partition}`
      }))
    ]
    return { answers: answers.map(([, answer]) => answer), failures, leaderless, warnings }
  }

  return {
    describeConfigs(topic, options) {
      return withDeadline(options, closing.signal, async (signal) => ({
        value: await askAny(await brokers.links(signal), hedgeMs, (link) => readConfigEntries(link, topic, signal)),
        warnings: []
      }))
    },

    async alterConfigs(topic, changes, { validateOnly, timeoutMs }) {
      const target = { bootstrapServers: endpoints, clientId, budget, timeoutMs, signal: closing.signal }
      await onController(target, (connection) =>
        incrementalAlterConfigsV1.api.async(connection, [alterationOf(topic, changes)], validateOnly)
      ).catch((error) => {
        throw toTopicError(error, Object.keys(changes))
      })
    },

    offsetsAt(topic, at, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { answers, warnings } = await askLeaders(topic, 'Looking up offsets', signal, (leader, partitions) =>
          offsetsAtTime(brokers.link(leader), partitions, at.getTime(), signal)
        )
        return { value: new Map(answers.flat().map(({ partition, offset }) => [partition, offset])), warnings }
      })
    },

    lastWrite(topic, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { answers, warnings } = await askLeaders(topic, 'Reading timestamps', signal, (leader, partitions) =>
          maxTimestamp(brokers.link(leader), partitions, signal)
        )
        const latest = Math.max(-1, ...answers)
        return { value: { at: latest < 0 ? null : new Date(latest) }, warnings }
      })
    },

    deleteRecords(topic, before, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const meant = { ...topic, partitions: topic.partitions.filter(({ partition }) => before.has(partition)) }
        const { answers, failures, leaderless } = await askLeaders(
          meant,
          'Deleting records',
          signal,
          (leader, partitions) =>
            deleteRecordsBefore(brokers.link(leader), partitions, before, options.deadlineMs, signal)
        )
        const refused = new Map(answers.flatMap((errors) => [...errors]))
        for (const [[, partitions], error] of failures) {
          for (const { partition } of partitions.flatMap(({ partitions }) => partitions)) refused.set(partition, error)
        }
        for (const { partition } of leaderless) {
          refused.set(partition, new KopsError('topic_not_ready', 'The partition has no leader at the moment'))
        }
        return refused
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
          throw new KopsError('coordinator_unavailable', `Group ${group} has no coordinator at the moment`)
        }
        await commitOffsets(brokers.link(coordinator), group, topic, offsets, signal)
      })
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The service is closing'))
      brokers.close()
    }
  }
}
