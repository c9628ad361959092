import type { BrokerHealth } from '#shared/contracts/broker-health.ts'
import type { RunningDrill } from '#shared/contracts/drill-scorecard.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import type {
  AlertMessage,
  HealthEventTopic,
  HealthScoreMessage,
  HealthStatusMessage,
  ServiceMetricsMessage
} from '#shared/contracts/health-events.ts'
import { brokerStatus, ensembleNodes } from './nodes.ts'

/** One record for Kafka, keyed by the message's instanceId. */
export interface HealthEvent {
  topic: HealthEventTopic
  message: HealthStatusMessage | HealthScoreMessage | AlertMessage | ServiceMetricsMessage
}

/** Used until a broker has reported the id of the cluster. */
const unknownCluster = 'unknown'

/**
 * The status of the cluster, of each broker, and of each node of its ensemble. Pure.
 * @param drill the one under way, which the cluster's message names
 */
export function statusMessages(health: ClusterHealth, drill: RunningDrill | null = null): HealthStatusMessage[] {
  const { asOf: timestamp, status, reasons, score, brokers, partitions } = health
  const cluster: HealthStatusMessage = {
    timestamp,
    serviceId: 'kafka-cluster',
    instanceId: health.clusterId ?? unknownCluster,
    status,
    responseTime: health.durationMs,
    checkType: 'CLUSTER',
    details: {
      reasons,
      score: score.score,
      brokers: { expected: brokers.length, reachable: brokers.filter(({ reachable }) => reachable).length },
      partitions,
      ...(drill ? { drill } : {})
    }
  }
  const ofBrokers = brokers.map((broker): HealthStatusMessage => {
    const { id, name, host, port, rack, reachable, controller } = broker
    return {
      timestamp,
      serviceId: 'kafka',
      instanceId: name,
      status: brokerStatus(broker),
      responseTime: broker.responseTimeMs,
      checkType: 'KAFKA',
      details: { id, host, port, rack, reachable, controller, offlineLogDirs: offlineDirs(broker) }
    }
  })
  const ofEnsemble = ensembleNodes(health).map(({ kind, name, status, details }): HealthStatusMessage => {
    const serviceId = kind === 'zookeeper' ? 'zookeeper' : 'kafka-quorum'
    const checkType = kind === 'zookeeper' ? 'ZOOKEEPER' : 'QUORUM'
    return { timestamp, serviceId, instanceId: name, status, responseTime: null, checkType, details }
  })
  return [cluster, ...ofBrokers, ...ofEnsemble]
}

/** The score of the cluster and of each topic. Pure. */
export function scoreMessages({ asOf: timestamp, clusterId, score, topics }: ClusterHealth): HealthScoreMessage[] {
  const ofTopics = topics.map(({ name, score }) => ({
    timestamp,
    serviceId: 'kafka-topic',
    instanceId: name,
    ...score
  }))
  return [{ timestamp, serviceId: 'kafka-cluster', instanceId: clusterId ?? unknownCluster, ...score }, ...ofTopics]
}

/** The numbers of the cluster, its brokers and its groups; unknown ones are left out. Pure. */
export function metricsMessages(health: ClusterHealth): ServiceMetricsMessage[] {
  const { asOf: timestamp, clusterId, brokers, partitions, topics, groups } = health
  const clusterTags: Record<string, string> = clusterId === null ? {} : { clusterId }
  const cluster = {
    timestamp,
    serviceId: 'kafka-cluster',
    instanceId: clusterId ?? unknownCluster,
    metrics: known({
      healthScore: health.score.score,
      brokersReachable: brokers.filter(({ reachable }) => reachable).length,
      brokersExpected: brokers.length,
      controllers: health.controllers,
      leaderSkew: health.leaderSkew,
      topics: partitions && topics.length,
      partitions: partitions?.total,
      underReplicatedPartitions: partitions?.underReplicated,
      underMinIsrPartitions: partitions?.underMinIsr,
      offlinePartitions: partitions?.offline,
      readDurationMs: health.durationMs
    }),
    tags: { ...clusterTags, status: health.status }
  }
  const ofBrokers = brokers.map((broker) => {
    const { name, rack, responseTimeMs, uptimeSeconds, leaders, requestQueueSize, handlerIdleRatio } = broker
    const dirs = broker.logDirs?.filter(({ online }) => online)
    return {
      timestamp,
      serviceId: 'kafka',
      instanceId: name,
      metrics: known({
        up: Number(broker.reachable),
        responseTimeMs,
        uptimeSeconds,
        leaders,
        replicas: broker.partitions,
        requestQueueSize,
        handlerIdleRatio,
        logBytes: dirs?.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      }),
      tags: { ...clusterTags, ...(rack === null ? {} : { rack }) }
    }
  })
  const ofGroups = groups.map(({ group, state, members, lag, lagSeconds, verdict }) => ({
    timestamp,
    serviceId: 'consumer-group',
    instanceId: group,
    metrics: known({ members, lag, lagSeconds }),
    tags: { ...clusterTags, state, ...(verdict === null ? {} : { verdict }) }
  }))
  return [cluster, ...ofBrokers, ...ofGroups]
}

function known(values: Record<string, number | null | undefined>): Record<string, number> {
  const entries = Object.entries(values).filter((entry): entry is [string, number] => Number.isFinite(entry[1]))
  return Object.fromEntries(entries)
}

function offlineDirs({ logDirs }: Pick<BrokerHealth, 'logDirs'>): string[] | null {
  return logDirs?.filter(({ online }) => !online).map(({ dir }) => dir) ?? null
}
