import { fieldError } from '../../errors/catalog.ts'
import { withDeadline } from '../connection/deadline.ts'
import { askEach } from '../connection/fan-out.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { poolOf } from '../connection/pool.ts'
import { spoken } from '../connection/versions.ts'
import { byLeader, readLeaderOffsets } from '../protocol/list-offsets.ts'
import { withStableOffsets } from '../records/stable-offsets.ts'
import type { ReadablePartition, TransactionReader } from './port.ts'

/** The TransactionReader port. */
export function createTransactionReader(options: ConnectionOptions): TransactionReader {
  const pool = poolOf(options)
  const { brokers } = pool
  const closing = new AbortController()
  return {
    readable: (name, deadline) =>
      withDeadline(deadline, closing.signal, async (signal) => {
        const topic = (await brokers.metadata([name], signal)).topics.find((each) => each.name === name)
        if (!topic) throw fieldError('topic_not_found', 'topic', `there is no topic ${name}`)
        const { answers } = await askEach(
          byLeader([topic]).led,
          'Reading last stable offsets',
          async ([leader, partitions]) => {
            const link = brokers.link(leader)
            return withStableOffsets(link, partitions, await readLeaderOffsets(link, partitions, signal), signal)
          }
        )
        return answers
          .flatMap(([, offsets]) => offsets)
          .flatMap(({ partition, logEndOffset: highWatermark, lastStableOffset = null }): ReadablePartition[] =>
            highWatermark === null || lastStableOffset === null ? [] : [{ partition, highWatermark, lastStableOffset }]
          )
          .sort((a, b) => a.partition - b.partition)
      }),
    state: (transactionalId, deadline) =>
      withDeadline(deadline, closing.signal, async (signal) => {
        // Only its coordinator knows it, and the others say that they are not.
        const { answers } = await askEach(await brokers.ids(signal), 'Describing a transaction', async (broker) => {
          const answer = await brokers.link(broker).request(spoken.describeTransactions, [[transactionalId]], signal)
          return answer.transactionStates.find(({ errorCode }) => errorCode === 0)?.transactionState
        })
        return answers.flatMap(([, state]) => state ?? [])[0]
      }),
    async close() {
      closing.abort(new Error('closed'))
      pool.close()
    }
  }
}
