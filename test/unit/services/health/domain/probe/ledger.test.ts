import t from 'tap'
import { createLedger } from '#services/health/domain/probe/ledger.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createFakeClock } from '../../fake-clock.ts'

const broker = 1
const partition = 4
const lossAfterMs = 20_000

function build() {
  const clock = createFakeClock()
  const returned: [number, number][] = []
  const dropped: number[] = []
  let next = 0
  const ledger = createLedger({
    clock,
    newId: () => `id-${next++}`,
    lossAfterMs,
    giveUpAfterMs: 900_000,
    windowMs: 300_000,
    onReturned: (...args) => returned.push(args),
    onDropped: (broker) => dropped.push(broker)
  })
  /** A reading of the partition that begins now. */
  const read = (position: number | null) => ledger.judge(partition, { beganAtMs: clock.monotonicMs(), position })
  return { clock, ledger, read, returned, dropped }
}

t.test('a record that is read back has a latency', async (t) => {
  const { clock, ledger, returned } = build()
  const record = ledger.open(broker, partition)
  clock.advance(7)
  ledger.acknowledge(record, 10)
  clock.advance(5)
  ledger.returned(record.id)
  t.match(ledger.account(broker), { sent: 1, acknowledged: 1, returned: 1, lost: 0, last: { outcome: 'returned' } })
  t.same(returned, [[broker, 12]])
  t.equal(ledger.pending(broker), 0)
})

t.test('a record that is read before its acknowledgement arrives counts as acknowledged, once', async (t) => {
  const { ledger } = build()
  const record = ledger.open(broker, partition)
  ledger.returned(record.id)
  t.match(ledger.account(broker), { acknowledged: 1, returned: 1, open: 0 })
  ledger.acknowledge(record, 10)
  t.match(ledger.account(broker), { acknowledged: 1, returned: 1 })
})

const losses: { when: string; acknowledged: boolean; afterMs: number; position: number | null; lost: number }[] = [
  { when: 'nothing is there after 20 s', acknowledged: true, afterMs: 20_000, position: null, lost: 1 },
  { when: 'nothing is there, before 20 s are over', acknowledged: true, afterMs: 19_999, position: null, lost: 0 },
  { when: 'records after it are read after 20 s', acknowledged: true, afterMs: 20_000, position: 11, lost: 1 },
  { when: 'the reading has not got to it', acknowledged: true, afterMs: 20_000, position: 10, lost: 0 },
  { when: 'it was never acknowledged', acknowledged: false, afterMs: 20_000, position: null, lost: 0 }
]
for (const { when, acknowledged, afterMs, position, lost } of losses) {
  t.test(`${when}: ${lost === 1 ? 'lost' : 'not lost'}`, async (t) => {
    const { clock, ledger, read } = build()
    const record = ledger.open(broker, partition)
    if (acknowledged) ledger.acknowledge(record, 10)
    clock.advance(afterMs)
    read(position)
    t.equal(ledger.account(broker)?.lost, lost)
    t.equal(ledger.pending(broker), 1 - lost)
  })
}

t.test('a partition that cannot be read proves no loss, until Kafka no longer keeps the record', async (t) => {
  const { clock, ledger } = build()
  ledger.acknowledge(ledger.open(broker, partition), 10)
  clock.advance(899_999)
  ledger.sweep()
  t.equal(ledger.account(broker)?.lost, 0)
  t.ok(ledger.overdue(broker))
  clock.advance(1)
  ledger.sweep()
  t.equal(ledger.account(broker)?.lost, 1)
  t.notOk(ledger.overdue(broker))
})

t.test('a reading that began before the time was over judges nothing', async (t) => {
  const { clock, ledger } = build()
  ledger.acknowledge(ledger.open(broker, partition), 10)
  clock.advance(19_900)
  const beganAtMs = clock.monotonicMs()
  clock.advance(500)
  ledger.judge(partition, { beganAtMs, position: null })
  t.equal(ledger.account(broker)?.lost, 0)
})

t.test('a lost record that appears later is reported, and stays counted', async (t) => {
  const { clock, ledger, read, returned } = build()
  const record = ledger.open(broker, partition)
  ledger.acknowledge(record, 10)
  clock.advance(lossAfterMs)
  read(null)
  ledger.returned(record.id)
  ledger.returned(record.id)
  t.match(ledger.account(broker), { lost: 1, late: 1, returned: 0 })
  t.same(returned, [])
})

t.test('records that were not accepted are counted by reason and are not lost', async (t) => {
  const { clock, ledger, read } = build()
  const refusal = new KopsError('not_enough_replicas', 'Writing to kops-probe-4: too few')
  const record = ledger.open(broker, partition)
  ledger.refuse(record, refusal)
  clock.advance(lossAfterMs)
  read(null)
  t.match(ledger.account(broker), {
    sent: 1,
    lost: 0,
    last: { outcome: 'not_accepted' },
    lastError: { code: 'not_enough_replicas', message: 'Writing to kops-probe-4: too few' }
  })
  t.same(ledger.account(broker)?.notAccepted, new Map([['not_enough_replicas', 1]]))
})

t.test('a record that came back although its acknowledgement did not is a returned one', async (t) => {
  const { ledger } = build()
  const record = ledger.open(broker, partition)
  ledger.returned(record.id)
  ledger.refuse(record, new KopsError('kafka_timeout', 'no answer'))
  t.match(ledger.account(broker), { returned: 1, last: { outcome: 'returned' } })
  t.equal(ledger.account(broker)?.notAccepted.size, 0)
})

t.test('the time-out of an old record says nothing about a younger one that came back', async (t) => {
  const { clock, ledger } = build()
  const old = ledger.open(broker, partition)
  clock.advance(5000)
  const young = ledger.open(broker, partition)
  ledger.returned(young.id)
  clock.advance(5000)
  ledger.refuse(old, new KopsError('kafka_timeout', 'no answer'))
  t.equal(ledger.account(broker)?.last?.outcome, 'returned')
})

t.test('records of others are passed over', async (t) => {
  const { ledger } = build()
  ledger.returned('of-another-service')
  t.equal(ledger.accounts().size, 0)
})

t.test('the records of a deleted topic are dropped without a verdict', async (t) => {
  const { clock, ledger, read } = build()
  ledger.acknowledge(ledger.open(broker, partition), 10)
  ledger.void()
  clock.advance(lossAfterMs)
  read(null)
  t.match(ledger.account(broker), { acknowledged: 1, lost: 0, returned: 0, forgotten: 1 })
  t.equal(ledger.pending(broker), 0)
})

t.test('a write that outlives its topic still gets its answer', async (t) => {
  const { ledger } = build()
  const [accepted, refused] = [ledger.open(broker, partition), ledger.open(broker, partition)]
  ledger.void()
  t.match(ledger.account(broker), { sent: 2, open: 2 })
  ledger.acknowledge(accepted, 10)
  ledger.refuse(refused, new KopsError('topic_not_found', 'gone'))
  t.match(ledger.account(broker), { sent: 2, open: 0, acknowledged: 1, forgotten: 1 })
  t.same(ledger.account(broker)?.notAccepted, new Map([['topic_not_found', 1]]))
})

t.test('percentiles cover the window', async (t) => {
  const { clock, ledger } = build()
  const probe = (latencyMs: number) => {
    const record = ledger.open(broker, partition)
    clock.advance(latencyMs)
    ledger.returned(record.id)
  }
  probe(5000)
  clock.advance(300_001)
  for (let latencyMs = 1; latencyMs <= 100; latencyMs++) probe(latencyMs)
  const summary = ledger.account(broker)?.latencies.summary(clock.monotonicMs())
  t.same(
    { ...summary, p50Ms: Math.round(summary?.p50Ms ?? 0), p99Ms: Math.round(summary?.p99Ms ?? 0) },
    {
      samples: 100,
      p50Ms: 50,
      p99Ms: 99
    }
  )
  clock.advance(300_001)
  t.same(ledger.account(broker)?.latencies.summary(clock.monotonicMs()), { samples: 0, p50Ms: null, p99Ms: null })
})

t.test('the counts of a broker that is gone for good end when it has nothing in flight', async (t) => {
  const { ledger, dropped } = build()
  const record = ledger.open(broker, partition)
  ledger.keep(new Set())
  t.ok(ledger.account(broker))
  ledger.returned(record.id)
  ledger.keep(new Set())
  t.equal(ledger.account(broker), undefined)
  t.same(dropped, [broker])
})
