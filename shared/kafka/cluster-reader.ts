import { KopsError } from '../errors/catalog.ts'
import { endpointKey, formatEndpoint, parseEndpoints } from './endpoints.ts'
import type { BrokerEndpoint, BrokerView, ClusterReader, PartitionOffsets } from './ports.ts'
import { readTopicConfigs } from './reading/configs.ts'
import { withDeadline } from './reading/deadline.ts'
import { askAny, askEach, toWarnings } from './reading/fan-out.ts'
import {
  describeGroups,
  electCoordinators,
  fetchCommitted,
  findCoordinators,
  listGroups,
  overview
} from './reading/groups.ts'
import { type BrokerLink, createLink } from './reading/link.ts'
import { readReplicaSizes } from './reading/log-dirs.ts'
import { mergeMetadata, metadataOf } from './reading/merge-views.ts'
import { byLeader, readLeaderOffsets, unreadOffsets } from './reading/offsets.ts'
import { readView } from './reading/views.ts'

export interface ClusterReaderOptions {
  /** Brokers as host:port, separated by commas; those that they name are found. */
  bootstrapServers: string | readonly string[]
  clientId: string
}

/** Time after which a question that any broker can answer is put to a second one too. */
const hedgeMs = 250

/**
 * Reads a cluster over one kept connection to each broker, in the versions that each broker offers (Kafka 3.3 to 4.1).
 * A broker that lets a deadline pass is left out for the next 2.5 s, so that it costs one deadline and not one a question.
 * @throws Error when bootstrapServers is not a list of host:port
 */
export function createClusterReader({ bootstrapServers, clientId }: ClusterReaderOptions): ClusterReader {
  const configured = parseEndpoints(bootstrapServers)
  const links = new Map<string, BrokerLink>()
  /** Where brokers listen, as their cluster told last. A broker that died is forgotten when the cluster forgets it. */
  let directory = new Map<number, BrokerEndpoint>()
  const closing = new AbortController()

  function linkTo(endpoint: BrokerEndpoint): BrokerLink {
    const key = endpointKey(endpoint)
    const link = links.get(key) ?? createLink(endpoint, clientId)
    links.set(key, link)
    return link
  }

  /** Keeps what the views tell about where brokers are, and ends connections to brokers that are gone. */
  function learn(views: readonly BrokerView[]): void {
    const metadata = metadataOf(views)
    if (metadata.length === 0) return
    directory = new Map(mergeMetadata(metadata).brokers.map(({ id, host, port }) => [id, { host, port }]))
    const wanted = new Set([...configured, ...directory.values()].map(endpointKey))
    for (const [key, link] of links) {
      if (wanted.has(key)) continue
      link.close()
      links.delete(key)
    }
  }

  /** Asks the configured brokers and, as soon as one names others, those too. */
  async function readViews(topics: readonly string[] | undefined, signal: AbortSignal): Promise<BrokerView[]> {
    const asked = new Map<string, Promise<BrokerView>>()
    const ask = (endpoint: BrokerEndpoint): void => {
      const key = endpointKey(endpoint)
      if (asked.has(key)) return
      const answer = readView(linkTo(endpoint), topics, signal).then((view) => {
        if (view.reachable) view.metadata.brokers.forEach(ask)
        return view
      })
      asked.set(key, answer)
    }
    configured.forEach(ask)
    let views: BrokerView[] = []
    while (views.length < asked.size) views = await Promise.all(asked.values())
    learn(views)
    return views
  }

  async function reachableViews(topics: readonly string[] | undefined, signal: AbortSignal): Promise<BrokerView[]> {
    const views = await readViews(topics, signal)
    if (!views.some((view) => view.reachable)) throw unreachable(views)
    return views
  }

  /** Links to all brokers that are known, the configured ones first. */
  async function allLinks(signal: AbortSignal): Promise<BrokerLink[]> {
    if (directory.size === 0) await reachableViews([], signal)
    const endpoints = new Map(
      [...configured, ...directory.values()].map((endpoint) => [endpointKey(endpoint), endpoint])
    )
    return Array.from(endpoints.values(), linkTo)
  }

  function linkToBroker(id: number): BrokerLink {
    const endpoint = directory.get(id)
    if (!endpoint) throw new KopsError('broker_unreachable', `Broker ${id} is not known to the cluster`)
    return linkTo(endpoint)
  }

  const nameOf = ({ endpoint }: { endpoint: BrokerEndpoint }): string => {
    const key = endpointKey(endpoint)
    const known = Array.from(directory).find(([, advertised]) => endpointKey(advertised) === key)
    return known ? brokerName(known[0]) : formatEndpoint(endpoint)
  }

  return {
    views(options) {
      return withDeadline(options, closing.signal, (signal) => readViews(undefined, signal))
    },

    metadata({ topics, ...options }) {
      return withDeadline(options, closing.signal, async (signal) => {
        const views = await reachableViews(topics, signal)
        const warnings = views.flatMap((view) => (view.reachable ? [] : toWarnings([[view, view.error]], nameOf)))
        return { value: mergeMetadata(metadataOf(views)), warnings }
      })
    },

    offsets(topics, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { led, leaderless } = byLeader(topics)
        if (directory.size === 0 && led.size > 0) await reachableViews([], signal)
        const { answers, failures } = await askEach(led.keys(), 'Reading offsets', (leader) =>
          readLeaderOffsets(linkToBroker(leader), led.get(leader) ?? [], signal)
        )
        const unread = failures.flatMap(([leader]) => unreadOffsets(led.get(leader) ?? []))
        const value = [...answers.flatMap(([, offsets]) => offsets), ...unread, ...leaderless].sort(byPlace)
        return { value, warnings: toWarnings(failures, brokerName) }
      })
    },

    replicaSizes(topics, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const views = await (topics || directory.size === 0 ? reachableViews(topics ?? [], signal) : undefined)
        const wanted = topics && views ? mergeMetadata(metadataOf(views)).topics : undefined
        const { answers, failures } = await askEach(directory.keys(), 'Reading log directories', (broker) =>
          readReplicaSizes(linkToBroker(broker), broker, wanted, signal)
        )
        assertSomeAnswer(answers, failures)
        return { value: answers.flatMap(([, sizes]) => sizes), warnings: toWarnings(failures, brokerName) }
      })
    },

    topicConfigs(topics, { names, ...options }) {
      return withDeadline(options, closing.signal, async (signal) => {
        if (topics.length === 0) return { value: new Map(), warnings: [] }
        const candidates = await allLinks(signal)
        return askAny(candidates, hedgeMs, (link) => readTopicConfigs(link, topics, names, signal))
      })
    },

    groups(options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const listings = await askEach(await allLinks(signal), 'Listing groups', (link) => listGroups(link, signal))
        assertSomeAnswer(listings.answers, listings.failures)
        const listed = new Map(listings.answers)
        const described = await askEach(listed.keys(), 'Describing groups', (link) =>
          describeGroups(link, listed.get(link) ?? [], signal)
        )
        const undescribed = described.failures.flatMap(([link]) =>
          (listed.get(link) ?? []).map((group) => overview(group, null))
        )
        const value = [...described.answers.flatMap(([, groups]) => groups), ...undescribed]
        return {
          value: distinct(value, ({ group }) => group).sort((a, b) => (a.group < b.group ? -1 : 1)),
          warnings: toWarnings([...listings.failures, ...described.failures], nameOf)
        }
      })
    },

    committedOffsets(groups, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        if (groups.length === 0) return { value: [], warnings: [] }
        const located = await askEach(await allLinks(signal), 'Finding coordinators', (link) =>
          findCoordinators(link, groups, signal)
        )
        assertSomeAnswer(located.answers, located.failures)
        const coordinators = electCoordinators(located.answers.map(([, coordinators]) => coordinators))
        const byCoordinator = Map.groupBy(groups, (group) => coordinators.get(group))
        const homeless = byCoordinator.get(undefined) ?? []
        byCoordinator.delete(undefined)
        const { answers, failures } = await askEach(byCoordinator.entries(), 'Reading commits', ([coordinator, ids]) =>
          fetchCommitted(linkToBroker(coordinator ?? -1), ids, signal)
        )
        return {
          value: answers.flatMap(([, { committed }]) => committed),
          warnings: [
            ...toWarnings(failures, ([coordinator]) => brokerName(coordinator ?? -1)),
            ...answers.flatMap(([, { warnings }]) => warnings),
            ...homeless.map((target) => ({
              code: 'coordinator_unavailable',
              message: `Group ${target} has no coordinator at the moment`,
              target
            }))
          ]
        }
      })
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The reader of the cluster is closed'))
      for (const link of links.values()) link.close()
      links.clear()
    }
  }
}

/** The name under which kops speaks of a broker. */
export function brokerName(id: number): string {
  return `kafka-${id}`
}

function unreachable(views: readonly BrokerView[]): KopsError {
  const silent = views.flatMap((view) => (view.reachable ? [] : [view.error]))
  return new KopsError('cluster_unreachable', `No broker answers: ${silent.map(({ message }) => message).join('; ')}`, {
    cause: silent[0]
  })
}

function assertSomeAnswer(answers: readonly unknown[], failures: readonly [unknown, KopsError][]): void {
  if (answers.length > 0 || failures.length === 0) return
  const messages = failures.map(([, { message }]) => message).join('; ')
  throw new KopsError('cluster_unreachable', `No broker answers: ${messages}`, { cause: failures[0]?.[1] })
}

function byPlace(a: PartitionOffsets, b: PartitionOffsets): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}

function distinct<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return Array.from(new Map(items.map((item) => [keyOf(item), item])).values())
}
