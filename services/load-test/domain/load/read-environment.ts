import { canonicalHash } from '#shared/audit/canonical-json.ts'
import type { Clock } from '#shared/clock.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import type { ConfigEntry } from '#shared/contracts/topics.ts'
import type { BrokerAdmin, BrokerVersions } from '#shared/kafka/brokers/port.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { brokerName, type Deadline } from '#shared/kafka/model.ts'
import { poll } from '#shared/poll.ts'
import { fingerprintOf, type Parts } from './fingerprint.ts'

export interface EnvironmentSources {
  reader: Pick<ClusterReader, 'metadata' | 'topicConfigs'>
  brokers: Pick<BrokerAdmin, 'configs'> & BrokerVersions
  /** client.* and machine.*, which this process knows. */
  own: Parts
  clock: Clock
  /** Names of the settings to read. */
  settings: { broker: readonly string[]; topic: readonly string[] }
}

/** Settings of brokers that a producer may feel. What a broker does not have is left out: versions differ. */
const brokerSettings = [
  'background.threads',
  'compression.type',
  'inter.broker.protocol.version',
  'log.flush.interval.messages',
  'log.flush.interval.ms',
  'log.flush.scheduler.interval.ms',
  'log.message.format.version',
  'log.segment.bytes',
  'message.max.bytes',
  'min.insync.replicas',
  'num.io.threads',
  'num.network.threads',
  'num.recovery.threads.per.data.dir',
  'num.replica.fetchers',
  'queued.max.requests',
  'replica.fetch.max.bytes',
  'replica.fetch.min.bytes',
  'replica.fetch.wait.max.ms',
  'replica.lag.time.max.ms',
  'replica.socket.receive.buffer.bytes',
  'security.inter.broker.protocol',
  'socket.receive.buffer.bytes',
  'socket.request.max.bytes',
  'socket.send.buffer.bytes'
]

/** The same for topics, apart from what their metadata has. */
const topicSettings = [
  'cleanup.policy',
  'compression.type',
  'flush.messages',
  'flush.ms',
  'max.message.bytes',
  'message.format.version',
  'message.timestamp.type',
  'min.insync.replicas',
  'segment.bytes'
]

/** What a load test depends on. */
export const loadSettings = { broker: brokerSettings, topic: topicSettings }

const deadlineMs = 5000
/** A broker that does not know a new topic yet learns of it within moments. */
const pauseMs = { first: 100, longest: 800 }

/**
 * Reads what a run or a drill on a topic is measured in; without a topic, the parts that do not depend on one. Takes five seconds at most and never rejects: what could not be read by then, or
 * before the signal aborted, is null.
 */
export async function readEnvironment(
  { reader, brokers, own, clock, settings: wanted }: EnvironmentSources,
  topic: string | null,
  signal: AbortSignal
): Promise<Fingerprint> {
  const endsAt = clock.monotonicMs() + deadlineMs
  const limit = (): Deadline => ({ deadlineMs: Math.max(1, endsAt - clock.monotonicMs()), signal })
  /** Reads until it is there or the time is up; undefined if it cannot be read. */
  async function until<T>(read: () => Promise<T>, isThere: (value: T) => boolean): Promise<T | undefined> {
    const timing = { timeoutMs: endsAt - clock.monotonicMs(), pauseMs, clock, signal }
    const { done, answer } = await poll(read, isThere, timing).catch(() => ({ done: false, answer: undefined }))
    return done ? answer : undefined
  }
  /** Another attempt is cheaper than a run that cannot be compared. */
  const untilAnswered = <T>(read: () => Promise<T>) =>
    until<T | undefined>(
      () => read().catch(() => undefined),
      (answer) => answer !== undefined
    )

  const topics = topic === null ? [] : [topic]
  const [metadata, topicConfigs] = await Promise.all([
    until(
      () => reader.metadata({ topics, ...limit() }),
      ({ value }) => value.topics.length === topics.length
    ),
    topic === null
      ? undefined
      : until(
          () => reader.topicConfigs([topic], { names: [...wanted.topic], ...limit() }),
          ({ value }) => value.has(topic)
        )
  ])
  const ids = metadata?.value.brokers.map(({ id }) => id) ?? []
  const ofBrokers = await Promise.all(
    ids.map(async (id) => ({
      name: brokerName(id),
      versions: await untilAnswered(() => brokers.versions(id, limit()).then(versionText)),
      configs: await untilAnswered(() => brokers.configs(id, limit()))
    }))
  )
  const isKnown = ofBrokers.length > 0 && ofBrokers.every(({ configs }) => configs)
  const [found] = metadata?.value.topics ?? []
  const configs = topic === null ? undefined : topicConfigs?.value.get(topic)
  return fingerprintOf({
    ...own,
    brokers: ofBrokers.length > 0 ? ofBrokers.map(({ name }) => name).join(', ') : null,
    'broker.versions': ofBrokers.every(({ versions }) => versions !== undefined)
      ? (common(ofBrokers.map(({ name, versions }) => [name, versions])) ?? null)
      : null,
    ...settings('broker', wanted.broker, (name) =>
      isKnown ? common(ofBrokers.map((each) => [each.name, settingOf(each.configs, name)])) : null
    ),
    'topic.partitions': found ? String(found.partitions.length) : null,
    'topic.replicationFactor': found ? String(found.partitions[0]?.replicas.length ?? 0) : null,
    ...settings('topic', wanted.topic, (name) => (configs ? settingOf(configs, name) : null))
  })
}

/** Kafka does not report its release. Its features and the versions of its APIs change with each minor one. */
function versionText({ features, apis }: { features: Record<string, number>; apis: Record<string, unknown> }): string {
  const levels = Object.entries(features).map(([name, level]) => `${name}=${level}`)
  return [...levels.sort(), `APIs ${canonicalHash(apis).slice(0, 8)}`].join(', ')
}

function settingOf(entries: readonly Pick<ConfigEntry, 'name' | 'value'>[] = [], name: string): string | undefined {
  return entries.find((entry) => entry.name === name)?.value ?? undefined
}

/** The value that all brokers have, or that of each; undefined if none has any. */
function common(values: [broker: string, value: string | undefined][]): string | undefined {
  const [first] = values
  if (values.every(([, value]) => value === first?.[1])) return first?.[1]
  return values.map(([broker, value]) => `${broker}: ${value ?? 'none'}`).join(', ')
}

/** Settings by the names of their parts, without those that do not exist in this version. */
function settings(kind: string, names: readonly string[], read: (name: string) => string | null | undefined): Parts {
  const parts: Parts = {}
  for (const name of names) {
    const value = read(name)
    if (value !== undefined) parts[`${kind}.${name}`] = value
  }
  return parts
}
