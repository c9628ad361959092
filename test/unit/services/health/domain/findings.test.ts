import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { findInCluster } from '#services/health/domain/cluster-findings.ts'
import type { Evidence } from '#services/health/domain/evidence.ts'
import { clusterRules, reasonsOf, scoreOf, topicWeights } from '#services/health/domain/findings.ts'
import { evaluateTopic } from '#services/health/domain/partitions.ts'
import type { BrokerHealth } from '#shared/contracts/broker-health.ts'
import type { HealthReason } from '#shared/contracts/health-status.ts'
import { answering, metadata, partition, topic } from '../plain-cluster.ts'

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
/** Out of a hundred partitions; offline ones are also under min-ISR, and those under-replicated. */
const counts = (
  overrides: Partial<NonNullable<Evidence['partitions']>> = {}
): Pick<Evidence, 'partitions' | 'worst'> => {
  const none = { underReplicated: 0, underMinIsr: 0, offline: 0, unconfirmed: 0, atMinIsr: 0, notPreferredLeader: 0 }
  const partitions = { total: 100, ...none, ...overrides }
  const { offline, underMinIsr, underReplicated, unconfirmed } = partitions
  const refusing = Math.max(offline, underMinIsr ?? 0)
  const worst = {
    offline,
    under_min_isr: refusing - offline,
    under_replicated: Math.max(0, underReplicated - refusing),
    unconfirmed
  }
  return { partitions, worst }
}
const dir = (overrides: object) => [
  { dir: '/data', online: true, sizeBytes: 10, totalBytes: 100, usableBytes: 90, ...overrides }
]
const voter = (lag: number | null) => ({ id: 1, name: 'kafka-1', leader: false, lag, caughtUpAt: null })
const nodes = (...modes: ('leader' | 'follower' | null)[]) =>
  modes.map((mode, index) => ({ name: `zookeeper-${index + 1}`, mode }))
const stopped = (group: string, lag = 49_000) => ({ group, verdict: 'STOP' as const, lag, lagSeconds: 180 })

const whole = metadata([])
const well: Evidence = {
  brokers: brokers(),
  controllers: 1,
  ...counts(),
  metadata: whole,
  views: [1, 2, 3].map((id) => answering(id, whole)),
  disputed: 0,
  zookeepers: nodes('leader', 'follower', 'follower'),
  quorum: null,
  leaderSkew: 1.1,
  groups: [],
  mayStop: (group) => group.startsWith('console-consumer-'),
  errors: new Map()
}

/** The table: the evidence, the score, the reasons with their points. */
const clusters: [name: string, seen: Partial<Evidence>, score: number, reasons: Record<string, number>][] = [
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
    { brokers: [1, 2, 3].map((id) => broker(id, { reachable: false })), metadata: null, partitions: null },
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
    { brokers: brokers({ reachable: false }), ...counts({ underReplicated: 100, atMinIsr: 100 }) },
    60,
    { broker_unreachable: 20, partitions_under_replicated: 20 }
  ],
  [
    'one broker of three is dead and the controller has not noticed',
    { brokers: brokers({ reachable: false }), ...counts({ unconfirmed: 100 }) },
    60,
    { broker_unreachable: 20, partitions_unconfirmed: 20 }
  ],
  [
    'two of three are dead, all writes with acks=all are refused',
    {
      brokers: [broker(1), broker(2, { reachable: false }), broker(3, { reachable: false })],
      ...counts({ underReplicated: 100, underMinIsr: 100 })
    },
    10,
    { broker_unreachable: 30, partitions_under_min_isr: 60 }
  ],
  [
    'one partition of a hundred is offline',
    { ...counts({ offline: 1, underMinIsr: 1, underReplicated: 1 }) },
    59,
    { partitions_offline: 40.6 }
  ],
  [
    'all partitions are offline',
    { ...counts({ offline: 100, underMinIsr: 100, underReplicated: 100 }) },
    0,
    { partitions_offline: 100 }
  ],
  [
    'a partition counts for its worst trouble only',
    { ...counts({ offline: 10, underMinIsr: 30, underReplicated: 50 }) },
    18,
    { partitions_offline: 46, partitions_under_min_isr: 28, partitions_under_replicated: 8 }
  ],
  [
    'min.insync.replicas is not known',
    { ...counts({ underMinIsr: null, atMinIsr: null, underReplicated: 20 }) },
    92,
    { partitions_under_replicated: 8 }
  ],
  ['at min-ISR by design alone takes nothing off', { ...counts({ atMinIsr: 100 }) }, 100, {}],
  ['there are no partitions', { ...counts({ total: 0 }) }, 100, {}],
  ['no controller', { metadata: { ...whole, controllerId: null }, controllers: 0 }, 75, { no_controller: 25 }],
  ['two controllers', { controllers: 2 }, 75, { several_controllers: 25 }],
  [
    'one ZooKeeper node of three is gone',
    { zookeepers: nodes('leader', 'follower', null) },
    92,
    { zookeeper_unreachable: 8.3 }
  ],
  ['ZooKeeper serves no quorum', { zookeepers: nodes(null, null) }, 70, { zookeeper_no_quorum: 30 }],
  ['the metadata quorum has no leader', { errors: new Map([['quorum', 1]]) }, 70, { quorum_unavailable: 30 }],
  ['a cluster without ZooKeeper', { zookeepers: [], quorum: { voters: [voter(0), voter(3), voter(0)] } }, 100, {}],
  [
    'a voter was never heard of',
    { zookeepers: [], quorum: { voters: [voter(0), voter(null), voter(0)] } },
    92,
    { quorum_voter_missing: 8.3 }
  ],
  [
    'brokers disagree',
    { metadata: { ...whole, brokers: whole.brokers.slice(0, 2) } },
    90,
    { broker_views_disagree: 10 }
  ],
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
  ['a part could not be read', { errors: new Map([['groups', 1]]) }, 95, { reading_incomplete: 5 }],
  [
    'a fifth of the leaders is not preferred',
    { ...counts({ notPreferredLeader: 20 }) },
    99,
    { leaders_not_preferred: 1 }
  ],
  [
    'one leader of a hundred is not preferred: still not 100',
    { ...counts({ notPreferredLeader: 1 }) },
    99,
    { leaders_not_preferred: 0.1 }
  ],
  ['one broker leads all', { leaderSkew: 3 }, 97, { leaders_uneven: 3 }],
  [
    'one group of two stopped',
    { groups: [stopped('a'), { ...stopped('b'), verdict: 'OK' }] },
    85,
    { groups_stopped: 15 }
  ],
  ['a group stopped a few records before the end', { groups: [stopped('a', 100)] }, 100, {}],
  ['a group stopped that may', { groups: [stopped('console-consumer-1')] }, 100, {}],
  ['a group stalls: its members are there', { groups: [{ ...stopped('a'), verdict: 'STALL' }] }, 100, {}]
]

t.test("a cluster's score is 100 less the points of each reason", async (t) => {
  for (const [name, seen, score, reasons] of clusters) {
    const told = scoreOf(findInCluster({ ...well, ...seen }), clusterRules)
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
    Object.keys(clusterRules).filter((code) => !tested.has(code)),
    ['reading_stale'],
    'which the monitor adds'
  )
  t.same(Object.keys(topicWeights).sort(), [
    'leaders_not_preferred',
    'partitions_offline',
    'partitions_unconfirmed',
    'partitions_under_min_isr',
    'partitions_under_replicated',
    'single_replica'
  ])
})

t.test("a topic's score follows from its partitions", async (t) => {
  const ten = (...first: ReturnType<typeof partition>[]) => [...first, ...Array(10 - first.length).fill(partition())]
  const single = partition({ replicas: [1], isr: [1] })
  const cases: [string, ReturnType<typeof partition>[], number, Record<string, number>][] = [
    ['all is well', ten(), 100, {}],
    ['all under-replicated', Array(10).fill(partition({ isr: [1, 2] })), 70, { partitions_under_replicated: 30 }],
    ['one of ten refuses writes', ten(partition({ isr: [1] })), 67, { partitions_under_min_isr: 33 }],
    ['one of ten is offline', ten(partition({ leader: null, isr: [1] })), 45, { partitions_offline: 55 }],
    ['all offline', Array(10).fill(partition({ leader: null, isr: [1] })), 0, { partitions_offline: 100 }],
    ['one replica', Array(10).fill(single), 90, { single_replica: 10 }],
    [
      'one replica, one of ten offline: it is in sync with itself',
      [partition({ ...single, leader: null }), ...Array(9).fill(single)],
      35,
      { partitions_offline: 55, single_replica: 10 }
    ],
    ['no leader is the preferred one', Array(10).fill(partition({ leader: 2 })), 95, { leaders_not_preferred: 5 }]
  ]
  for (const [name, partitions, score, reasons] of cases) {
    const told = evaluateTopic(topic('a', ...partitions), 2).score
    t.equal(told.score, score, name)
    t.same(Object.fromEntries(told.reasons.map(({ code, weight }) => [code, weight])), reasons, name)
  }
})

t.test(
  'a reason names its runbook, which exists, and the command for the node or group that it is about',
  async (t) => {
    const reasonOf = (seen: Partial<Evidence>) =>
      reasonsOf(findInCluster({ ...well, ...seen }), '2026-01-31T12:00:00Z')[0]
    for (const [seen, command] of [
      [{ brokers: brokers({ reachable: false }) }, 'kops cluster logs kafka-3'],
      [{ zookeepers: nodes('leader', null, 'follower') }, 'kops cluster logs zookeeper-2'],
      [{ groups: [stopped('log-indexer'), stopped('b')] }, 'kops groups describe log-indexer'],
      [{ groups: [stopped("it's mine; rm")] }, `kops groups describe 'it'\\''s mine; rm'`],
      [counts({ offline: 1 }), 'kops topics list --offline'],
      [{ brokers: brokers({ logDirs: dir({ online: false }) }) }, 'kops brokers describe kafka-3']
    ] satisfies [Partial<Evidence>, string][]) {
      t.equal(reasonOf(seen)?.command, command)
    }
    const pages = new Set(await readdir(new URL('../../../../../docs/runbooks/', import.meta.url)))
    for (const rule of Object.values(clusterRules))
      if ('runbook' in rule) t.ok(pages.has(`${rule.runbook}.md`), rule.runbook)
  }
)

t.test('a reason that lasts keeps its begin', async (t) => {
  const at = (time: string, seen: Partial<Evidence>, before?: HealthReason[]) =>
    reasonsOf(findInCluster({ ...well, ...seen }), time, before)
  const gone = { brokers: brokers({ reachable: false }) }
  const first = at('12:00', gone)
  const second = at('12:01', { ...gone, ...counts({ underReplicated: 5 }) }, first)
  t.same(
    second.map(({ code, since }) => [code, since]),
    [
      ['broker_unreachable', '12:00'],
      ['partitions_under_replicated', '12:01']
    ]
  )
  t.equal(at('12:03', gone, at('12:02', {}, second))[0]?.since, '12:03', 'it begins again after a break')
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
  const adviceIn = Array.from(
    ofCluster.matchAll(/^\| `(\w+)` \|.*\| (down|degraded) \| \[.*\]\(runbooks\/(.*)\.md\) \| `(.*)` \|$/gm),
    ([, code, severity, runbook, command]) => ({ code, severity, runbook, command })
  )
  const rules = Object.entries(clusterRules)
  t.same(weightsIn(ofCluster), Object.fromEntries(rules.map(([code, { base, share }]) => [code, { base, share }])))
  t.same(
    adviceIn,
    rules.flatMap(([code, rule]) => {
      if (!('severity' in rule)) return []
      const { severity, runbook, command } = rule
      return { code, severity, runbook, command: command.replace('{}', '…') }
    })
  )
  t.same(weightsIn(ofTopic), topicWeights)
})
