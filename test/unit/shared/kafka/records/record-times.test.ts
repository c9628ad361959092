import t from 'tap'
import type { BrokerLink } from '#shared/kafka/connection/link.ts'
import { createBatchBuilder, createBufferPool } from '#shared/kafka/producing/record-batch.ts'
import type { FetchedPartition } from '#shared/kafka/protocol/fetch.ts'
import { encodeBatch } from '#shared/kafka/records/encode-batch.ts'
import { type LedRecord, readRecordTimes, recordsByLeader, timestampAt } from '#shared/kafka/records/record-times.ts'

const signal = new AbortController().signal

/** Records of 10, 20 and 30 ms, compressed, at offsets 100, 101 and 102. */
function spreadBatch(bytesEach = 10): Buffer {
  const builder = createBatchBuilder({
    limitBytes: bytesEach * 4 + 500,
    compression: 'snappy',
    buffers: createBufferPool()
  })
  for (const [nth, timestampMs] of [10, 20, 30].entries()) {
    const value = Buffer.alloc(bytesEach, String.fromCharCode(97 + nth))
    builder.append({ key: Buffer.from(`${nth}`), value }, timestampMs)
  }
  builder.seal()
  return placed(Buffer.from(builder.stamp({ id: -1n, epoch: -1 }, -1)), 100)
}

function placed(batch: Buffer, baseOffset: number): Buffer {
  batch.writeBigInt64BE(BigInt(baseOffset), 0)
  return batch
}

function uniformBatch(timestampMs: number, baseOffset: number, bytes = 10): Buffer {
  return placed(encodeBatch([{ key: null, value: Buffer.alloc(bytes), headers: [] }], timestampMs), baseOffset)
}

t.test('the timestamp is that of the first record at or after the offset', async (t) => {
  const spread = spreadBatch()
  const at = (offset: number, batches: Buffer) => timestampAt({ topic: 'a', partition: 0, offset }, batches)
  t.same(await Promise.all([100, 101, 102].map((offset) => at(offset, spread))), [10, 20, 30])
  t.equal(await at(103, Buffer.concat([spread, uniformBatch(77, 110)])), 77, 'compaction took some away')
  t.equal(await at(100, uniformBatch(77, 100)), 77)
  t.equal(await at(100, uniformBatch(77, 100).subarray(0, 65)), 77, 'the header is enough where all have one timestamp')
  t.equal(await at(101, spread.subarray(0, 65)), undefined, 'it is not where they differ')
  t.equal(await at(100, uniformBatch(-1, 100)), null, 'a record without a timestamp')
  t.equal(await at(200, spread), undefined)
  t.equal(await at(0, Buffer.alloc(0)), undefined)
})

/** A leader: it sends batches whole or not at all, and the first of a request whatever it weighs, as Kafka does. */
function leaderOf(logs: Map<string, Buffer>, requests: string[][] = []): BrokerLink {
  return {
    endpoint: { host: 'kafka', port: 9092 },
    offers: () => undefined,
    close: () => {},
    async request(_versions: unknown, args: unknown[]): Promise<never> {
      const topics = args[6] as { topicId: string; partitions: { partition: number; partitionMaxBytes: number }[] }[]
      const asked = topics.flatMap(({ topicId: topic, partitions }) => partitions.map((one) => ({ topic, ...one })))
      requests.push(asked.map(({ topic, partition }) => `${topic}/${partition}`))
      const answer = asked.map(({ topic, partition, partitionMaxBytes }, nth): FetchedPartition => {
        const log = logs.get(`${topic}/${partition}`)
        const fits = log !== undefined && (log.length <= partitionMaxBytes || (nth === 0 && asked.length === 1))
        const records = fits ? log : Buffer.alloc(0)
        return { topic, partition, errorCode: log === undefined ? 6 : 0, records, aborted: [] }
      })
      return answer as never
    }
  }
}

const record = (topic: string, partition: number, offset: number): LedRecord => ({
  topic,
  partition,
  offset,
  leaderEpoch: 3
})

t.test('many partitions go into one request; one requested twice, and a large batch, into further ones', async (t) => {
  const requests: string[][] = []
  const link = leaderOf(
    new Map([
      ['a/0', spreadBatch()],
      ['a/1', uniformBatch(50, 7)],
      ['b/0', uniformBatch(60, 8, 40_000)]
    ]),
    requests
  )
  const asked = [record('a', 0, 100), record('a', 1, 7), record('a', 0, 102), record('b', 0, 8), record('gone', 0, 1)]
  const times = await readRecordTimes(link, asked, signal)
  t.same(times, [
    { topic: 'a', partition: 0, offset: 100, timestampMs: 10 },
    { topic: 'a', partition: 1, offset: 7, timestampMs: 50 },
    { topic: 'a', partition: 0, offset: 102, timestampMs: 30 },
    { topic: 'b', partition: 0, offset: 8, timestampMs: 60 }
  ])
  t.same(requests, [['a/0', 'a/1', 'b/0', 'gone/0'], ['a/0'], ['b/0']])
})

t.test('requests are bounded, and so are large batches', async (t) => {
  const requests: string[][] = []
  const many = Array.from({ length: 200 }, (_, partition) => record('a', partition, 5))
  const logs = (bytes: number) => new Map(many.map(({ partition }) => [`a/${partition}`, uniformBatch(9, 5, bytes)]))
  t.equal((await readRecordTimes(leaderOf(logs(10), requests), many, signal)).length, 200)
  t.same(
    requests.map(({ length }) => length),
    [64, 64, 64, 8]
  )
  t.equal((await readRecordTimes(leaderOf(logs(20_000)), many, signal)).length, 16)
})

t.test('records are read from the leaders of their partitions; without a leader, not at all', async (t) => {
  const partition = (partition: number, leader: number | null) => ({
    partition,
    leader,
    leaderEpoch: 3,
    replicas: [],
    isr: [],
    offlineReplicas: []
  })
  const topics = [{ name: 'a', internal: false, partitions: [partition(0, 1), partition(1, 2), partition(2, null)] }]
  const places = [0, 1, 2, 3].map((partition) => ({ topic: 'a', partition, offset: 5 }))
  t.same(Array.from(recordsByLeader([...places, { topic: 'gone', partition: 0, offset: 1 }], topics)), [
    [1, [record('a', 0, 5)]],
    [2, [record('a', 1, 5)]]
  ])
})
