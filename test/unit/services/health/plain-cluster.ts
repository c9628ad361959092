import type { RestReadings } from '#services/health/domain/compose.ts'
import type { HistoryStore } from '#services/health/domain/groups/index.ts'
import type { QuickReadings } from '#services/health/domain/quick-reading.ts'
import type { ClusterReadings } from '#services/health/domain/readings.ts'
import type { SweepPorts } from '#services/health/domain/sweep.ts'
import type { KopsError } from '#shared/errors/catalog.ts'
import type { JmxReader, JmxView } from '#shared/jmx/ports.ts'
import type { BrokerSettingsReader } from '#shared/kafka/brokers/port.ts'
import type { CommittedOffset, GroupReading, KnownGroupsReader } from '#shared/kafka/groups/port.ts'
import type {
  BrokerView,
  ClusterMetadata,
  PartitionMetadata,
  PartitionOffsets,
  TopicMetadata
} from '#shared/kafka/model.ts'
import type { ZookeeperReader, ZookeeperView } from '#shared/zookeeper/ports.ts'

/** A cluster as plain data, for tests of what follows a reading. Brokers 1-3 listen on kafka:9091-9093. */

export function endpoint(id: number) {
  return { host: 'kafka', port: 9090 + id }
}

export function partition(overrides: Partial<PartitionMetadata> = {}): PartitionMetadata {
  const replicas = [1, 2, 3]
  return { partition: 0, leader: 1, leaderEpoch: 5, replicas, isr: replicas, offlineReplicas: [], ...overrides }
}

export function topic(name: string, ...partitions: PartitionMetadata[]): TopicMetadata {
  return { name, internal: false, partitions }
}

export function metadata(topics: TopicMetadata[], ids = [1, 2, 3]): ClusterMetadata {
  return {
    clusterId: 'cluster',
    controllerId: 2,
    brokers: ids.map((id) => ({ id, ...endpoint(id), rack: `rack-${id}` })),
    topics
  }
}

export function answering(id: number, told: ClusterMetadata): BrokerView {
  return { endpoint: endpoint(id), reachable: true, responseTimeMs: 3.14, metadata: told }
}

export function silent(id: number, error: KopsError): BrokerView {
  return { endpoint: endpoint(id), reachable: false, error }
}

export function zookeeper(number: number, mode: 'leader' | 'follower' | null): ZookeeperView {
  return {
    endpoint: { host: 'zookeeper', port: 2180 + number },
    reachable: true,
    mode,
    ...(mode === null ? unserving : serving)
  }
}

const unserving = {
  outstandingRequests: null,
  latencyMs: null,
  connections: null,
  zxid: null,
  nodeCount: null,
  version: null
}
const serving = {
  outstandingRequests: 0,
  latencyMs: { min: 0, avg: 0.5, max: 12 },
  connections: 4,
  zxid: '0x100000a3f',
  nodeCount: 150,
  version: '3.8.4'
}

const healthyTopics = [topic('a', partition()), topic('b', partition())]

/** Keeps nothing. */
export const noHistory: HistoryStore = { load: async () => [], save: async () => {} }

/** Readings of a healthy cluster, apart from the given ones. */
export function readings(overrides: Partial<ClusterReadings> = {}): ClusterReadings {
  const told = overrides.metadata === undefined ? metadata(healthyTopics) : overrides.metadata
  const brokers = metadata([]).brokers
  return {
    asOf: new Date('2026-01-31T12:00:00Z'),
    durationMs: 42,
    views: told ? [1, 2, 3].map((id) => answering(id, told)) : [],
    zookeepers: [zookeeper(1, 'follower'), zookeeper(2, 'leader'), zookeeper(3, 'follower')],
    metadata: told,
    minInsyncReplicas: new Map(told?.topics.map(({ name }) => [name, 2])),
    uncleanElection: new Set(),
    groups: [],
    committed: [],
    offsets: [],
    quorum: null,
    recordTimes: [],
    logDirs: [],
    replicaSizes: [],
    jmx: new Map(),
    parts: new Map(),
    warnings: [],
    errors: new Map(),
    known: new Map(brokers.map(({ id, rack }) => [id, { id, endpoint: endpoint(id), rack }])),
    ...overrides
  }
}

/** The quick part of such readings. */
export function quickReadings(overrides: Partial<QuickReadings> = {}): QuickReadings {
  const { asOf, durationMs, views, zookeepers, quorum, metadata, known } = readings()
  const minInsyncReplicas = new Map<string, number>()
  const outcomes = { parts: new Map(), problems: new Map() }
  return { asOf, durationMs, views, zookeepers, quorum, metadata, known, minInsyncReplicas, ...outcomes, ...overrides }
}

/** And the rest. */
export function restReadings(overrides: Partial<RestReadings> = {}): RestReadings {
  const { minInsyncReplicas, uncleanElection, groups, committed, offsets, recordTimes, logDirs, replicaSizes, jmx } =
    readings()
  const outcomes = { parts: new Map(), problems: new Map(), durationMs: 42 }
  return {
    ...{ minInsyncReplicas, uncleanElection, groups, committed, offsets, recordTimes, logDirs, replicaSizes, jmx },
    ...outcomes,
    ...overrides
  }
}

export type FullReader = SweepPorts['reader'] & KnownGroupsReader & BrokerSettingsReader

export interface PlainCluster {
  views: BrokerView[]
  groups: GroupReading[]
  committed: CommittedOffset[]
  offsets: PartitionOffsets[]
  zookeepers: ZookeeperView[]
}

/** A reader that returns the data, and counts the sweeps. Replaced data is returned the next time. */
export function plainReader(cluster: PlainCluster, overrides: Partial<FullReader> = {}): FullReader {
  const reading = <T>(value: T) => Promise.resolve({ value, warnings: [] })
  return {
    views: async () => cluster.views,
    logDirs: () => reading({ dirs: [], replicaSizes: [] }),
    offsets: () => reading(cluster.offsets),
    groups: () => reading(cluster.groups),
    committedOffsets: () => reading(cluster.committed),
    knownGroups: (names) =>
      reading({
        groups: cluster.groups.filter(({ group }) => names.includes(group)),
        committed: cluster.committed.filter(({ group }) => names.includes(group))
      }),
    recordTimes: () => reading([]),
    topicConfigs: (topics) =>
      reading(
        new Map(
          topics.map((name) => [
            name,
            [{ name: 'min.insync.replicas', value: '2', source: 'default', readOnly: false, sensitive: false }]
          ])
        )
      ),
    describeQuorum: async () => ({ kind: 'zookeeper' }),
    brokerSettings: () => reading(new Map()),
    close: async () => {},
    ...overrides
  }
}

export function plainZookeepers(cluster: Pick<PlainCluster, 'zookeepers'>): ZookeeperReader {
  return { views: async () => cluster.zookeepers }
}

export function plainJmx(views: JmxView[]): JmxReader {
  return { size: views.length, views: async () => views, close: async () => {} }
}

/** Three brokers, two topics, one group that is 7 records behind. */
export function plainCluster(): PlainCluster {
  const told = metadata(healthyTopics)
  return {
    views: [1, 2, 3].map((id) => answering(id, told)),
    groups: [{ group: 'g', state: 'Stable', protocolType: 'consumer', members: 2, memberList: null }],
    committed: [{ group: 'g', topic: 'a', partition: 0, offset: 93 }],
    offsets: [{ topic: 'a', partition: 0, logStartOffset: 0, logEndOffset: 100 }],
    zookeepers: [zookeeper(1, 'leader'), zookeeper(2, 'follower'), zookeeper(3, 'follower')]
  }
}

/** The parts of health-service that read a cluster and keep its history. */
export function plainParts(cluster: PlainCluster, overrides: Partial<FullReader> = {}) {
  return {
    reader: plainReader(cluster, overrides),
    zookeepers: plainZookeepers(cluster),
    historyStore: noHistory
  }
}
