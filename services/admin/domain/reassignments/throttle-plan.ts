import { type Static, Type } from 'typebox'
import type { Move } from '#shared/contracts/reassignments.ts'
import type { ConfigChanges } from '#shared/kafka/model.ts'

const setting = Type.Union([Type.String(), Type.Null()])

/**
 * The settings of a throttle, and the values before it: enough to remove it again. Written to disk before anything is
 * set.
 */
export const ThrottleRecordSchema = Type.Object(
  {
    id: Type.Literal('throttle'),
    bytesPerSec: Type.Integer({ minimum: 1 }),
    /** Earlier rates: a broker that was down during the change still has one of them. */
    earlierRates: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }))),
    since: Type.String(),
    partitions: Type.Array(Type.Object({ topic: Type.String(), partition: Type.Integer() })),
    brokers: Type.Array(Type.Object({ id: Type.Integer(), leaderRate: setting, followerRate: setting })),
    topics: Type.Array(
      Type.Object({
        name: Type.String(),
        leaderReplicas: setting,
        followerReplicas: setting,
        throttled: Type.Object({ leaderReplicas: Type.String(), followerReplicas: Type.String() })
      })
    )
  },
  { additionalProperties: false }
)
export type ThrottleRecord = Static<typeof ThrottleRecordSchema>

export const rateSettings = {
  leaderRate: 'leader.replication.throttled.rate',
  followerRate: 'follower.replication.throttled.rate'
} as const
export const replicaSettings = {
  leaderReplicas: 'leader.replication.throttled.replicas',
  followerReplicas: 'follower.replication.throttled.replicas'
} as const

/** The current settings: of brokers by id, of topics by name. */
export interface CurrentSettings {
  brokers: ReadonlyMap<number, { leaderRate: string | null; followerRate: string | null }>
  topics: ReadonlyMap<string, { leaderReplicas: string | null; followerReplicas: string | null }>
}

/** Brokers and topics affected by a throttle for these moves. A change of order alone copies nothing. */
export function throttled(moves: readonly Move[]): { brokers: number[]; topics: string[] } {
  const copying = moves.filter(({ adding }) => adding.length > 0)
  return {
    brokers: [...new Set(copying.flatMap(({ from, adding }) => [...from, ...adding]))].sort((a, b) => a - b),
    topics: [...new Set(copying.map(({ topic }) => topic))].sort()
  }
}

/**
 * The throttle of these moves, as Kafka's own tool sets it (KIP-73): a rate on each broker that sends or receives, and
 * the replicas that it applies to: current ones as senders, new ones as receivers, so that ordinary replication is not
 * slowed down. Extends an existing throttle, keeping the values before it. Pure.
 */
export function planThrottle(
  moves: readonly Move[],
  { bytesPerSec, since, current }: { bytesPerSec: number; since: string; current: CurrentSettings },
  active?: ThrottleRecord
): ThrottleRecord {
  const wanted = throttled(moves)
  const copying = moves.filter(({ adding }) => adding.length > 0)
  const known = new Map(active?.brokers.map((broker) => [broker.id, broker]))
  const topics = new Map(active?.topics.map((topic) => [topic.name, topic]))
  for (const id of wanted.brokers) {
    if (!known.has(id)) known.set(id, { id, ...(current.brokers.get(id) ?? { leaderRate: null, followerRate: null }) })
  }
  for (const name of wanted.topics) {
    const before = topics.get(name) ?? {
      name,
      ...(current.topics.get(name) ?? { leaderReplicas: null, followerReplicas: null })
    }
    const ofTopic = copying.filter(({ topic }) => topic === name)
    const already = 'throttled' in before ? before.throttled : before
    topics.set(name, {
      ...before,
      throttled: {
        leaderReplicas: union(
          already.leaderReplicas,
          pairs(ofTopic, ({ from }) => from)
        ),
        followerReplicas: union(
          already.followerReplicas,
          pairs(ofTopic, ({ adding }) => adding)
        )
      }
    })
  }
  const partitions = new Map(
    [...(active?.partitions ?? []), ...copying].map(({ topic, partition }) => [
      `${topic}-${partition}`,
      { topic, partition }
    ])
  )
  return {
    id: 'throttle',
    bytesPerSec,
    ...earlierRates(bytesPerSec, active),
    since: active?.since ?? since,
    partitions: [...partitions.values()],
    brokers: [...known.values()].sort((a, b) => a.id - b.id),
    topics: [...topics.values()]
  }
}

function earlierRates(bytesPerSec: number, active: ThrottleRecord | undefined): Pick<ThrottleRecord, 'earlierRates'> {
  if (active === undefined) return {}
  const rates = new Set([...(active.earlierRates ?? []), active.bytesPerSec])
  rates.delete(bytesPerSec)
  return rates.size === 0 ? {} : { earlierRates: [...rates] }
}

/** The settings to make. */
export function placing({ bytesPerSec, brokers, topics }: ThrottleRecord) {
  const rate = String(bytesPerSec)
  return {
    brokers: new Map(
      brokers.map(({ id }): [number, ConfigChanges] => [
        id,
        { [rateSettings.leaderRate]: rate, [rateSettings.followerRate]: rate }
      ])
    ),
    topics: new Map(
      topics.map(({ name, throttled }): [string, ConfigChanges] => [
        name,
        {
          [replicaSettings.leaderReplicas]: throttled.leaderReplicas,
          [replicaSettings.followerReplicas]: throttled.followerReplicas
        }
      ])
    )
  }
}

/** The settings that restore the earlier values. */
export function lifting({ brokers, topics }: ThrottleRecord) {
  return {
    brokers: new Map(
      brokers.map(({ id, leaderRate, followerRate }): [number, ConfigChanges] => [
        id,
        { [rateSettings.leaderRate]: leaderRate, [rateSettings.followerRate]: followerRate }
      ])
    ),
    topics: new Map(
      topics.map(({ name, leaderReplicas, followerReplicas }): [string, ConfigChanges] => [
        name,
        { [replicaSettings.leaderReplicas]: leaderReplicas, [replicaSettings.followerReplicas]: followerReplicas }
      ])
    )
  }
}

function pairs(moves: readonly Move[], brokersOf: (move: Move) => number[]): string[] {
  return moves.flatMap((move) => brokersOf(move).map((broker) => `${move.partition}:${broker}`))
}

/** `*` stands for all replicas of the topic. */
function union(before: string | null, added: readonly string[]): string {
  if (before === '*') return before
  return [...new Set([...(before ?? '').split(',').filter((pair) => pair !== ''), ...added])].join(',')
}
