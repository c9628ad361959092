import t from 'tap'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { sectionsFor } from '../../../../web/pages/drill-fields.ts'
import {
  askedDrill,
  lossOf,
  readyLoad,
  repeats,
  type TypedDrill,
  typedDrill
} from '../../../../web/pages/drill-form.ts'

type Info = Parameters<typeof askedDrill>[1]

const stop: Info = { kind: 'broker-stop', requires: ['node'], takes: [], nodes: ['kafka-1', 'kafka-2'] }
const partial: Info = { ...stop, kind: 'partial-partition', takes: ['from', 'direction'] }
const slow: Info = { ...stop, kind: 'slow-network', requires: ['node', 'slow'] }
const leader: Info = { kind: 'leader-kill', requires: ['partition'], takes: [], nodes: [] }
const hanging: Info = { kind: 'hanging-transaction', requires: [], takes: ['transaction'], nodes: [] }

const cases: [what: string, typed: TypedDrill, info: Info, body: Omit<StartDrill, 'dryRun'>][] = [
  ['a node', { node: 'kafka-2' }, stop, { kind: 'broker-stop', node: 'kafka-2' }],
  [
    'seconds',
    { node: 'kafka-2', faultDurationMs: '7.5' },
    stop,
    {
      ...{ kind: 'broker-stop', node: 'kafka-2', faultDurationMs: 7500 }
    }
  ],
  [
    'whom it is cut off from',
    { node: 'kafka-1', from: 'brokers,clients', direction: 'incoming' },
    partial,
    {
      ...{ kind: 'partial-partition', node: 'kafka-1', from: ['brokers', 'clients'], direction: 'incoming' }
    }
  ],
  [
    'how slow',
    { node: 'kafka-1', 'slow.lossPercent': '2.5' },
    slow,
    {
      ...{ kind: 'slow-network', node: 'kafka-1', slow: { lossPercent: 2.5 } }
    }
  ],
  [
    'a partition',
    { 'partition.topic': 'orders', 'partition.partition': '0' },
    leader,
    {
      ...{ kind: 'leader-kill', partition: { topic: 'orders', partition: 0 } }
    }
  ],
  [
    'a transaction',
    { 'transaction.end': 'abort', 'transaction.timeoutMs': '5' },
    hanging,
    {
      ...{ kind: 'hanging-transaction', transaction: { end: 'abort', timeoutMs: 5000 } }
    }
  ],
  [
    'writers, consumers, ends and guards',
    {
      node: 'kafka-1',
      'producers.acks': 'leader',
      'producers.idempotence': 'no',
      'producers.recordsPerSecond': '50',
      topic: 'orders',
      confirmTopic: 'orders',
      consumers: 'yes',
      'consumers.members': '2',
      'abortWhen.failedShare': '12.3',
      'abortWhen.health': 'DOWN',
      queueMs: '10',
      clusterId: 'abc',
      'force.reason': 'agreed'
    },
    stop,
    {
      kind: 'broker-stop',
      node: 'kafka-1',
      producers: { acks: 'leader', idempotence: false, recordsPerSecond: 50 },
      topic: 'orders',
      confirmTopic: 'orders',
      consumers: { members: 2 },
      abortWhen: { failedShare: 0.123, health: 'DOWN' },
      queueMs: 600_000,
      clusterId: 'abc',
      force: { reason: 'agreed' }
    }
  ]
]

for (const [what, typed, info, body] of cases) {
  t.test(`${what}: a form becomes a request, and a request the form`, async (t) => {
    t.same(askedDrill(typed, info), { body })
    const again = askedDrill(typedDrill(body, info), info)
    t.same(again, { body })
  })
}

t.test('what another kind takes, and what is empty, is left out', async (t) => {
  const typed = { node: 'kafka-1', from: 'clients', 'slow.delayMs': '5', topic: ' ', consumers: 'no' }
  t.same(askedDrill(typed, stop), { body: { kind: 'broker-stop', node: 'kafka-1' } })
  t.same(askedDrill({ node: 'kafka-1', 'partition.topic': 'a', 'partition.partition': '1' }, leader), {
    body: { kind: 'leader-kill', partition: { topic: 'a', partition: 1 } }
  })
  t.same(askedDrill({ consumers: 'yes' }, hanging), { body: { kind: 'hanging-transaction', consumers: {} } })
})

t.test('what is no value is named with its label', async (t) => {
  t.same(askedDrill({}, stop), { field: 'node', message: 'is not chosen' })
  t.match(askedDrill({ node: 'kafka-1', faultDurationMs: 'long' }, stop), { message: 'is not a number' })
  t.match(askedDrill({ node: 'kafka-1', load: '{' }, stop), { message: 'is not JSON' })
})

t.test('a load that is a ready workload is known, in whatever order its fields are', async (t) => {
  const workload = { name: 'steady', topic: { kind: 'existing', name: 'log-events' }, records: 5 } as const
  const ready = [{ name: 'steady', question: 'How fast?', workload }]
  t.equal(readyLoad(JSON.stringify(workload, null, 2), ready)?.name, 'steady')
  t.equal(
    readyLoad('{"records": 5, "topic": {"name": "log-events", "kind": "existing"}, "name": "steady"}', ready)?.name,
    'steady'
  )
  for (const text of ['', ' ', '{', '{"name": "steady"}', JSON.stringify({ ...workload, records: 6 })]) {
    t.equal(readyLoad(text, ready), undefined, text)
  }
})

t.test('a form has the fields that the service says a kind takes', async (t) => {
  const named = (info: Info) => sectionsFor(info)[0]?.fields.map(({ name }) => name)
  t.same(named(stop), ['faultDurationMs'])
  t.same(named(partial), ['from', 'direction', 'faultDurationMs'])
  t.same(named(slow), ['slow.delayMs', 'slow.lossPercent', 'slow.bytesPerSecond', 'faultDurationMs'])
})

t.test('a request repeats another one if it is the same, in whatever order', async (t) => {
  const request: StartDrill = { kind: 'broker-stop', node: 'kafka-1', producers: { acks: 'all', transactions: true } }
  t.ok(
    repeats(
      { repeatOf: 'x', producers: { transactions: true, acks: 'all' }, node: 'kafka-1', kind: 'broker-stop' },
      request
    )
  )
  t.notOk(repeats({ ...request, node: 'kafka-2' }, request))
})

t.test('what-if is asked for the loss that the kind is like', async (t) => {
  const kinds = {
    'broker-stop': 'stop',
    'rolling-restart': 'stop',
    'broker-pause': 'pause',
    'network-partition': 'pause',
    'leader-kill': 'kill',
    'disk-full': 'kill'
  }
  for (const [kind, loss] of Object.entries(kinds)) t.equal(lossOf(kind), loss, kind)
})
