import type { NamedPolicy } from '#services/admin/domain/policies/topic-policies.ts'
import type { TopicSpec } from '#shared/contracts/topic-specs.ts'
import type { ConfigEntry } from '#shared/contracts/topics.ts'
import { fieldError, isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { AclAdmin } from '#shared/kafka/acls/port.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { TopicGroups, TopicMembers } from '#shared/kafka/groups/port.ts'
import type { BrokerView, ClusterMetadata, ConfigChanges, TopicMetadata } from '#shared/kafka/model.ts'
import type { TopicRecords } from '#shared/kafka/records/port.ts'
import type { Refusals, TopicAdmin, TopicBatches } from '#shared/kafka/topics/port.ts'
import { createReservedTopics, type ReservedTopics } from '#shared/reserved-topics.ts'

export interface PlainCluster {
  /** The existing topics; tests change them directly. */
  specs: Map<string, TopicSpec>
  /** Ids of brokers that do not answer. */
  dead: Set<number>
  /** Brokers that do not learn of changes. */
  stale: Set<number>
  /** Changes that were carried out, in order. */
  changes: string[]
  reader: ClusterReader
  admin: TopicAdmin
  batches: TopicBatches
  topicGroups: TopicGroups
  topicRecords: TopicRecords
  /** Besides the topics of kops and Kafka: no caller may erase those that begin with `keep-`. */
  reserved: ReservedTopics
  mostReplicas: number
  /** None. */
  policies: () => Promise<NamedPolicy[]>
  /** The cluster has no authorizer. */
  acls: AclAdmin
  /** When each topic was last written to; absent: never. */
  written: Map<string, Date>
  /** Members that read each topic. */
  members: Map<string, TopicMembers[]>
}

const brokerIds = [1, 2, 3]

/** A cluster of plain data behind the two ports: three brokers, every partition led by broker 1, 10 records of 100 bytes each. */
export function plainCluster(specs: TopicSpec[] = []): PlainCluster {
  const topics = new Map(specs.map((spec) => [spec.name, spec]))
  const atStart = new Map(topics)
  const dead = new Set<number>()
  const stale = new Set<number>()
  const changes: string[] = []
  const warnings = () => [...dead].map((id) => ({ code: 'broker_unreachable', message: 'dead', target: `kafka-${id}` }))
  const metadata = (known: Map<string, TopicSpec>, names?: string[]): ClusterMetadata => ({
    clusterId: 'plain',
    controllerId: 1,
    brokers: brokerIds.map((id) => ({ id, host: '127.0.0.1', port: 9091 + id, rack: null })),
    topics: [...known.values()].filter(({ name }) => names?.includes(name) ?? true).map((spec) => topicOf(spec, dead))
  })
  const assertAlive = () => {
    if (dead.size === brokerIds.length) throw new KopsError('cluster_unreachable', 'No broker answers')
  }
  const partitionsOf = (names: string[]) =>
    names.flatMap((topic) =>
      Array.from({ length: topics.get(topic)?.partitions ?? 0 }, (_, partition) => ({ topic, partition }))
    )

  const reader: ClusterReader = {
    async views({ topics: names }) {
      return brokerIds.map((id): BrokerView => {
        const endpoint = { host: '127.0.0.1', port: 9091 + id }
        if (dead.has(id)) return { endpoint, reachable: false, error: new KopsError('broker_unreachable', 'dead') }
        const known = stale.has(id) ? atStart : topics
        return { endpoint, reachable: true, responseTimeMs: 1, metadata: metadata(known, names) }
      })
    },
    async metadata({ topics: names }) {
      assertAlive()
      return { value: metadata(topics, names), warnings: warnings() }
    },
    async offsets(asked) {
      const value = partitionsOf(asked.map(({ name }) => name)).map((place) =>
        dead.has(1)
          ? { ...place, logStartOffset: null, logEndOffset: null, reason: 'broker_unreachable' as const }
          : { ...place, logStartOffset: 5, logEndOffset: 15 }
      )
      return { value, warnings: warnings() }
    },
    async replicaSizes(names = [...topics.keys()]) {
      const alive = brokerIds.filter((id) => !dead.has(id))
      const value = partitionsOf(names).flatMap((place) =>
        alive.map((broker) => ({ ...place, broker, sizeBytes: 1000 }))
      )
      return { value, warnings: warnings() }
    },
    async logDirs(options) {
      const { value, warnings } = await reader.replicaSizes(undefined, options)
      return { value: { dirs: [], replicaSizes: value }, warnings }
    },
    async recordTimes() {
      return { value: [], warnings: [] }
    },
    async topicConfigs(names) {
      const known = names.flatMap((name) => topics.get(name) ?? [])
      return { value: new Map(known.map((spec) => [spec.name, entriesOf(spec)])), warnings: [] }
    },
    async describeTopicConfigs(name) {
      const spec = topics.get(name)
      if (spec === undefined) throw fieldError('topic_not_found', 'topicName', name)
      const value = entriesOf(spec).map((entry) => ({
        ...entry,
        overridden: entry.source === 'dynamic_topic',
        default: entry.source === 'dynamic_topic' ? null : entry.value,
        synonyms: [{ name: entry.name, value: entry.value, source: entry.source }]
      }))
      return { value, warnings: [] }
    },
    async groups() {
      return { value: [], warnings: [] }
    },
    async committedOffsets() {
      return { value: [], warnings: [] }
    },
    async close() {}
  }

  const admin: TopicAdmin = {
    async createTopic(spec, { validateOnly }) {
      if (topics.has(spec.name))
        throw fieldError('topic_exists', 'topicName', 'exists', { kafkaError: 'TOPIC_ALREADY_EXISTS' })
      if (spec.replicationFactor > brokerIds.length) {
        throw fieldError('replication_factor_invalid', 'replicationFactor', 'larger than available brokers: 3')
      }
      assertConfigs(spec.configs)
      if (validateOnly) return
      topics.set(spec.name, spec)
      changes.push(`create ${spec.name}`)
    },
    async deleteTopic(name) {
      topics.delete(name)
      changes.push(`delete ${name}`)
    },
    async alterConfigs(name, configs, { validateOnly }) {
      const spec = topics.get(name)
      if (validateOnly || spec === undefined) return
      topics.set(name, { ...spec, configs: changed(spec.configs, configs) })
      changes.push(`alter ${name} ${Object.keys(configs).join(',')}`)
    },
    async close() {}
  }
  const batches: TopicBatches = {
    createTopics: (specs, options) => eachOf(specs, (spec) => admin.createTopic(spec, options)),
    addPartitions: (grown, { validateOnly }) =>
      eachOf(grown, async ({ name, partitions }) => {
        const spec = topics.get(name)
        if (validateOnly || spec === undefined) return
        topics.set(name, { ...spec, partitions })
        changes.push(`grow ${name} ${partitions}`)
      }),
    setConfigs: (altered, { validateOnly }) =>
      eachOf(altered, async ({ name, configs }) => {
        assertConfigs(configs)
        const spec = topics.get(name)
        if (validateOnly || spec === undefined) return
        topics.set(name, { ...spec, configs: changed(spec.configs, configs) })
        changes.push(`set ${name} ${Object.keys(configs).join(',')}`)
      }),
    async close() {}
  }
  const written = new Map<string, Date>()
  const members = new Map<string, TopicMembers[]>()
  const topicGroups: TopicGroups = {
    async activeGroups(topic) {
      return { value: members.get(topic) ?? [], warnings: [] }
    },
    async commitOffsets(group, topic, offsets) {
      changes.push(
        `commit ${group} ${topic} ${[...offsets].map(([partition, offset]) => `${partition}:${offset}`).join(' ')}`
      )
    },
    async close() {}
  }
  const topicRecords: TopicRecords = {
    async offsetsAt(topic) {
      return { value: new Map(topic.partitions.map(({ partition }) => [partition, 10])), warnings: [] }
    },
    async lastWrite(topic) {
      return { value: { at: written.get(topic.name) ?? null }, warnings: [] }
    },
    async deleteRecords(topic, before) {
      changes.push(
        `records ${topic.name} ${[...before].map(([partition, offset]) => `${partition}:${offset}`).join(' ')}`
      )
      return new Map()
    },
    async close() {}
  }
  const acls: AclAdmin = {
    async list() {
      throw new KopsError('acls_unavailable', 'no authorizer')
    },
    async create() {
      throw new KopsError('acls_unavailable', 'no authorizer')
    },
    async remove() {
      throw new KopsError('acls_unavailable', 'no authorizer')
    },
    async close() {}
  }
  return {
    specs: topics,
    dead,
    stale,
    changes,
    reader,
    admin,
    batches,
    topicGroups,
    topicRecords,
    reserved: createReservedTopics({ auditTopic: 'audit-logs', protectedGlobs: ['keep-*'] }),
    mostReplicas: 30_000,
    policies: async () => [],
    acls,
    written,
    members
  }
}

/** The refused topics of a batch. */
async function eachOf<T extends { name: string }>(items: T[], change: (item: T) => Promise<void>): Promise<Refusals> {
  const refusals: Refusals = new Map()
  for (const item of items) {
    await change(item).catch((error: unknown) => {
      if (!isKopsError(error)) throw error
      refusals.set(item.name, error)
    })
  }
  return refusals
}

export function topicOf({ name, partitions, replicationFactor }: TopicSpec, dead = new Set<number>()): TopicMetadata {
  const replicas = brokerIds.slice(0, replicationFactor)
  const isr = replicas.filter((id) => !dead.has(id))
  return {
    name,
    internal: name.startsWith('__'),
    partitions: Array.from({ length: partitions }, (_, partition) => ({
      partition,
      leader: isr[0] ?? null,
      leaderEpoch: 0,
      replicas,
      isr,
      offlineReplicas: replicas.filter((id) => dead.has(id))
    }))
  }
}

export function entriesOf({ configs = {} }: TopicSpec): ConfigEntry[] {
  const flags = { readOnly: false, sensitive: false }
  return [
    ...Object.entries(configs).map(([name, value]) => ({ name, value, source: 'dynamic_topic', ...flags })),
    { name: 'segment.bytes', value: '268435456', source: 'static_broker', ...flags }
  ]
}

function changed(configs: TopicSpec['configs'], changes: ConfigChanges): Record<string, string> {
  const entries = Object.entries({ ...configs, ...changes })
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null))
}

function assertConfigs(configs: ConfigChanges = {}): void {
  const unknown = Object.keys(configs).find((name) => !name.includes('.'))
  if (unknown) throw fieldError('config_invalid', `configs.${unknown}`, 'Unknown topic config name')
}
