import t from 'tap'
import type { SecondReport } from '#services/load-test/domain/load/engine-port.ts'
import { prepareLoadProducer } from '#services/load-test/domain/load/load-producer.ts'
import { createTransactions, type EndedTransaction } from '#services/load-test/domain/load/transactions.ts'
import type { FinalOutcome } from '#services/load-test/domain/verification/ledger.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import type { BatchOutcome, TransactionEnd } from '#shared/kafka/producing/port.ts'
import { simulatedClock } from '../../../../simulated-clock.ts'
import { fakeProducer, workload } from '../../fakes.ts'

const batch = (status: BatchOutcome['status'], records = 1): BatchOutcome => ({
  ...{
    status,
    partition: 0,
    records,
    firstRecord: 0,
    tags: [],
    baseOffset: null,
    code: undefined,
    attempts: 1,
    broker: null,
    errorAt: null
  },
  ...{ sentAt: 0, endedAt: 0, uncompressedBytes: 1, compressedBytes: 1 }
})

/** Divides one record after the other, and notes what becomes of the transactions. */
async function divide(
  records: number,
  plan: { records?: number; durationMs?: number; abortShare?: number },
  { perMs = 1, ends = [] as Partial<TransactionEnd>[] } = {}
) {
  const calls: string[] = []
  const ended: EndedTransaction[] = []
  const final: FinalOutcome[] = []
  let now = 0
  const end = async (what: 'committed' | 'aborted'): Promise<TransactionEnd> => {
    calls.push(what)
    return { status: what, code: undefined, askedAt: now, endedAt: now + 5, ...ends.shift() }
  }
  const transactions = createTransactions({
    producer: {
      begin: async () => void calls.push('begin'),
      commit: () => end('committed'),
      abort: () => end('aborted'),
      flush: async () => void calls.push('flush')
    },
    plan: { durationMs: 1_000_000, abortShare: 0, ...plan },
    monotonicMs: () => now,
    onEnd: (each) => ended.push(each),
    onFinal: (each) => final.push(each)
  })
  for (let left = records; left > 0; ) {
    await transactions.endIfDue()
    const room = Math.min(left, await transactions.room(), 3)
    for (let nth = 0; nth < room; nth += 1) {
      transactions.outcome(batch('acknowledged'))
      now += 1 / perMs
    }
    transactions.appended(room)
    left -= room
  }
  return { transactions, calls, ended, final }
}

t.test('a transaction ends with its records, exactly, or with its time', async (t) => {
  const byRecords = await divide(25, { records: 10 })
  await byRecords.transactions.end()
  t.same(
    byRecords.ended.map(({ records }) => records),
    [10, 10, 5]
  )
  const byTime = await divide(30, { durationMs: 10 })
  await byTime.transactions.end()
  t.same(
    byTime.ended.map(({ records }) => records),
    [15, 15],
    'between two stretches of records'
  )
  t.ok(byTime.ended.every(({ status, commitMs }) => status === 'committed' && commitMs === 5))
})

const shares: [share: number, aborted: number[]][] = [
  [0, []],
  [0.25, [4, 8]],
  [0.4, [3, 5, 8]],
  [1, [1, 2, 3, 4, 5, 6, 7, 8]]
]
for (const [abortShare, aborted] of shares) {
  t.test(`${abortShare} of the transactions are aborted, evenly, and written before`, async (t) => {
    const { transactions, ended, calls } = await divide(16, { records: 2, abortShare })
    await transactions.end()
    t.same(
      ended.flatMap(({ status }, nth) => (status === 'aborted' ? [nth + 1] : [])),
      aborted
    )
    t.ok(ended.every(({ code }) => code === undefined))
    t.equal(calls.filter((call) => call === 'flush').length, aborted.length)
  })
}

t.test('what becomes of a record follows from its transaction', async (t) => {
  const cases: [end: Partial<TransactionEnd>, batch: BatchOutcome['status'], final: FinalOutcome['status']][] = [
    [{}, 'acknowledged', 'acknowledged'],
    [{ status: 'aborted', code: 'DELIVERY_TIMEOUT' }, 'acknowledged', 'aborted'],
    [{ status: 'aborted', code: 'DELIVERY_TIMEOUT' }, 'indeterminate', 'aborted'],
    [{ status: 'aborted', code: 'DELIVERY_TIMEOUT' }, 'failed', 'failed'],
    [{ status: 'indeterminate', code: 'NETWORK_EXCEPTION' }, 'acknowledged', 'indeterminate']
  ]
  for (const [end, status, expected] of cases) {
    const { transactions, ended, final } = await divide(0, {}, { ends: [end] })
    await transactions.room()
    transactions.outcome(batch(status, 7))
    transactions.appended(7)
    await transactions.end()
    t.match(final, [{ status: expected, records: 7 }])
    t.match(ended, [{ status: end.status ?? 'committed', code: end.code, commitMs: end.status ? null : 5 }])
    t.equal(ended[0]?.records, status === 'acknowledged' ? 7 : 0, 'acknowledged ones')
  }
})

t.test('a transaction that is open when its producer closes is aborted', async (t) => {
  const { transactions, ended, final } = await divide(4, { records: 10 })
  await transactions.abandoned()
  t.match(ended, [{ status: 'aborted', records: 4, code: 'CANCELLED', commitMs: null }])
  t.ok(final.length === 4 && final.every(({ status }) => status === 'aborted'))
  await transactions.abandoned()
  t.equal(ended.length, 1)
})

/** Runs a workload with a producer whose commits take 30 ms. */
async function run(change: Partial<Workload>) {
  const { clock, drive } = simulatedClock()
  const order = { topic: 'x', seed: 255, timestampMs: 0, workload: workload(change) }
  const ids: unknown[] = []
  let open = false
  let outside = 0
  const end = async (status: TransactionEnd['status']): Promise<TransactionEnd> => {
    open = false
    const askedAt = clock.monotonicMs()
    await clock.sleep(30)
    return { status, code: undefined, askedAt, endedAt: clock.monotonicMs() }
  }
  const producer = await prepareLoadProducer(order, 1, {
    createProducer() {
      throw new Error('the workload has transactions')
    },
    createTransactional(_order, transactional, onOutcome) {
      ids.push(transactional)
      const plain = fakeProducer({
        onOutcome: (outcome) => onOutcome({ ...outcome, sentAt: clock.monotonicMs(), endedAt: clock.monotonicMs() })
      })
      return {
        ...plain,
        append(record) {
          if (!open) outside += 1
          return plain.append(record)
        },
        async begin() {
          open = true
        },
        commit: () => end('committed'),
        abort: () => end('aborted')
      }
    },
    partitionFor: () => 0,
    clock,
    busyMs: () => 0,
    machineOffsetMs: 0
  })
  const seconds: SecondReport[] = []
  await drive(producer.run(0, new AbortController().signal, (each) => void seconds.push(each)))
  const sum = (of: (second: SecondReport) => number) => seconds.reduce((total, each) => total + of(each), 0)
  return { seconds, sum, ids, outside, ledger: producer.ledger }
}

t.test('records that are due during a commit wait for it, and none is outside of a transaction', async (t) => {
  const { seconds, sum, ids, outside } = await run({
    ...{ rate: { kind: 'constant', perSecond: 1000 }, durationSeconds: 3, producers: 2 },
    transactions: { records: 100, abortShare: 0.2 }
  })
  t.equal(outside, 0)
  t.same(ids, [{ transactionalId: 'kops-load-000000ff-1', transactionTimeoutMs: 63_000 }])
  t.equal(
    sum(({ acknowledged }) => acknowledged),
    1500
  )
  t.equal(
    sum(({ transactions }) => transactions?.committedRecords ?? 0),
    1200
  )
  t.equal(
    sum(({ transactions }) => transactions?.abortedRecords ?? 0),
    300
  )
  const commits = seconds.flatMap(({ transactions }) => Array.from(transactions?.commit.counts ?? []))
  t.equal(
    commits.reduce((total, count) => total + count, 0),
    12
  )
  t.ok(Math.max(...seconds.map(({ transactions }) => transactions?.commit.max ?? 0)) >= 30)
  t.ok(Math.max(...seconds.map(({ response }) => response.max)) >= 28, 'a record that was due meanwhile has waited')
  t.ok((seconds[1]?.blocked ?? 0) > 0.1, 'and that is not the client’s time')
})

t.test('the ledger of a verified run has what the transactions made of the records', async (t) => {
  const { ledger } = await run({
    records: 800,
    producers: 2,
    verify: true,
    transactions: { records: 100, abortShare: 0.5 }
  })
  const { aborted, acknowledged } = ledger.get(0) ?? {}
  t.same(aborted, { from: [100, 300], to: [200, 400] })
  t.equal(acknowledged?.chunks[0]?.runs, 2)
})
