import t from 'tap'
import { defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import {
  type FoundTable,
  faultTable,
  faultTableText,
  findTables,
  judgeTable,
  queueOf
} from '#shared/cluster/local/impairment-plan.ts'
import { planNodes } from '#shared/cluster/local/node-plan.ts'
import type { Cut, Slow } from '#shared/contracts/cluster.ts'

const id = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'
const prefix = '10.213.7'
const network = { mode: 'network-namespace' as const, prefix }
const common = { id: 'abc123', name: 'test', runtime: 'local' as const, ports: defaultPorts, heap: defaultHeap }
const nodes = {
  zookeeper: planNodes(common, network),
  kraft: planNodes({ ...common, mode: 'kraft', ports: { ...defaultPorts, zookeeper: [] } }, network)
}

/** The rules of a fault's table. */
function rulesOf(mode: keyof typeof nodes, name: string, fault: { cut: Cut } | { slow: Slow }): string[] {
  const node = nodes[mode].find((one) => one.name === name)
  if (!node) throw new Error(`no ${name}`)
  const whole = 'cut' in fault ? { id, kind: 'cut' as const, ...fault } : { id, kind: 'slow' as const, ...fault }
  return faultTableText(node, nodes[mode], prefix, whole)
    .split('\n')
    .filter((line) => line.includes('comment'))
    .map((line) => line.trim())
}

t.test('a table is named for its fault, its kind and its node, within the length that nftables allows', async (t) => {
  const name = faultTable('zookeeper-123', { kind: 'slow', id })
  t.equal(name, 'kops_fault_slow_zookeeper_123_1b4e28ba_2fa1_41d2_883f_0016d3cca427')
  t.ok(name.length < 256)
})

const peers = '{ 10.213.7.12, 10.213.7.13 }'
const zooKeepers = '{ 10.213.7.21, 10.213.7.22, 10.213.7.23 }'
const cuts: { name: string; mode: keyof typeof nodes; node: string; cut: Cut; rules: string[] }[] = [
  {
    name: 'a broker from the other brokers: the listener for each other, at either end',
    ...{ mode: 'zookeeper', node: 'kafka-1', cut: { from: ['brokers'], direction: 'both' } },
    rules: [
      `oifname "kafka-1" ip saddr ${peers} tcp dport 9092 counter drop comment "1 of 4"`,
      `oifname "kafka-1" ip saddr ${peers} tcp sport 9092 counter drop comment "2 of 4"`,
      `iifname "kafka-1" ip daddr ${peers} tcp dport 9092 counter drop comment "3 of 4"`,
      `iifname "kafka-1" ip daddr ${peers} tcp sport 9092 counter drop comment "4 of 4"`
    ]
  },
  {
    name: 'a broker from ZooKeeper, as far as it receives',
    ...{ mode: 'zookeeper', node: 'kafka-1', cut: { from: ['metadata'], direction: 'incoming' } },
    rules: [`oifname "kafka-1" ip saddr ${zooKeepers} counter drop comment "1 of 1"`]
  },
  {
    name: 'a broker of KRaft from the controllers: their listeners, not the others of the same nodes',
    ...{ mode: 'kraft', node: 'kafka-1', cut: { from: ['metadata'], direction: 'outgoing' } },
    rules: [
      `iifname "kafka-1" ip daddr ${peers} tcp dport 9093 counter drop comment "1 of 2"`,
      `iifname "kafka-1" ip daddr ${peers} tcp sport 9093 counter drop comment "2 of 2"`
    ]
  },
  {
    name: 'a broker from this machine',
    ...{ mode: 'kraft', node: 'kafka-2', cut: { from: ['clients'], direction: 'outgoing' } },
    rules: ['iifname "kafka-2" ip daddr { 10.213.7.1 } counter drop comment "1 of 1"']
  },
  {
    name: 'a ZooKeeper from the others of the ensemble and from the brokers',
    ...{ mode: 'zookeeper', node: 'zookeeper-2', cut: { from: ['metadata', 'brokers'], direction: 'incoming' } },
    rules: [
      'oifname "zookeeper-2" ip saddr { 10.213.7.21, 10.213.7.23 } counter drop comment "1 of 2"',
      'oifname "zookeeper-2" ip saddr { 10.213.7.11, 10.213.7.12, 10.213.7.13 } counter drop comment "2 of 2"'
    ]
  }
]
for (const { name, mode, node, cut, rules } of cuts) {
  t.test(`cuts ${name}`, async (t) => t.same(rulesOf(mode, node, { cut }), rules))
}

t.test('a broker that has no others cannot be cut from them', async (t) => {
  const alone = { ...common, ports: { ...defaultPorts, kafka: [9092], jmx: [7071] } }
  const [node, ...others] = planNodes(alone, network).toReversed()
  if (!node) throw new Error('no broker')
  const cut: Cut = { from: ['brokers'], direction: 'both' }
  t.throws(() => faultTableText(node, [node, ...others], prefix, { id, kind: 'cut', cut }), {
    code: 'fault_unavailable'
  })
})

t.test('a slow network counts both ways, and loses what it has to', async (t) => {
  t.same(rulesOf('zookeeper', 'kafka-1', { slow: { lossPercent: 2.5 } }), [
    'oifname "kafka-1" counter comment "1 of 4"',
    'oifname "kafka-1" numgen random mod 1000 < 25 counter drop comment "2 of 4"',
    'iifname "kafka-1" counter comment "3 of 4"',
    'iifname "kafka-1" numgen random mod 1000 < 25 counter drop comment "4 of 4"'
  ])
  t.same(rulesOf('zookeeper', 'kafka-1', { slow: { bytesPerSecond: 1000 } }), [
    'oifname "kafka-1" counter comment "1 of 2 and queues"',
    'iifname "kafka-1" counter comment "2 of 2 and queues"'
  ])
})

t.test('the queue: a token bucket for a rate, netem where there is a delay, none for loss', async (t) => {
  const cases: { slow: Slow; queue: string | undefined }[] = [
    { slow: { lossPercent: 5 }, queue: undefined },
    { slow: { bytesPerSecond: 100_000 }, queue: 'tbf rate 800000bit burst 16384 latency 400ms' },
    { slow: { bytesPerSecond: 50_000_000 }, queue: 'tbf rate 400000000bit burst 500000 latency 400ms' },
    { slow: { delayMs: 50 }, queue: 'netem delay 50ms limit 100000' },
    { slow: { delayMs: 50, bytesPerSecond: 1000 }, queue: 'netem delay 50ms rate 8000bit limit 100000' }
  ]
  for (const { slow, queue } of cases) t.equal(queueOf(slow)?.join(' '), queue, JSON.stringify(slow))
})

/** A rule as `nft -j list ruleset` has it. */
const listed = (table: string, comment: string, packets: number, drops: boolean) => ({
  rule: {
    ...{ family: 'bridge', table, chain: 'forward', handle: 3, comment },
    expr: [
      { match: { op: '==', left: { meta: { key: 'oifname' } }, right: 'kafka-1' } },
      { counter: { packets, bytes: packets * 100 } },
      ...(drops ? [{ drop: null }] : [])
    ]
  }
})

t.test('a listing has the tables of faults, with how many of their rules there are', async (t) => {
  const cut = faultTable('kafka-1', { kind: 'cut', id })
  const slow = faultTable('zookeeper-2', { kind: 'slow', id })
  const empty = faultTable('kafka-3', { kind: 'cut', id })
  const listing = {
    nftables: [
      { metainfo: { version: '1.0.6' } },
      ...[cut, slow, empty].map((name) => ({ table: { family: 'bridge', name, handle: 1 } })),
      { table: { family: 'bridge', name: 'others', handle: 9 } },
      { table: { family: 'ip', name: cut, handle: 9 } },
      { chain: { family: 'bridge', table: cut, name: 'forward' } },
      listed(cut, '1 of 4', 3, true),
      listed(cut, '2 of 4', 4, true),
      listed(cut, '4 of 4', 0, true),
      listed(slow, '1 of 2 and queues', 5, false),
      listed(slow, '2 of 2 and queues', 6, false)
    ]
  }
  const none = { dropped: 0, passedBytes: 0 }
  t.same(findTables(JSON.stringify(listing)), [
    {
      ...{ node: 'kafka-1', kind: 'cut', table: cut, rules: 3, expectedRules: 4, expectsQueues: false },
      ...{ dropped: 7, passedBytes: 0 }
    },
    {
      ...{ node: 'zookeeper-2', kind: 'slow', table: slow, rules: 2, expectedRules: 2, expectsQueues: true },
      ...{ dropped: 0, passedBytes: 1100 }
    },
    { node: 'kafka-3', kind: 'cut', table: empty, rules: 0, expectedRules: 0, expectsQueues: false, ...none }
  ])
})

t.test('a fault is whole with all its rules, and both queues where it has them', async (t) => {
  const found = (change: Partial<FoundTable>): FoundTable => ({
    ...{ node: 'kafka-1', kind: 'cut', table: 't', rules: 4, expectedRules: 4, expectsQueues: false },
    ...{ dropped: 7, passedBytes: 0, ...change }
  })
  const cases: { name: string; table: FoundTable; queues: (string | undefined)[]; whole: boolean }[] = [
    { name: 'all rules', table: found({}), queues: [undefined, undefined], whole: true },
    { name: 'a rule is missing', table: found({ rules: 3 }), queues: [undefined, undefined], whole: false },
    { name: 'no rule is left', table: found({ rules: 0, expectedRules: 0 }), queues: [], whole: false },
    { name: 'both queues', table: found({ kind: 'slow', expectsQueues: true }), queues: ['tbf', 'tbf'], whole: true },
    {
      name: 'a queue is missing',
      ...{ table: found({ kind: 'slow', expectsQueues: true }), queues: ['tbf', undefined], whole: false }
    }
  ]
  for (const { name, table, queues, whole } of cases) t.equal(judgeTable(table, queues).whole, whole, name)
  t.equal(
    judgeTable(found({ kind: 'slow', expectsQueues: true, passedBytes: 900 }), ['tbf', 'tbf']).detail,
    '4 of 4 rules are in place and have dropped 7 packets; 2 of 2 queues (tbf, tbf); 900 bytes arrived'
  )
})
