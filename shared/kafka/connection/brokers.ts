import { KopsError } from '../../errors/catalog.ts'
import {
  type BrokerEndpoint,
  type BrokerView,
  brokerName,
  type ClusterMetadata,
  endpointKey,
  formatEndpoint,
  mergeMetadata,
  metadataOf,
  parseEndpoints
} from '../model.ts'
import { kafkaRefusal, topicAuthorizationFailed } from './errors.ts'
import { type BrokerLink, createLink } from './link.ts'
import type { ConnectionOptions } from './options.ts'
import { createRequestBudget, unwatched } from './request-budget.ts'
import { readView } from './views.ts'

/** The brokers of one cluster: configured and discovered ones, with a link to each. */
export interface Brokers {
  /** Asks every broker for its view, including brokers discovered meanwhile. */
  views(topics: readonly string[] | undefined, signal: AbortSignal, evenSilent?: boolean): Promise<BrokerView[]>
  /** Asks the broker at an endpoint, whether the cluster names it or not. Never rejects. */
  view(endpoint: BrokerEndpoint, topics: readonly string[], signal: AbortSignal): Promise<BrokerView>
  /**
   * Like views(). @throws KopsError cluster_unreachable if none answers, kafka_not_authorized if all that answer refuse to
   * describe one of the topics
   */
  reachableViews(topics: readonly string[] | undefined, signal: AbortSignal): Promise<BrokerView[]>
  /** Their merged view of the cluster. @throws KopsError cluster_unreachable if none answers */
  metadata(topics: readonly string[] | undefined, signal: AbortSignal): Promise<ClusterMetadata>
  /**
   * Links to all brokers, the configured ones first. @throws KopsError cluster_unreachable if the cluster is not known
   * yet
   */
  links(signal: AbortSignal): Promise<BrokerLink[]>
  /** Links to the configured brokers and those discovered so far. */
  known(): BrokerLink[]
  /**
   * Ids of the brokers that the cluster names. @throws KopsError cluster_unreachable if the cluster is not known yet
   */
  ids(signal: AbortSignal): Promise<number[]>
  /** @throws KopsError broker_unreachable when the cluster names no such broker */
  link(id: number): BrokerLink
  idOf(link: BrokerLink): number | undefined
  /**
   * `kafka-1`: by its id, even if the broker is down; by its place among the configured ones, or host:port, if it has
   * never answered.
   */
  nameOf(place: { endpoint: BrokerEndpoint }): string
  close(): void
}

/** @throws Error when bootstrapServers is not a list of host:port */
export function createBrokers({
  bootstrapServers,
  clientId,
  security,
  budget = createRequestBudget(unwatched)
}: ConnectionOptions): Brokers {
  const configured = parseEndpoints(bootstrapServers)
  const links = new Map<string, BrokerLink>()
  /** The last known addresses of brokers. A dead broker is forgotten when the cluster forgets it. */
  let directory = new Map<number, BrokerEndpoint>()
  /** The last known id of each endpoint, including dead brokers: their names are needed when they do not answer. */
  const ids = new Map<string, number>()

  function linkTo(endpoint: BrokerEndpoint): BrokerLink {
    const key = endpointKey(endpoint)
    const link =
      links.get(key) ?? createLink(endpoint, { clientId, security, budget, nameOf: () => nameOf({ endpoint }) })
    links.set(key, link)
    return link
  }

  function known(): Map<string, BrokerEndpoint> {
    return new Map([...configured, ...directory.values()].map((endpoint) => [endpointKey(endpoint), endpoint]))
  }

  /** Records the brokers' addresses from their views, and closes connections to brokers that are gone. */
  function learn(views: readonly BrokerView[]): void {
    const metadata = metadataOf(views)
    if (metadata.length === 0) return
    directory = new Map(mergeMetadata(metadata).brokers.map(({ id, host, port }) => [id, { host, port }]))
    for (const [id, endpoint] of directory) ids.set(endpointKey(endpoint), id)
    const wanted = known()
    for (const [key, link] of links) {
      if (wanted.has(key)) continue
      link.close()
      links.delete(key)
    }
  }

  async function views(
    topics: readonly string[] | undefined,
    signal: AbortSignal,
    evenSilent?: boolean
  ): Promise<BrokerView[]> {
    const asked = new Map<string, Promise<BrokerView>>()
    const ask = (endpoint: BrokerEndpoint): void => {
      const key = endpointKey(endpoint)
      if (asked.has(key)) return
      const answer = readView(linkTo(endpoint), topics, signal, evenSilent).then((view) => {
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
    const all = await views(topics, signal)
    const reachable = all.filter((view) => view.reachable)
    if (reachable.length === 0) throw unreachable(all)
    const hidden = topics?.find((topic) => reachable.every(({ refused }) => refused?.includes(topic)))
    if (hidden !== undefined) throw kafkaRefusal(topicAuthorizationFailed, `Describing ${hidden}`)
    return all
  }

  async function acquaint(signal: AbortSignal): Promise<void> {
    if (directory.size === 0) await reachableViews([], signal)
  }

  function idOf({ endpoint }: { endpoint: BrokerEndpoint }): number | undefined {
    const key = endpointKey(endpoint)
    return Array.from(directory).find(([, advertised]) => endpointKey(advertised) === key)?.[0]
  }

  /** A configured broker that has not been seen has the number of its place, unless another one has that id. */
  function nameOf({ endpoint }: { endpoint: BrokerEndpoint }): string {
    const key = endpointKey(endpoint)
    const place = 1 + configured.findIndex((each) => endpointKey(each) === key)
    const id = idOf({ endpoint }) ?? ids.get(key)
    if (id !== undefined) return brokerName(id)
    const isTaken = Array.from(ids.values()).includes(place)
    return place === 0 || isTaken ? formatEndpoint(endpoint) : brokerName(place)
  }

  return {
    views,
    view: (endpoint, topics, signal) => readView(linkTo(endpoint), topics, signal, true),
    reachableViews,
    async metadata(topics, signal) {
      return mergeMetadata(metadataOf(await reachableViews(topics, signal)))
    },
    async links(signal) {
      await acquaint(signal)
      return Array.from(known().values(), linkTo)
    },
    known: () => Array.from(known().values(), linkTo),
    async ids(signal) {
      await acquaint(signal)
      return Array.from(directory.keys())
    },
    link(id) {
      const endpoint = directory.get(id)
      if (!endpoint) throw new KopsError('broker_unreachable', `The cluster has no broker ${id}`)
      return linkTo(endpoint)
    },
    idOf,
    nameOf,
    close() {
      for (const link of links.values()) link.close()
      links.clear()
    }
  }
}

function unreachable(views: readonly BrokerView[]): KopsError {
  const errors = views.flatMap((view) => (view.reachable ? [] : [view.error]))
  return new KopsError('cluster_unreachable', `No broker answers: ${errors.map(({ message }) => message).join('; ')}`, {
    cause: errors[0]
  })
}
