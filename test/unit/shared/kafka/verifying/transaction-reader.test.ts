import t from 'tap'
import { createTransactionReader } from '#shared/kafka/verifying/transaction-reader.ts'

const [notCoordinator, isolationCommitted] = [16, 1]

interface Broker {
  /** Of the partitions that it leads: start, high watermark, last stable offset. */
  offsets?: Record<number, [start: number, high: number, stable: number]>
  state?: string
  silent?: boolean
}

/** Partition 0 is led by broker 1, partition 1 by broker 2, partition 2 by nobody. */
function readerOf(brokers: Record<number, Broker>) {
  const led = (partition: number, leader: number | null) => ({ partition, leader, leaderEpoch: 1 })
  const link = (id: number) => ({
    async request(_versions: unknown, args: unknown[]) {
      const { offsets = {}, state, silent } = brokers[id] ?? {}
      if (silent) throw new Error('silent')
      const [first, isolation, asked] = args as [unknown, number, { name: string; partitions: Asked[] }[]]
      if (Array.isArray(first)) {
        const found = { errorCode: state === undefined ? notCoordinator : 0, transactionState: state ?? '' }
        return { transactionStates: [found] }
      }
      return {
        topics: asked.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, timestamp }) => {
            const [start, high, stable] = offsets[partitionIndex] ?? [0, 0, 0]
            const latest = isolation === isolationCommitted ? stable : high
            return { partitionIndex, errorCode: 0, offset: BigInt(timestamp === -2n ? start : latest) }
          })
        }))
      }
    }
  })
  const pool = {
    brokers: {
      metadata: async () => ({ topics: [{ name: 'd', partitions: [led(0, 1), led(1, 2), led(2, null)] }] }),
      ids: async () => [1, 2, 3],
      link
    },
    changes: {},
    close() {}
  } as never
  return createTransactionReader({ bootstrapServers: 'k:1', clientId: 'test', pool })
}

interface Asked {
  partitionIndex: number
  timestamp: bigint
}

const offsets: Record<number, Broker> = { 1: { offsets: { 0: [5, 90, 40] } }, 2: { offsets: { 1: [0, 70, 70] } } }
const options = { deadlineMs: 1000 }

t.test('each leader says how far readers of its partitions come', async (t) => {
  t.same(await readerOf(offsets).readable('d', options), [
    { partition: 0, highWatermark: 90, lastStableOffset: 40 },
    { partition: 1, highWatermark: 70, lastStableOffset: 70 }
  ])
})

t.test('a leader that does not answer is left out, and a topic that is not there is named', async (t) => {
  t.same(await readerOf({ ...offsets, 1: { silent: true } }).readable('d', options), [
    { partition: 1, highWatermark: 70, lastStableOffset: 70 }
  ])
  await t.rejects(readerOf(offsets).readable('other', options), { code: 'topic_not_found' })
})

t.test('only the coordinator of a transaction knows its state', async (t) => {
  t.equal(await readerOf({ 1: { silent: true }, 2: { state: 'Ongoing' } }).state('id', options), 'Ongoing')
  t.equal(await readerOf({ 1: {} }).state('id', options), undefined)
})
