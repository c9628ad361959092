import { evaluate } from '#services/health/domain/evaluate.ts'
import type { JudgedGroup } from '#services/health/domain/groups/index.ts'
import type { ClusterReadings } from '#services/health/domain/readings.ts'
import type { GroupPartitionHealth } from '#shared/contracts/group-health.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { KraftQuorum, QuorumReplica } from '#shared/kafka/cluster/port.ts'
import { answering, metadata, partition, readings, silent, topic, zookeeper } from '../plain-cluster.ts'

const gone = new KopsError('broker_unreachable', 'kafka:9093: connect ECONNREFUSED')
const told = metadata([
  topic('b', partition({ partition: 1, leader: null, isr: [] }), partition()),
  topic('a', partition({ leader: 2, isr: [1, 2] }))
])
const startTime = new Date('2026-01-31T11:00:00Z')

/** A cluster of two live brokers and a dead one, two topics and three groups. */
export const smallReadings: ClusterReadings = readings({
  views: [answering(1, told), answering(2, told), silent(3, gone)],
  metadata: told,
  zookeepers: [zookeeper(1, 'leader'), zookeeper(2, null)],
  offsets: [
    { topic: 'a', partition: 0, logStartOffset: 10, logEndOffset: 100 },
    { topic: 'b', partition: 0, logStartOffset: 0, logEndOffset: 5 },
    { topic: 'b', partition: 1, logStartOffset: null, logEndOffset: null, reason: 'partition_unavailable' }
  ],
  jmx: new Map([
    [1, { requestQueueSize: 0, handlerIdleRatio: 0.98, activeController: 0, startTime, counts: new Map() }],
    [2, { requestQueueSize: 4, handlerIdleRatio: null, activeController: 1, startTime: null, counts: new Map() }]
  ]),
  logDirs: [
    { broker: 1, dir: '/data', sizeBytes: 1000, totalBytes: 50_000, usableBytes: 20_000, online: true },
    { broker: 2, dir: '/data', sizeBytes: 0, totalBytes: null, usableBytes: null, online: false },
    // A broker's data from before its death.
    { broker: 3, dir: '/data', sizeBytes: 1000, totalBytes: 50_000, usableBytes: 20_000, online: true }
  ],
  replicaSizes: [
    { broker: 1, topic: 'a', partition: 0, sizeBytes: 600 },
    { broker: 1, topic: 'b', partition: 0, sizeBytes: 400 }
  ],
  parts: new Map([['logDirs', { asOf: startTime, durationMs: 5, ok: true }]])
})

export function judgedPartition(overrides: Partial<GroupPartitionHealth>): GroupPartitionHealth {
  return {
    topic: 'a',
    partition: 0,
    committedOffset: 93,
    logStartOffset: 10,
    logEndOffset: 100,
    lag: 7,
    lagSeconds: 1.5,
    lagSecondsMethod: 'interpolated',
    verdict: 'OK',
    verdictRule: 12,
    memberId: null,
    clientId: null,
    host: null,
    retentionMarginRecords: 83,
    retentionLossSeconds: 3600,
    ...overrides
  }
}

export const smallGroups: JudgedGroup[] = [
  {
    group: 'reader',
    state: 'Stable',
    members: 2,
    lag: 12,
    lagSeconds: 30,
    verdict: 'WARN',
    retentionMarginRecords: 0,
    retentionLossSeconds: 3600,
    partitions: [
      judgedPartition({
        topic: 'b',
        committedOffset: 0,
        lag: 5,
        lagSeconds: 30,
        lagSecondsMethod: 'record_timestamp',
        retentionMarginRecords: 0,
        retentionLossSeconds: null
      }),
      judgedPartition({})
    ]
  },
  {
    group: 'partly',
    state: 'Empty',
    members: 0,
    lag: 7,
    lagReason: 'partition_unavailable',
    lagSeconds: null,
    lagSecondsReason: 'partition_unavailable',
    verdict: null,
    verdictReason: 'partition_unavailable',
    retentionMarginRecords: null,
    retentionLossSeconds: null,
    partitions: [
      unknownPartition({ topic: 'b', partition: 1, committedOffset: 3, lagReason: 'partition_unavailable' }),
      unknownPartition({ topic: 'b', partition: 0, committedOffset: null, lagReason: 'no_commit' })
    ]
  },
  {
    group: 'silent',
    state: 'Unknown',
    members: null,
    lag: null,
    lagReason: 'broker_unreachable',
    lagSeconds: null,
    verdict: null,
    retentionMarginRecords: null,
    retentionLossSeconds: null,
    partitions: []
  }
]

function unknownPartition(overrides: Partial<GroupPartitionHealth>): GroupPartitionHealth {
  return judgedPartition({
    lag: null,
    lagSeconds: null,
    lagSecondsMethod: null,
    retentionMarginRecords: null,
    retentionLossSeconds: null,
    ...overrides
  })
}

export function snapshotOf(of: ClusterReadings = smallReadings, groups: readonly JudgedGroup[] = smallGroups) {
  return { health: evaluate(of, groups), readings: of, groups, watched: new Set<string>() }
}

const replica = (id: number, lag: number | null): QuorumReplica => ({
  id,
  directoryId: null,
  logEndOffset: lag === null ? null : 500 - lag,
  lag,
  lastFetchTimestamp: null,
  lastCaughtUpTimestamp: null
})

const quorum: KraftQuorum = {
  kind: 'kraft',
  leaderId: 1,
  leaderEpoch: 7,
  highWatermark: 498,
  voters: [replica(1, 0), replica(2, 2), replica(3, null)],
  observers: [replica(4, 1)]
}

/** The same cluster without ZooKeeper. */
export const kraftReadings: ClusterReadings = {
  ...smallReadings,
  zookeepers: [],
  quorum,
  parts: new Map([...smallReadings.parts, ['quorum', { asOf: startTime, durationMs: 3, ok: true }]])
}

/** Series by name and labels, from the text. @throws Error for a duplicate */
export function seriesOf(text: string): Map<string, number> {
  const series = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const at = line.lastIndexOf(' ')
    const key = line.slice(0, at)
    if (series.has(key)) throw new Error(`twice: ${key}`)
    series.set(key, Number(line.slice(at + 1)))
  }
  return series
}
