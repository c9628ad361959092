import { readFile } from 'node:fs/promises'
import t from 'tap'
import {
  clusterWeights,
  type ScoreEvidence,
  scoreCluster,
  scoreTopic,
  topicWeights
} from '../../../../../services/health/domain/score.ts'
import type { BrokerHealth, PartitionCounts } from '../../../../../shared/contracts/health.ts'

const broker = (id: number, overrides: Partial<BrokerHealth> = {}): BrokerHealth => ({
  id,
  name: `kafka-${id}`,
  host: 'kafka',
  port: 9090 + id,
  rack: null,
  reachable: true,
  controller: id === 1,
  responseTimeMs: 1,
  startedAt: null,
  uptimeSeconds: null,
  leaders: 4,
  partitions: 12,
  requestQueueSize: 0,
  handlerIdleRatio: 0.99,
  logDirs: [{ dir: '/data', online: true, sizeBytes: 10, totalBytes: 100, usableBytes: 90 }],
  ...overrides
})
const brokers = (overrides: Partial<BrokerHealth> = {}) => [broker(1), broker(2), broker(3, overrides)]
const counts = (overrides: Partial<PartitionCounts> = {}): PartitionCounts => ({
  total: 100,
  underReplicated: 0,
  underMinIsr: 0,
  offline: 0,
  atMinIsr: 0,
  notPreferredLeader: 0,
  ...overrides
})
const dir = (overrides: object) => [
  { dir: '/data', online: true, sizeBytes: 10, totalBytes: 100, usableBytes: 90, ...overrides }
]
const voter = (lag: number | null) => ({ id: 1, name: 'kafka-1', leader: false, lag, caughtUpAt: null })

const well: ScoreEvidence = {
  brokers: brokers(),
  controllerKnown: true,
  controllers: 1,
  partitions: counts(),
  zookeepers: [{ mode: 'leader' }, { mode: 'follower' }, { mode: 'follower' }],
  quorum: null,
  viewsDisagree: false,
  leaderSkew: 1.1,
  partsUnread: []
}

/** The table: what is seen, the score, the reasons with their points. */
const clusters: [name: string, seen: Partial<ScoreEvidence>, score: number, reasons: Record<string, number>][] = [
  ['all is well', {}, 100, {}],
  [
    'nothing is known but that brokers answer',
    {
      partitions: null,
      controllers: null,
      leaderSkew: null,
      zookeepers: [],
      brokers: brokers({ logDirs: null, handlerIdleRatio: null, requestQueueSize: null })
    },
    100,
    {}
  ],
  [
    'no broker answers',
    { brokers: [1, 2, 3].map((id) => broker(id, { reachable: false })) },
    0,
    { no_broker_reachable: 100 }
  ],
  [
    'one broker of three is dead, nobody has noticed yet',
    { brokers: brokers({ reachable: false }) },
    80,
    { broker_unreachable: 20 }
  ],
  [
    'one broker of three is dead and every partition lacks it',
    { brokers: brokers({ reachable: false }), partitions: counts({ underReplicated: 100, atMinIsr: 100 }) },
    60,
    { broker_unreachable: 20, partitions_under_replicated: 20 }
  ],
  [
    'two of three are dead, all writes with acks=all are refused',
    {
      brokers: [broker(1), broker(2, { reachable: false }), broker(3, { reachable: false })],
      partitions: counts({ underReplicated: 100, underMinIsr: 100 })
    },
    10,
    { broker_unreachable: 30, partitions_under_min_isr: 60 }
  ],
  [
    'one partition of a hundred is offline',
    { partitions: counts({ offline: 1, underMinIsr: 1, underReplicated: 1 }) },
    59,
    { partitions_offline: 40.6 }
  ],
  [
    'all partitions are offline',
    { partitions: counts({ offline: 100, underMinIsr: 100, underReplicated: 100 }) },
    0,
    { partitions_offline: 100 }
  ],
  [
    'a partition counts for its worst trouble only',
    { partitions: counts({ offline: 10, underMinIsr: 30, underReplicated: 50 }) },
    18,
    { partitions_offline: 46, partitions_under_min_isr: 28, partitions_under_replicated: 8 }
  ],
  [
    'min.insync.replicas is not known',
    { partitions: counts({ underMinIsr: null, atMinIsr: null, underReplicated: 20 }) },
    92,
    { partitions_under_replicated: 8 }
  ],
  ['at min-ISR by design alone takes nothing off', { partitions: counts({ atMinIsr: 100 }) }, 100, {}],
  ['there are no partitions', { partitions: counts({ total: 0 }) }, 100, {}],
  ['no controller', { controllerKnown: false, controllers: 0 }, 75, { no_controller: 25 }],
  ['two controllers', { controllers: 2 }, 75, { several_controllers: 25 }],
  [
    'one ZooKeeper node of three is gone',
    { zookeepers: [{ mode: 'leader' }, { mode: 'follower' }, { mode: null }] },
    92,
    { ensemble_node_missing: 8.3 }
  ],
  ['ZooKeeper serves no quorum', { zookeepers: [{ mode: null }, { mode: null }] }, 70, { ensemble_without_quorum: 30 }],
  ['a cluster without ZooKeeper', { zookeepers: [], quorum: { voters: [voter(0), voter(3), voter(0)] } }, 100, {}],
  [
    'a voter was never heard of',
    { zookeepers: [], quorum: { voters: [voter(0), voter(null), voter(0)] } },
    92,
    { ensemble_node_missing: 8.3 }
  ],
  ['brokers disagree', { viewsDisagree: true }, 90, { broker_views_disagree: 10 }],
  [
    'a log directory is offline',
    { brokers: brokers({ logDirs: dir({ online: false }) }) },
    80,
    { log_dir_offline: 20 }
  ],
  [
    'a log directory is nearly full',
    { brokers: brokers({ logDirs: dir({ usableBytes: 9 }) }) },
    87,
    { log_dir_nearly_full: 13.3 }
  ],
  ['room of a log directory is not known', { brokers: brokers({ logDirs: dir({ totalBytes: null }) }) }, 100, {}],
  ['request handlers are busy', { brokers: brokers({ handlerIdleRatio: 0.1 }) }, 93, { request_handlers_busy: 6.7 }],
  [
    'a dead broker was busy',
    { brokers: brokers({ reachable: false, handlerIdleRatio: 0.1 }) },
    80,
    { broker_unreachable: 20 }
  ],
  ['requests wait in line', { brokers: brokers({ requestQueueSize: 101 }) }, 95, { request_queue_long: 5 }],
  ['a part could not be read', { partsUnread: ['groups'] }, 95, { reading_incomplete: 5 }],
  [
    'a fifth of the leaders is not preferred',
    { partitions: counts({ notPreferredLeader: 20 }) },
    99,
    { leaders_not_preferred: 1 }
  ],
  [
    'one leader of a hundred is not preferred: still not 100',
    { partitions: counts({ notPreferredLeader: 1 }) },
    99,
    { leaders_not_preferred: 0.1 }
  ],
  ['one broker leads all', { leaderSkew: 3 }, 97, { leaders_uneven: 3 }]
]

t.test("a cluster's score is 100 less the points of each reason", async (t) => {
  for (const [name, seen, score, reasons] of clusters) {
    const told = scoreCluster({ ...well, ...seen })
    t.equal(told.score, score, name)
    t.same(Object.fromEntries(told.reasons.map(({ code, weight }) => [code, weight])), reasons, name)
    t.same(
      told.reasons,
      told.reasons.toSorted((a, b) => b.weight - a.weight),
      'the heaviest reason comes first'
    )
    for (const { message } of told.reasons) t.notMatch(message, /NaN|undefined|null/)
  }
})

t.test('every reason of the table of weights is tested', async (t) => {
  const tested = new Set(clusters.flatMap(([, , , reasons]) => Object.keys(reasons)))
  t.same(
    Object.keys(clusterWeights).filter((code) => !tested.has(code)),
    []
  )
  t.same(Object.keys(topicWeights).sort(), [
    'leaders_not_preferred',
    'partitions_offline',
    'partitions_under_min_isr',
    'partitions_under_replicated',
    'single_replica'
  ])
})

t.test("a topic's score follows from its partitions", async (t) => {
  const cases: [string, Partial<Parameters<typeof scoreTopic>[0]>, number, Record<string, number>][] = [
    ['all is well', {}, 100, {}],
    ['all under-replicated', { underReplicated: 10 }, 70, { partitions_under_replicated: 30 }],
    ['one of ten refuses writes', { underReplicated: 1, underMinIsr: 1 }, 67, { partitions_under_min_isr: 33 }],
    ['one of ten is offline', { underReplicated: 1, underMinIsr: 1, offline: 1 }, 45, { partitions_offline: 55 }],
    ['all offline', { underReplicated: 10, underMinIsr: 10, offline: 10 }, 0, { partitions_offline: 100 }],
    ['one replica', { replicationFactor: 1, atMinIsr: 10 }, 90, { single_replica: 10 }],
    ['no leader is the preferred one', { notPreferredLeader: 10 }, 95, { leaders_not_preferred: 5 }]
  ]
  const whole = {
    partitions: 10,
    underReplicated: 0,
    underMinIsr: 0,
    offline: 0,
    atMinIsr: 0,
    notPreferredLeader: 0,
    replicationFactor: 3
  }
  for (const [name, seen, score, reasons] of cases) {
    const told = scoreTopic({ ...whole, ...seen })
    t.equal(told.score, score, name)
    t.same(Object.fromEntries(told.reasons.map(({ code, weight }) => [code, weight])), reasons, name)
  }
})

t.test('the page about health has the weights that count', async (t) => {
  const page = await readFile(new URL('../../../../../docs/health.md', import.meta.url), 'utf8')
  const [ofCluster = '', ofTopic = ''] = page.split('### Of the cluster')[1]?.split('### Of a topic') ?? []
  const weightsIn = (text: string) =>
    Object.fromEntries(
      Array.from(text.matchAll(/^\| `(\w+)` \| (\d+) \| (\d+) \|/gm), ([, code, base, share]) => [
        code,
        { base: Number(base), share: Number(share) }
      ])
    )
  t.same(weightsIn(ofCluster), clusterWeights)
  t.same(weightsIn(ofTopic), topicWeights)
})
