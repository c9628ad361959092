import { Reader, readRecordsBatch } from '@platformatic/kafka'
import t, { type Test } from 'tap'
import { type BatchOutcome, durableSettings } from '#shared/kafka/producing/port.ts'
import { createTransactionalProducer } from '#shared/kafka/producing/transactional-producer.ts'
import type { PartitionAnswer, PartitionBatch } from '#shared/kafka/protocol/produce.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { startStubLeaders } from '../stub-leaders.ts'
import { type CoordinatorRequest, createSimulatedCoordinator } from './simulated-coordinator.ts'
import { createSimulatedLeader } from './simulated-leader.ts'

const partitions = 4
const record = (partition: number, value: string) => ({ partition, key: null, value: Buffer.from(value) })

/** Two brokers with a coordinator, and what a read_committed reader of them sees. */
async function cluster(
  t: Test,
  faults: {
    ofLeader?: () => number | 'break' | 'mute' | undefined
    ofCoordinator?: (request: CoordinatorRequest) => number | 'break' | 'mute' | undefined
  } = {}
) {
  const leaders = Array.from({ length: partitions }, () => createSimulatedLeader<string>())
  const ended = leaders.map(() => 0)
  const visible: string[][] = leaders.map(() => [])
  const coordinator = createSimulatedCoordinator((written, commit) => {
    for (const partition of written) {
      const log = leaders[partition]?.log ?? []
      if (commit) visible[partition]?.push(...log.slice(ended[partition]))
      ended[partition] = log.length
    }
  }, faults.ofCoordinator)

  function append({ partition, batch }: PartitionBatch): Omit<PartitionAnswer, 'topic'> {
    const bytes = Buffer.from(batch)
    const { attributes, producerEpoch, records } = readRecordsBatch(Reader.from(bytes))
    if ((attributes & 0x10) === 0) throw new Error('the batch is in no transaction')
    if (!coordinator.admits(producerEpoch, partition)) return { partition, errorCode: 48, baseOffset: -1 }
    const values = records.map(({ value }) => String(value))
    return { partition, ...(leaders[partition]?.append(bytes, values) ?? { errorCode: 3, baseOffset: -1 }) }
  }

  const stub = await startStubLeaders({
    ...{ brokers: 2, partitions, other: coordinator.answer },
    receive(batches) {
      const fault = faults.ofLeader?.()
      if (fault === 'break') return null
      if (typeof fault === 'number') {
        return batches.map(({ partition }) => ({ partition, errorCode: fault, baseOffset: -1 }))
      }
      const answers = batches.map(append)
      return fault === 'mute' ? null : answers
    }
  })
  t.teardown(() => stub.close())
  const outcomes: BatchOutcome[] = []

  async function open(deliveryTimeoutMs = 60_000) {
    const producer = createTransactionalProducer({
      ...durableSettings,
      ...{ bootstrapServers: stub.bootstrap, clientId: 'kops', topic: 'a', batchBytes: 300, lingerMs: 0 },
      ...{ requestTimeoutMs: 5000, deliveryTimeoutMs, transactionalId: 'x', transactionTimeoutMs: 60_000 },
      onOutcome: (outcome) => outcomes.push(outcome)
    })
    t.teardown(() => producer.close())
    await producer.open()
    return producer
  }
  return { open, outcomes, visible, coordinator }
}

t.test(
  'whatever breaks, a reader sees every record of committed transactions once, and none of the others',
  async (t) => {
    const random = createRandom(11)
    const pick = <T>(...of: T[]) => of[Math.floor(random() * of.length)]
    let faulty = 0
    const fault = (share: number, ...of: (number | 'break' | 'mute')[]) => {
      if (random() > share) return undefined
      faulty += 1
      return pick(...of)
    }
    const { open, visible, outcomes } = await cluster(t, {
      // REQUEST_TIMED_OUT, NOT_LEADER_OR_FOLLOWER; MESSAGE_TOO_LARGE is final, and dooms a transaction.
      ofLeader: () => fault(0.06, 7, 6, 10, 10, 'break', 'mute'),
      // COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, CONCURRENT_TRANSACTIONS
      ofCoordinator: () => fault(0.08, 14, 15, 16, 51, 'break', 'mute')
    })
    const producer = await open()
    const expected = visible.map((): string[] => [])
    const counts = { committed: 0, aborted: 0, doomed: 0 }
    let appended = 0
    for (let nth = 0; nth < 90; nth += 1) {
      await producer.begin()
      const written: [number, string][] = []
      for (let left = Math.floor(random() * 25); left > 0; left -= 1) {
        const [partition, value] = [Math.floor(random() * partitions), `${nth}-${left} ${String(random()).repeat(3)}`]
        written.push([partition, value])
        appended += 1
        if (!producer.append(record(partition, value))) await producer.drained()
      }
      const commit = random() < 0.8
      if (!commit && random() < 0.7) await producer.flush()
      const { status, code } = await (commit ? producer.commit() : producer.abort())
      if (status === 'committed') {
        counts.committed += 1
        for (const [partition, value] of written) expected[partition]?.push(value)
      } else if (commit) {
        counts.doomed += 1
        t.equal(code, 'MESSAGE_TOO_LARGE')
      } else counts.aborted += 1
      if (status === 'indeterminate') t.fail('no answer was late')
    }
    t.same(visible, expected)
    t.ok(faulty > 15 && counts.aborted > 6 && counts.doomed > 0, `${faulty} faults, ${JSON.stringify(counts)}`)
    t.equal(
      outcomes.reduce((sum, { records }) => sum + records, 0),
      appended,
      'each record has one outcome'
    )
  }
)

t.test('a commit without an answer is indeterminate, and repeated before the next transaction', async (t) => {
  let mute = true
  const { open, visible, coordinator } = await cluster(t, {
    ofCoordinator: ({ kind }) => (kind === 'end' && mute ? 'break' : undefined)
  })
  const producer = await open(400)
  await producer.begin()
  producer.append(record(0, 'first'))
  t.match(await producer.commit(), { status: 'indeterminate', code: 'NETWORK_EXCEPTION' })
  t.same(visible[0], [])
  await t.rejects(producer.begin(), { code: 'coordinator_unavailable' }, 'nothing can follow yet')
  mute = false
  await producer.begin()
  producer.append(record(0, 'second'))
  t.match(await producer.commit(), { status: 'committed', code: undefined })
  t.same(visible[0], ['first', 'second'])
  t.same(
    coordinator.done.filter(({ kind }) => kind === 'end').map((each) => 'commit' in each && each.commit),
    [true, true]
  )
})

t.test('an abort before the coordinator knows of the transaction ends it', async (t) => {
  let refuse = true
  const { open, visible } = await cluster(t, {
    ofCoordinator: ({ kind }) => (kind === 'add' && refuse ? 15 : undefined)
  })
  const producer = await open(300)
  await producer.begin()
  producer.append(record(0, 'first'))
  t.match(await producer.commit(), { status: 'aborted', code: /DELIVERY_TIMEOUT|COORDINATOR_NOT_AVAILABLE/ })
  refuse = false
  await producer.begin()
  producer.append(record(0, 'second'))
  t.match(await producer.commit(), { status: 'committed' })
  t.same(visible[0], ['second'])
})

t.test('a transaction without records needs no coordinator', async (t) => {
  const { open, coordinator } = await cluster(t)
  const producer = await open()
  await producer.begin()
  t.match(await producer.commit(), { status: 'committed' })
  t.notOk(coordinator.done.some(({ kind }) => kind === 'add' || kind === 'end'))
  t.throws(() => producer.append(record(0, 'a')), /no open transaction/)
})

t.test('a successor fences its predecessor and aborts its open transaction', async (t) => {
  const { open, visible } = await cluster(t)
  const predecessor = await open()
  await predecessor.begin()
  predecessor.append(record(0, 'of the predecessor'))
  await predecessor.flush()
  const successor = await open()
  await successor.begin()
  successor.append(record(0, 'of the successor'))
  t.match(await successor.commit(), { status: 'committed' })
  await t.rejects(predecessor.commit(), { code: 'kafka_refused', message: /newer producer/ })
  await t.rejects(predecessor.begin(), { code: 'kafka_refused' }, 'for good')
  t.same(visible[0], ['of the successor'])
})

t.test('close() aborts an open transaction', async (t) => {
  const { open, coordinator, outcomes } = await cluster(t)
  const producer = await open()
  await producer.begin()
  producer.append(record(0, 'a'))
  await producer.flush()
  producer.append(record(1, 'b'))
  await producer.close()
  t.match(coordinator.done.at(-1), { kind: 'end', commit: false })
  t.match(outcomes, [{ status: 'acknowledged' }, { status: 'failed', code: 'CANCELLED' }])
  await t.rejects(producer.begin(), /closed/)
})

t.test('close() does not wait for a coordinator that is silent', async (t) => {
  const { open } = await cluster(t, { ofCoordinator: ({ kind }) => (kind === 'end' ? 'break' : undefined) })
  const producer = await open()
  await producer.begin()
  producer.append(record(0, 'a'))
  await producer.flush()
  const committing = producer.commit()
  const startedAt = performance.now()
  await producer.close()
  t.ok(performance.now() - startedAt < 700)
  t.match(await committing, { status: /indeterminate|aborted/ })
})

t.test('transactions need idempotence and acks=all', async (t) => {
  const options = { ...durableSettings, bootstrapServers: '127.0.0.1:9', clientId: 'kops', topic: 'a' }
  const rest = { requestTimeoutMs: 1, deliveryTimeoutMs: 1, transactionalId: 'x', transactionTimeoutMs: 1 }
  const onOutcome = () => {}
  t.throws(() => createTransactionalProducer({ ...options, ...rest, onOutcome, idempotent: false }), /idempotence/)
  t.throws(() => createTransactionalProducer({ ...options, ...rest, onOutcome, acks: 'leader' }), /acks=all/)
})
