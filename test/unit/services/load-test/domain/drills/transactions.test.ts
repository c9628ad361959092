import t from 'tap'
import type { WriterTransaction } from '#services/load-test/domain/drills/records/outcomes.ts'
import { writeInTransactions } from '#services/load-test/domain/drills/records/transactions.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { TransactionEnd } from '#shared/kafka/producing/port.ts'
import { manualClock } from '../../../../manual-clock.ts'

interface World {
  /** What begin() throws, one after the other. */
  begins?: KopsError[]
  commit?: () => TransactionEnd['status']
}

/** Writes until so many transactions have begun. */
async function write(most: number, { begins = [], commit = () => 'committed' }: World = {}) {
  const stopping = new AbortController()
  const calls: string[] = []
  const transactions: WriterTransaction[] = []
  const end = (status: TransactionEnd['status']) => ({ status, code: undefined, askedAt: 0, endedAt: 0 })
  const writing = writeInTransactions({
    producer: {
      async begin() {
        const failure = begins.shift()
        if (failure) throw failure
        calls.push('begin')
      },
      async commit() {
        calls.push('commit')
        return end(commit())
      },
      async abort() {
        calls.push('abort')
        return end('aborted')
      },
      async flush() {
        calls.push('flush')
      }
    },
    clock: manualClock(),
    signal: stopping.signal,
    async sendFor() {
      calls.push('send')
      if (transactions.length === most) stopping.abort()
    },
    onBegin: (transaction) => transactions.push(transaction)
  })
  return { writing, calls, transactions }
}

t.test(
  'every fifth transaction is written and aborted, the others are committed, and the last one is ended',
  async (t) => {
    const { writing, calls, transactions } = await write(6)
    await writing
    t.same(
      transactions.map(({ end }) => end),
      ['committed', 'committed', 'committed', 'committed', 'aborted', 'committed']
    )
    t.same(calls.slice(12, 16), ['begin', 'send', 'flush', 'abort'])
  }
)

t.test('a coordinator that is away is waited for, and a producer that was fenced is not', async (t) => {
  const away = [new KopsError('kafka_timeout', 'slow'), new KopsError('coordinator_unavailable', 'moving')]
  const { writing, transactions } = await write(1, { begins: away })
  await writing
  t.equal(transactions.length, 1)
  const fenced = await write(1, {
    begins: [new KopsError('kafka_refused', 'fenced', { kafkaError: 'PRODUCER_FENCED' })]
  })
  await t.rejects(fenced.writing, { code: 'kafka_refused' })
})

t.test('a transaction whose commit fails may be committed', async (t) => {
  const { writing, transactions } = await write(1, {
    commit: () => {
      throw new KopsError('kafka_refused', 'fenced')
    }
  })
  await t.rejects(writing, { code: 'kafka_refused' })
  t.same(transactions, [{ number: 1, end: 'indeterminate' }])
})
