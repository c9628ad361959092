import fc from 'fast-check'
import t from 'tap'
import { createLatencies } from '#services/health/domain/probe/latencies.ts'
import { type Account, createLedger, type Ledger, type ProbeRecord } from '#services/health/domain/probe/ledger.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createFakeClock } from '../../fake-clock.ts'

const brokers = [1, 2, 3]
const partitions = [0, 1]
const codes = ['not_enough_replicas', 'kafka_timeout', 'topic_not_ready'] as const

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), broker: fc.constantFrom(...brokers) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), which: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      which: fc.nat(20),
      code: fc.constantFrom(...codes)
    })
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('return' as const), which: fc.nat(20) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('judge' as const),
      partition: fc.constantFrom(...partitions),
      position: fc.option(fc.nat(30)),
      agoMs: fc.nat(5000)
    })
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 4000, 21_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const), ms: fc.constant(900_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('void' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('keep' as const), brokers: fc.subarray(brokers) }) }
)

/** The sums that a reader of the API and of the metrics relies on; undefined when all hold. */
function broken(ledger: Ledger, latencies: ReadonlyMap<number, number>): string | undefined {
  for (const [broker, account] of ledger.accounts()) {
    const { sent, acknowledged, open, returned, lost, late, forgotten } = account
    const refused = notAccepted(account)
    const holds =
      sent === acknowledged + refused + open &&
      acknowledged === returned + lost + forgotten + (ledger.pending(broker) - open) &&
      returned <= acknowledged &&
      late <= lost &&
      open >= 0 &&
      (latencies.get(broker) ?? 0) === returned
    if (!holds) return JSON.stringify({ broker, ...account, refused, pending: ledger.pending(broker) })
  }
  return undefined
}

function notAccepted(account: Account): number {
  return [...account.notAccepted.values()].reduce((sum, count) => sum + count, 0)
}

t.test('the sums of the probe hold at every moment, whatever the order of answers, readings and losses', async (t) => {
  const seen = { lost: 0, late: 0, forgotten: 0, early: 0, dropped: 0 }
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 120 }), (steps) => {
      const clock = createFakeClock()
      const records: ProbeRecord[] = []
      // Like the histogram of latencies.
      const latencies = new Map<number, number>()
      let next = 0
      const ledger = createLedger({
        clock,
        newId: () => `id-${next++}`,
        lossAfterMs: 20_000,
        giveUpAfterMs: 900_000,
        windowMs: 300_000,
        onReturned: (broker) => latencies.set(broker, (latencies.get(broker) ?? 0) + 1),
        onDropped(broker) {
          seen.dropped += 1
          latencies.delete(broker)
        }
      })
      const answered = new Set<ProbeRecord>()
      const recordAt = (which: number) => records.at(-1 - (which % Math.max(1, records.length)))
      for (const [index, one] of steps.entries()) {
        switch (one.kind) {
          case 'send':
            records.push(ledger.open(one.broker, one.broker % partitions.length))
            break
          case 'acknowledge':
          case 'refuse': {
            const record = recordAt(one.which)
            // The channel answers once.
            if (!record || answered.has(record)) break
            answered.add(record)
            if (one.kind === 'acknowledge') ledger.acknowledge(record, index)
            else ledger.refuse(record, new KopsError(one.code, 'refused'))
            break
          }
          case 'return': {
            const record = recordAt(one.which)
            if (!record) break
            if (!answered.has(record)) seen.early += 1
            ledger.returned(record.id)
            break
          }
          case 'judge':
            ledger.judge(one.partition, { beganAtMs: clock.monotonicMs() - one.agoMs, position: one.position })
            break
          case 'wait':
            clock.advance(one.ms)
            break
          case 'sweep':
            clock.advance(one.ms)
            ledger.sweep()
            break
          case 'void':
            ledger.void()
            break
          case 'keep':
            ledger.keep(new Set(one.brokers))
            break
        }
        for (const { lost, late, forgotten } of ledger.accounts().values()) {
          seen.lost += lost
          seen.late += late
          seen.forgotten += forgotten
        }
        const wrong = broken(ledger, latencies)
        if (wrong !== undefined) throw new Error(`after step ${index} (${one.kind}): ${wrong}`)
      }
    }),
    { seed: 8, numRuns: 600 }
  )
  for (const [what, count] of Object.entries(seen)) t.ok(count > 0, `the histories come to ${what}`)
})

t.test('percentiles are ordered, and lie between the least and the greatest latency', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 20_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
      (values) => {
        const latencies = createLatencies(300_000, 1000)
        for (const value of values) latencies.add(value, 0)
        const { p50Ms, p99Ms } = latencies.summary(0)
        if (p50Ms === null || p99Ms === null) return false
        const rounded = (value: number) => Math.round(value * 100) / 100
        return rounded(Math.min(...values)) <= p50Ms && p50Ms <= p99Ms && p99Ms <= rounded(Math.max(...values))
      }
    ),
    { seed: 8, numRuns: 1000 }
  )
  t.pass()
})
