import { Connection } from '@platformatic/kafka'
import t, { type Test } from 'tap'
import { KopsError } from '#shared/errors/catalog.ts'
import type { PartitionAnswer, PartitionBatch } from '#shared/kafka/protocol/produce.ts'
import type { RecordToWrite } from '#shared/kafka/records/port.ts'
import { decodeBatches } from '#shared/kafka/records/record-batches.ts'
import { createWriterOn } from '#shared/kafka/records/record-writer.ts'

const [timedOut, notLeader, tooLarge] = [7, 6, 10]

/** How a broker takes a batch: by its error code, with 0 for none, or not at all. */
type Reaction = number | 'lost' | 'unanswered'

interface Request {
  broker: number
  partitions: number[]
}

/**
 * Four partitions on two brokers, which write batches down as they react to them.
 * @param react to the nth batch of a partition
 */
function writing(t: Test, react: (partition: number, nth: number) => Reaction = () => 0) {
  const leaders = [1, 2, 1, 2]
  const connections = new Map([1, 2].map((broker) => [broker, new Connection('test')]))
  const requests: Request[] = []
  const logs = leaders.map((): string[] => [])
  const seen = leaders.map(() => 0)
  const dropped: number[] = []

  async function take({ partition, batch }: PartitionBatch): Promise<PartitionAnswer[]> {
    const reaction = react(partition, seen[partition] ?? 0)
    seen[partition] = (seen[partition] ?? 0) + 1
    if (reaction === 'lost') throw new KopsError('broker_unreachable', 'lost')
    if (reaction === 'unanswered') return []
    const log = logs[partition] ?? []
    const baseOffset = log.length
    if (reaction === 0) {
      for await (const { records } of decodeBatches({ partition, from: 0, to: 9999 }, Buffer.from(batch))) {
        for (const { value } of records.between(0, 9999, 'ascending')) log.push(String(value))
      }
    }
    return [{ topic: 'a', partition, errorCode: reaction, baseOffset }]
  }

  const writer = createWriterOn({
    leaders: async () => leaders,
    async connect(broker) {
      const connection = connections.get(broker)
      if (!connection) throw new KopsError('broker_unreachable', 'no such broker')
      return connection
    },
    async produce(connection, _topic, batches) {
      const [broker = 0] = [...connections].find(([, each]) => each === connection) ?? []
      requests.push({ broker, partitions: batches.map(({ partition }) => partition) })
      return (await Promise.all(batches.map(take))).flat()
    },
    drop: (broker) => void dropped.push(broker),
    close() {}
  })
  t.teardown(() => writer.close())
  return { writer, requests, logs, dropped }
}

const recordFor = (partition: number, value: string): RecordToWrite => ({
  ...{ partition, key: null, value: Buffer.from(value), headers: [] }
})
/** So many bytes that two do not fit into a batch. */
const batchBytes = 10
const options = { deadlineMs: 1000, batchBytes }

t.test('what goes to one broker at the same time is one request, and each partition keeps its order', async (t) => {
  const { writer, requests, logs } = writing(t)
  const records = Array.from({ length: 12 }, (_, nth) => recordFor(nth % 4, `value-${nth}`))
  const results = await writer.write('a', records, options)
  t.same(
    results,
    records.map((_, nth) => ({ status: 'acknowledged', partition: nth % 4, offset: Math.floor(nth / 4) }))
  )
  for (const [partition, log] of logs.entries()) {
    t.same(
      log,
      [0, 4, 8].map((nth) => `value-${nth + partition}`)
    )
  }
  t.same(
    requests.toSorted((a, b) => a.broker - b.broker),
    [1, 1, 1, 2, 2, 2].map((broker) => ({ broker, partitions: broker === 1 ? [0, 2] : [1, 3] }))
  )
})

t.test('what a broker refuses, or does not answer for, ends its partition and no other', async (t) => {
  const cases: [name: string, reaction: Reaction, status: string, code: string][] = [
    ['refused for good', tooLarge, 'refused', 'record_too_large'],
    ['not replicated in time', timedOut, 'indeterminate', 'kafka_timeout'],
    ['left out of the answer', 'unanswered', 'indeterminate', 'kafka_timeout']
  ]
  for (const [name, reaction, status, code] of cases) {
    const { writer, logs } = writing(t, (partition, nth) => (partition === 2 && nth === 1 ? reaction : 0))
    const records = Array.from({ length: 12 }, (_, nth) => recordFor(nth % 4, `value-${nth}`))
    const results = await writer.write('a', records, options)
    t.match(results[6], { status, partition: 2, error: { code } }, name)
    t.match(results[10], { status: 'refused', partition: 2, error: { message: /Not sent, because/ } }, name)
    t.equal(results.filter(({ status }) => status === 'acknowledged').length, 10, name)
    t.same([logs[2], logs[0]?.length], [['value-2'], 3], name)
  }
})

t.test('a request that is lost leaves all its batches open, and those of other brokers alone', async (t) => {
  const { writer, logs, dropped } = writing(t, (partition, nth) => (partition === 0 && nth === 1 ? 'lost' : 0))
  const results = await writer.write(
    'a',
    Array.from({ length: 12 }, (_, nth) => recordFor(nth % 4, `value-${nth}`)),
    options
  )
  const of = (partition: number) => results.flatMap((each) => (each.partition === partition ? each.status : []))
  for (const partition of [0, 2]) t.same(of(partition), ['acknowledged', 'indeterminate', 'refused'])
  for (const partition of [1, 3]) t.same(of(partition), ['acknowledged', 'acknowledged', 'acknowledged'])
  t.same([logs[1]?.length, new Set(dropped)], [3, new Set([1])])
})

t.test('what was certainly not written goes again, until the deadline', async (t) => {
  const again = writing(t, (partition, nth) => (partition === 3 && nth < 2 ? notLeader : 0))
  const records = Array.from({ length: 8 }, (_, nth) => recordFor(nth % 4, `value-${nth}`))
  const results = await again.writer.write('a', records, options)
  t.ok(results.every(({ status }) => status === 'acknowledged'))
  t.same(again.logs[3], ['value-3', 'value-7'])
  const never = writing(t, (partition) => (partition === 3 ? notLeader : 0))
  const refused = await never.writer.write('a', records, { deadlineMs: 100, batchBytes })
  t.match(refused[3], { status: 'refused', error: { kafkaError: 'NOT_LEADER_OR_FOLLOWER' } })
  t.equal(never.logs[3]?.length, 0)
})

t.test('a request has no more than two mebibytes in several batches', async (t) => {
  const { writer, requests, logs } = writing(t)
  const large = 'x'.repeat(1_200_000)
  await writer.write('a', [recordFor(0, large), recordFor(2, large), recordFor(1, 'small')], { deadlineMs: 1000 })
  t.same(
    requests.map(({ partitions }) => partitions).toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
    [[0], [1], [2]]
  )
  t.same(
    logs.map(({ length }) => length),
    [1, 1, 1, 0]
  )
})
