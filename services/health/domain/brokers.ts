import type { BrokerHealth, ZookeeperHealth } from '../../../shared/contracts/health.ts'
import { endpointKey, formatEndpoint } from '../../../shared/kafka/endpoints.ts'
import type { BrokerView } from '../../../shared/kafka/ports.ts'
import type { ZookeeperView } from '../../../shared/zookeeper/ports.ts'
import type { ClusterReadings, KnownBroker } from './readings.ts'

/**
 * The brokers that were asked, and those that hold replicas and are gone, with what is known of them. A broker is named by
 * its id, kafka-1; one that has no id yet by its place in the configured list, or by its address when that name is taken.
 */
export function evaluateBrokers({
  views,
  metadata,
  known
}: Pick<ClusterReadings, 'views' | 'metadata' | 'known'>): BrokerHealth[] {
  const byEndpoint = new Map(Array.from(known.values(), (broker) => [endpointKey(broker.endpoint), broker]))
  const controllerId = metadata?.controllerId ?? null
  const taken = new Set(Array.from(known.keys(), nameOf))
  const asked = views.map((view, index) =>
    toBrokerHealth(view, byEndpoint.get(endpointKey(view.endpoint)), nameByPlace(view, index, taken), controllerId)
  )
  const ids = new Set(asked.map(({ id }) => id))
  const gone = Array.from(known.values())
    .filter(({ id }) => !ids.has(id))
    .map(({ id, endpoint, rack }) => ({
      id,
      name: nameOf(id),
      ...endpoint,
      rack,
      reachable: false,
      controller: id === controllerId,
      responseTimeMs: null
    }))
  return [...asked, ...gone]
}

function toBrokerHealth(
  view: BrokerView,
  broker: KnownBroker | undefined,
  fallbackName: string,
  controllerId: number | null
): BrokerHealth {
  const id = broker?.id ?? null
  return {
    id,
    name: id === null ? fallbackName : nameOf(id),
    host: view.endpoint.host,
    port: view.endpoint.port,
    rack: broker?.rack ?? null,
    reachable: view.reachable,
    controller: id !== null && id === controllerId,
    responseTimeMs: view.reachable ? Math.round(view.responseTimeMs * 10) / 10 : null
  }
}

function nameByPlace({ endpoint }: BrokerView, index: number, taken: ReadonlySet<string>): string {
  const name = nameOf(index + 1)
  return taken.has(name) ? formatEndpoint(endpoint) : name
}

function nameOf(id: number): string {
  return `kafka-${id}`
}

/** ZooKeeper nodes are named by their place in the configured list: `srvr` does not tell a node's id. */
export function evaluateZookeepers(views: readonly ZookeeperView[]): ZookeeperHealth[] {
  return views.map((view, index) => ({
    name: `zookeeper-${index + 1}`,
    host: view.endpoint.host,
    port: view.endpoint.port,
    mode: view.reachable ? view.mode : null,
    reachable: view.reachable
  }))
}
