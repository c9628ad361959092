import type { BrokerHealth, LogDirHealth } from '#shared/contracts/broker-health.ts'
import type { LogDirReading } from '#shared/kafka/brokers/port.ts'
import {
  type BrokerView,
  brokerName,
  type ClusterMetadata,
  endpointKey,
  formatEndpoint,
  type TopicMetadata
} from '#shared/kafka/model.ts'
import type { ClusterReadings, KnownBroker } from './readings.ts'

type BrokerReadings = Pick<ClusterReadings, 'asOf' | 'views' | 'metadata' | 'quorum' | 'known' | 'jmx' | 'logDirs'>

/** A broker's details, apart from whether it answers. */
type BrokerFacts = Pick<
  BrokerHealth,
  'startedAt' | 'uptimeSeconds' | 'leaders' | 'partitions' | 'requestQueueSize' | 'handlerIdleRatio' | 'logDirs'
>

/**
 * The configured brokers, and missing ones that hold replicas, with their details. A broker is named by its id,
 * kafka-1; without a known id, by its place in the configured list, or by its address if that name is taken.
 * @param spread of the same metadata; null without one
 */
export function evaluateBrokers(readings: BrokerReadings, spread: Spread | null): BrokerHealth[] {
  const { views, metadata, quorum, known } = readings
  const byEndpoint = new Map(Array.from(known.values(), (broker) => [endpointKey(broker.endpoint), broker]))
  // Brokers of a KRaft cluster name any broker that is alive: requests for the controller go through it.
  const controllerId = quorum?.leaderId ?? metadata?.controllerId ?? null
  const taken = new Set(Array.from(known.keys(), brokerName))
  const factsOf = createFacts(readings, spread)
  const asked = views.map((view, index) => {
    const broker = byEndpoint.get(endpointKey(view.endpoint))
    const name = broker ? brokerName(broker.id) : nameByPlace(view, index, taken)
    return toBrokerHealth(view, broker, name, controllerId, factsOf)
  })
  const ids = new Set(asked.map(({ id }) => id))
  const gone = Array.from(known.values())
    .filter(({ id }) => !ids.has(id))
    .map(({ id, endpoint, rack }) => ({
      id,
      name: brokerName(id),
      ...endpoint,
      rack,
      reachable: false,
      controller: id === controllerId,
      responseTimeMs: null,
      ...factsOf(id, false)
    }))
  return [...asked, ...gone]
}

function toBrokerHealth(
  view: BrokerView,
  broker: KnownBroker | undefined,
  name: string,
  controllerId: number | null,
  factsOf: (id: number | null, reachable: boolean) => BrokerFacts
): BrokerHealth {
  const id = broker?.id ?? null
  return {
    id,
    name,
    host: view.endpoint.host,
    port: view.endpoint.port,
    rack: broker?.rack ?? null,
    reachable: view.reachable,
    controller: id !== null && id === controllerId,
    responseTimeMs: view.reachable ? Math.round(view.responseTimeMs * 10) / 10 : null,
    ...factsOf(id, view.reachable)
  }
}

/** Exporter and disk data may be older than a broker's death, so none is reported for a broker that does not answer. */
function createFacts({ asOf, jmx, logDirs }: BrokerReadings, spread: Spread | null) {
  const dirs = Map.groupBy(logDirs, ({ broker }) => broker)
  return (id: number | null, reachable: boolean): BrokerFacts => {
    const exporter = id !== null && reachable ? jmx.get(id) : undefined
    const startTime = exporter?.startTime ?? null
    return {
      startedAt: startTime?.toISOString() ?? null,
      uptimeSeconds: startTime && Math.max(0, Math.round((asOf.getTime() - startTime.getTime()) / 1000)),
      leaders: id === null || !spread ? null : (spread.leaders.get(id) ?? 0),
      partitions: id === null || !spread ? null : (spread.replicas.get(id) ?? 0),
      requestQueueSize: exporter?.requestQueueSize ?? null,
      handlerIdleRatio: exporter?.handlerIdleRatio ?? null,
      logDirs: id === null || !reachable ? null : (dirs.get(id)?.map(toLogDirHealth) ?? null)
    }
  }
}

function toLogDirHealth({ dir, online, sizeBytes, totalBytes, usableBytes }: LogDirReading): LogDirHealth {
  return { dir, online, sizeBytes, totalBytes, usableBytes }
}

/** The number of leaderships and replicas of each broker, by its id. */
export interface Spread {
  leaders: ReadonlyMap<number, number>
  replicas: ReadonlyMap<number, number>
}

export function countSpread(topics: readonly TopicMetadata[]): Spread {
  const leaders = new Map<number, number>()
  const holders = new Map<number, number>()
  const countOn = (counts: Map<number, number>, id: number) => counts.set(id, (counts.get(id) ?? 0) + 1)
  for (const { partitions } of topics) {
    for (const { leader, replicas } of partitions) {
      if (leader !== null) countOn(leaders, leader)
      for (const id of replicas) countOn(holders, id)
    }
  }
  return { leaders, replicas: holders }
}

/**
 * How unevenly leaders are spread: the maximum on one broker divided by the mean over all live brokers, so that 1 is
 * even and 3 is all leaders on one broker of three. null without leaders or brokers.
 */
export function leaderSkew({ brokers }: Pick<ClusterMetadata, 'brokers'>, { leaders }: Spread): number | null {
  const ids = new Set([...brokers.map(({ id }) => id), ...leaders.keys()])
  let total = 0
  let most = 0
  for (const count of leaders.values()) {
    total += count
    most = Math.max(most, count)
  }
  return total === 0 ? null : Math.round((most / (total / ids.size)) * 1000) / 1000
}

/**
 * The number of brokers that claim by JMX to be the active controller. null unless every live broker reported: a
 * missing report must not look like a missing controller. Brokers that do not vote in a KRaft quorum claim nothing.
 */
export function countControllers(
  brokers: readonly Pick<BrokerHealth, 'id' | 'reachable'>[],
  jmx: ClusterReadings['jmx'],
  quorum: ClusterReadings['quorum']
): number | null {
  const voters = quorum && new Set(quorum.voters.map(({ id }) => id))
  let claims = 0
  let asked = 0
  for (const { id, reachable } of brokers) {
    if (!reachable || (id !== null && voters?.has(id) === false)) continue
    const claim = id === null ? null : (jmx.get(id)?.activeController ?? null)
    if (claim === null) return null
    asked += 1
    claims += claim
  }
  return asked === 0 ? null : claims
}

function nameByPlace({ endpoint }: BrokerView, index: number, taken: ReadonlySet<string>): string {
  const name = brokerName(index + 1)
  return taken.has(name) ? formatEndpoint(endpoint) : name
}
