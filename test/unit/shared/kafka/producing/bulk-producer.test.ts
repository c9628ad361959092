import { setImmediate } from 'node:timers/promises'
import { crc32c, Reader, readRecordsBatch } from '@platformatic/kafka'
import t, { type Test } from 'tap'
import { createBulkProducer } from '#shared/kafka/producing/bulk-producer.ts'
import { type BatchOutcome, type BulkProducerOptions, durableSettings } from '#shared/kafka/producing/port.ts'
import { poll } from '#shared/poll.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { type StubOptions, startStubLeaders } from '../stub-leaders.ts'
import { createSimulatedLeader } from './simulated-leader.ts'

const partitions = 6

type StubParts = Pick<StubOptions, 'leaderOf' | 'delayMs'> & { settings?: Partial<BulkProducerOptions> }

async function producerOf(t: Test, receive: StubOptions['receive'], { settings, ...stub }: StubParts = {}) {
  const leaders = await startStubLeaders({ brokers: 2, partitions, ...stub, ...(receive ? { receive } : {}) })
  const outcomes: BatchOutcome[] = []
  const producer = createBulkProducer({
    ...durableSettings,
    ...{ bootstrapServers: leaders.bootstrap, clientId: 'kops', topic: 'a' },
    ...{ batchBytes: 2000, lingerMs: 1, bufferBytes: 100_000, requestTimeoutMs: 5000, deliveryTimeoutMs: 60_000 },
    ...settings,
    onOutcome: (outcome) => outcomes.push(outcome)
  })
  t.teardown(async () => {
    await producer.close()
    leaders.close()
  })
  await producer.open()
  return { producer, outcomes }
}

t.test('whatever breaks, each record is written once, in order, with its own bytes', async (t) => {
  const random = createRandom(7)
  const logs = Array.from({ length: partitions }, () => createSimulatedLeader<string>())
  let broken = 0
  const { producer, outcomes } = await producerOf(t, (batches) => {
    const fate = random()
    const answers = batches.map(({ partition, batch }) => {
      const bytes = Buffer.from(batch)
      if (bytes.readUInt32BE(17) !== crc32c(bytes.subarray(21))) throw new Error('a batch has changed on its way')
      if (fate < 0.05 || random() < 0.05) return { partition, errorCode: 19, baseOffset: -1 }
      const values = readRecordsBatch(Reader.from(bytes)).records.map(({ value }) => String(value))
      const answer = logs[partition]?.append(bytes, values)
      if (!answer) throw new Error(`there is no partition ${partition}`)
      return { partition, ...answer }
    })
    if (fate > 0.1) return answers
    broken += 1
    return null
  })
  const sent = Array.from({ length: partitions }, (): string[] => [])
  const value = Buffer.alloc(400)
  for (let nth = 0; nth < 6000; nth += 1) {
    const partition = Math.floor(random() * partitions)
    // The producer copies a record at once: its memory has the next one then.
    const length = value.write(`${nth} ${String(random()).repeat(15)}`)
    sent[partition]?.push(value.toString('utf8', 0, length))
    if (!producer.append({ partition, key: null, value: value.subarray(0, length), tag: nth })) await producer.drained()
  }
  await producer.flush()
  t.ok(broken > 10, `${broken} connections broke`)
  t.same(
    logs.map(({ log }) => log),
    sent
  )
  t.ok(outcomes.every(({ status }) => status === 'acknowledged'))
  t.equal(
    outcomes.reduce((sum, { records }) => sum + records, 0),
    6000
  )
})

/** What a leader may do with a batch: whether it writes it, and what it answers. */
const deeds = [
  ...Array.from({ length: 40 }, () => ({ writes: true, errorCode: 0 })),
  // It appended the batch, and lost its followers or its office while it waited for these.
  { writes: true, errorCode: 6 },
  { writes: true, errorCode: 7 },
  { writes: true, errorCode: 20 },
  { writes: false, errorCode: 3 },
  { writes: false, errorCode: 5 },
  { writes: false, errorCode: 6 },
  { writes: false, errorCode: 19 },
  { writes: false, errorCode: 74 }
]

/** Sends while leaders move, refuse and break off, which they do for most of the batches at first. */
async function sendThroughMoves(t: Test, seed: number, deliveryTimeoutMs: number) {
  const random = createRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const logs = Array.from({ length: partitions }, () => createSimulatedLeader<number>())
  const leaders = Array.from({ length: partitions }, (_, partition) => partition % 2)
  let moves = 0
  const { producer, outcomes } = await producerOf(
    t,
    (batches, broker) => {
      const answers = batches.map(({ partition, batch }) => {
        const refused = { partition, baseOffset: -1 }
        if (leaders[partition] !== broker) return { ...refused, errorCode: 6 }
        const { writes, errorCode } = deeds[below(deeds.length)] ?? { writes: true, errorCode: 0 }
        const values = readRecordsBatch(Reader.from(Buffer.from(batch))).records.map(({ value }) => Number(value))
        const answer = writes ? logs[partition]?.append(Buffer.from(batch), values) : undefined
        return answer && errorCode === 0 ? { partition, ...answer } : { ...refused, errorCode }
      })
      if (random() < 0.2) {
        const moved = below(partitions)
        leaders[moved] = 1 - (leaders[moved] ?? 0)
        moves += 1
      }
      return random() < 0.03 ? null : answers
    },
    { leaderOf: (partition) => leaders[partition] ?? 0, settings: { deliveryTimeoutMs } }
  )
  const sent = Array.from({ length: partitions }, (): number[] => [])
  for (let nth = 0; nth < 3000; nth += 1) {
    const partition = below(partitions)
    sent[partition]?.push(nth)
    const value = Buffer.from(String(nth).padStart(200, '0'))
    if (!producer.append({ partition, key: null, value, tag: nth })) await producer.drained()
    if (nth % 50 === 0) await setImmediate()
  }
  await producer.flush()
  await producer.close()
  t.ok(moves > 10, `${moves} moves`)
  return { sent, outcomes, logs: logs.map(({ log }) => log) }
}

t.test(
  'while leaders move, each record is written once and in order, at the offset that its outcome names',
  async (t) => {
    const { sent, outcomes, logs } = await sendThroughMoves(t, 3, 60_000)
    t.same(logs, sent)
    t.ok(outcomes.every(({ status }) => status === 'acknowledged'))
    const elsewhere = outcomes.filter(({ partition, baseOffset, tags }) =>
      tags.some((tag, nth) => baseOffset !== null && logs[partition]?.[baseOffset + nth] !== tag)
    )
    t.same(elsewhere, [])
  }
)

t.test('batches that are given up while leaders move leave no copy and no gap in what is acknowledged', async (t) => {
  const { sent, outcomes, logs } = await sendThroughMoves(t, 4, 150)
  const of = (status: BatchOutcome['status']) =>
    outcomes.filter((each) => each.status === status).flatMap(({ tags }) => tags)
  const written = logs.flat()
  t.equal(new Set(written).size, written.length, 'none is there twice')
  t.ok(
    logs.every((log) => log.every((tag, nth) => nth === 0 || tag > (log[nth - 1] ?? 0))),
    'in order'
  )
  const there = new Set(written)
  t.same(
    of('acknowledged').filter((tag) => !there.has(tag)),
    []
  )
  t.same(
    of('failed').filter((tag) => there.has(tag)),
    []
  )
  const [acknowledged, failed, indeterminate] = [of('acknowledged'), of('failed'), of('indeterminate')]
  t.ok(indeterminate.length > 0, `${failed.length} failed, ${indeterminate.length} indeterminate`)
  t.same(
    [...acknowledged, ...failed, ...indeterminate].toSorted((a, b) => a - b),
    sent.flat().toSorted((a, b) => a - b)
  )
})

t.test('close() leaves what was sent and not answered as unknown', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const { producer, outcomes } = await producerOf(t, () => {
    arrived.resolve()
    return []
  })
  producer.append({ partition: 0, key: null, value: Buffer.from('a'), tag: 1 })
  await arrived.promise
  await producer.close()
  t.match(outcomes, [{ status: 'indeterminate', tags: [1] }])
})

t.test('a request follows one in flight with a batch of each partition, or when many wait for one', async (t) => {
  const requests: number[][] = []
  const { producer } = await producerOf(
    t,
    (batches) => {
      requests.push(batches.map(({ partition }) => partition))
      return batches.map(({ partition }) => ({ partition, errorCode: 0, baseOffset: 0 }))
    },
    { leaderOf: () => 0, delayMs: 3000, settings: { compression: 'none' } }
  )
  const append = (partition: number) => producer.append({ partition, key: null, value: Buffer.alloc(900), tag: 0 })
  const sent = (count: number) =>
    poll(
      () => requests.length,
      (length) => length === count,
      soon
    )
  append(0)
  await sent(1)
  // Three of these records make one batch complete, and begin the next.
  for (let partition = 0; partition < partitions; partition += 1) {
    for (let record = 0; record < 3; record += 1) append(partition)
    // Its turn to send, if it were to send now.
    await setImmediate()
    await setImmediate()
  }
  await sent(2)
  for (let record = 0; record < 12; record += 1) append(1)
  await sent(3)
  t.same(requests.slice(0, 3), [[0], Array.from({ length: partitions }, (_, partition) => partition), [1]])
})

const soon = { timeoutMs: 10_000, pauseMs: 5 }
const unanswered = { acks: 'none', idempotent: false } as const

t.test('with acks=none a record is unconfirmed once the network has it', async (t) => {
  const received: string[] = []
  const receive: StubOptions['receive'] = (batches) => {
    for (const { batch } of batches) {
      const { records, firstSequence } = readRecordsBatch(Reader.from(Buffer.from(batch)))
      t.equal(firstSequence, -1)
      received.push(...records.map(({ value }) => String(value)))
    }
    return []
  }
  const { producer, outcomes } = await producerOf(t, receive, { settings: unanswered })
  const values = Array.from({ length: 200 }, (_, nth) => `${nth}`)
  for (const [nth, value] of values.entries()) {
    producer.append({ partition: nth % partitions, key: null, value: Buffer.from(value), tag: nth })
  }
  await producer.flush()
  t.ok(outcomes.every((each) => each.status === 'unconfirmed' && each.baseOffset === null && each.code === undefined))
  t.same(
    outcomes.flatMap(({ tags }) => tags).toSorted((a, b) => a - b),
    Array.from(values.keys())
  )
  await poll(
    () => received.length,
    (count) => count === values.length,
    soon
  )
  t.same(new Set(received), new Set(values))
})

t.test(
  'with acks=none a broker that refuses batches closes the connection, and leaders are looked up again',
  async (t) => {
    let moved = false
    let asked = 0
    const leaderOf = () => {
      asked += 1
      return moved ? 1 : 0
    }
    const refuse: StubOptions['receive'] = () => {
      moved = true
      return null
    }
    const { producer, outcomes } = await producerOf(t, refuse, { leaderOf, settings: unanswered })
    const before = asked
    producer.append({ partition: 0, key: null, value: Buffer.from('a'), tag: 1 })
    await producer.flush()
    t.match(outcomes, [{ status: 'unconfirmed' }], 'nobody says that it was refused')
    t.ok(
      (
        await poll(
          () => asked,
          (count) => count > before,
          soon
        )
      ).done
    )
  }
)
