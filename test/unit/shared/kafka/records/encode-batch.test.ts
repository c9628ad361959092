import t from 'tap'
import { encodeBatch } from '#shared/kafka/records/encode-batch.ts'
import { decodeBatches } from '#shared/kafka/records/record-batches.ts'

async function timesOf(times: (number | undefined)[]): Promise<number[]> {
  const records = times.map((timestampMs) => ({ key: null, value: Buffer.from('x'), headers: [], timestampMs }))
  const batch = encodeBatch(records, 5000)
  t.equal(Number(batch.readBigInt64BE(35)), Math.max(...times.map((time) => time ?? 5000)), 'the latest of the batch')
  const found: number[] = []
  for await (const { records } of decodeBatches({ partition: 0, from: 0, to: 10 }, batch)) {
    for (const record of records.between(0, 10, 'ascending')) found.push(record.timestampMs)
  }
  return found
}

t.test('each record of a batch keeps its time, in whatever order they are', async (t) => {
  t.same(await timesOf([1000, 3000, 2000]), [1000, 3000, 2000])
  t.same(await timesOf([9000, 1000]), [9000, 1000])
})

t.test('a record without one has the present time', async (t) => {
  t.same(await timesOf([undefined, undefined]), [5000, 5000])
  t.same(await timesOf([7000, undefined]), [7000, 5000])
})
