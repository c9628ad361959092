import type { Connection } from '@platformatic/kafka'
import type { BrokerConnections } from '../producing/broker-connections.ts'
import type { PartitionAnswer, PartitionBatch } from '../protocol/produce.ts'

/** A request takes batches up to this size, or one of any size. */
const requestBytes = 2_097_152

/** Sends a batch. Resolves to the answer for its partition, undefined if the broker's answer lacks it; rejects as produce() does. */
export type ProduceTogether = (connection: Connection, batch: PartitionBatch) => Promise<PartitionAnswer | undefined>

/**
 * Sends batches that are handed over in the same turn of the event loop in one request to each broker: partitions proceed on their
 * own, and a request costs the broker and its followers about as much with one batch as with many. At most one batch of a
 * partition may be under way.
 */
export function producingTogether(connections: Pick<BrokerConnections, 'produce'>, topic: string): ProduceTogether {
  const waiting = new Map<Connection, WaitingBatch[]>()

  async function send(connection: Connection, together: readonly WaitingBatch[]): Promise<void> {
    try {
      const batches = together.map(({ batch }) => batch)
      const answers = await connections.produce(connection, topic, batches)
      for (const { batch, answered } of together) {
        answered.resolve(answers.find(({ partition }) => partition === batch.partition))
      }
    } catch (error) {
      for (const { answered } of together) answered.reject(error)
    }
  }

  return (connection, batch) => {
    const answered = Promise.withResolvers<PartitionAnswer | undefined>()
    const handed = waiting.get(connection) ?? []
    handed.push({ batch, answered })
    if (handed.length === 1) {
      waiting.set(connection, handed)
      setImmediate(() => {
        waiting.delete(connection)
        for (const together of chunksOf(handed, ({ batch }) => batch.batch.length, requestBytes)) {
          void send(connection, together)
        }
      })
    }
    return answered.promise
  }
}

interface WaitingBatch {
  batch: PartitionBatch
  answered: PromiseWithResolvers<PartitionAnswer | undefined>
}

/** Items in their order, as many as have so many bytes together, or one with more. */
export function* chunksOf<T>(items: readonly T[], bytesOf: (item: T) => number, mostBytes: number): Generator<T[]> {
  let chunk: T[] = []
  let weight = 0
  for (const item of items) {
    const bytes = bytesOf(item)
    if (chunk.length > 0 && weight + bytes > mostBytes) {
      yield chunk
      chunk = []
      weight = 0
    }
    chunk.push(item)
    weight += bytes
  }
  if (chunk.length > 0) yield chunk
}
