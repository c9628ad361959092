import t from 'tap'
import { delayedEnd, expectedWait, hangingId, hangingOf } from '#services/load-test/domain/drills/hanging/expected.ts'
import type { DrillTransaction } from '#shared/contracts/drill-transaction.ts'
import { healthy, plan } from '../plain-situation.ts'

const cleanup = 'transaction.abort.timed.out.transaction.cleanup.interval.ms'
const told = (ms: number) => new Map([[1, new Map([[cleanup, String(ms)]])]])

const bands: {
  when: string
  holdMs: number
  timeoutMs: number
  intervalMs?: number
  band: object
  assumed: string[]
}[] = [
  {
    when: 'its producer ends it before its timeout',
    ...{ holdMs: 20_000, timeoutMs: 30_000, band: { min: 20, max: 22 }, assumed: [] }
  },
  {
    when: 'the coordinator ends it, and nobody told how often it looks',
    ...{ holdMs: 60_000, timeoutMs: 5000, band: { min: 5, max: 17 }, assumed: [cleanup] }
  },
  {
    when: 'the coordinator looks every second',
    ...{ holdMs: 60_000, timeoutMs: 5000, intervalMs: 1000, band: { min: 5, max: 8 }, assumed: [] }
  },
  {
    when: 'either may be first',
    ...{ holdMs: 12_000, timeoutMs: 5000, intervalMs: 10_000, band: { min: 5, max: 14 }, assumed: [] }
  }
]
for (const { when, holdMs, timeoutMs, intervalMs, band, assumed } of bands) {
  t.test(`readers wait for ${JSON.stringify(band)} s when ${when}`, async (t) => {
    const settings = intervalMs === undefined ? new Map() : told(intervalMs)
    t.same(expectedWait({ holdMs, timeoutMs, settings }), { band, assumed })
  })
}

t.test('the slowest broker decides, because any may be the coordinator', async (t) => {
  const settings = new Map([...told(1000), [2, new Map([[cleanup, '4000']])]])
  t.same(expectedWait({ holdMs: 60_000, timeoutMs: 5000, settings }).band, { min: 5, max: 11 })
})

const requests: { transaction?: DrillTransaction; fault: object }[] = [
  { fault: { end: 'commit', timeoutMs: 30_000 } },
  { transaction: { end: 'abort' }, fault: { end: 'abort', timeoutMs: 30_000 } },
  { transaction: { timeoutMs: 5000 }, fault: { end: 'commit', timeoutMs: 5000 } }
]
for (const { transaction, fault } of requests) {
  t.test(`of ${JSON.stringify(transaction)} becomes ${JSON.stringify(fault)}`, async (t) => {
    const request = { kind: 'hanging-transaction' as const, ...(transaction && { transaction }) }
    t.same(delayedEnd(request, 20_000), { by: 'transaction', kind: 'delay-end', ...fault })
  })
}

t.test('a drill of it breaks no broker, and predicts how long readers wait', async (t) => {
  const { target, stages, guards, refusal, prediction } = plan({
    ...{ kind: 'hanging-transaction', faultDurationMs: 40_000, transaction: { timeoutMs: 8000 } }
  })
  t.equal(refusal, undefined)
  t.equal(target.nodes.length, 1)
  t.match(target.detail, new RegExp(`^${hangingId('d')}, which kafka-\\d coordinates$`))
  t.match(stages, [{ brokers: [], holdMs: 40_000 }])
  t.match(hangingOf(stages), { end: 'commit', timeoutMs: 8000, holdMs: 40_000 })
  t.equal(guards.find(({ name }) => name === 'blast-radius')?.reading, '0 broker(s) at once')
  t.same(prediction.record.totals, { moves: 0, offline: 0, writesStop: 0 })
  t.match(prediction.record, { seconds: { leaders: null, committedWait: { min: 8, max: 20 } }, assumed: [cleanup] })
  t.match(prediction.record.notes, [/read_committed/])
})

t.test('it names the broker that coordinates the transaction, where the topic of transactions exists', async (t) => {
  const { metadata } = healthy
  const partition = { partition: 0, leader: 3, leaderEpoch: 1, replicas: [3], isr: [3], offlineReplicas: [] }
  const topics = [...metadata.topics, { name: '__transaction_state', internal: true, partitions: [partition] }]
  const { target } = plan({ kind: 'hanging-transaction' }, { ...healthy, metadata: { ...metadata, topics } })
  t.same(target.nodes, ['kafka-3'])
})
