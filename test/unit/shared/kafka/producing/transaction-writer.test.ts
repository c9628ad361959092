import { Reader, readRecordsBatch } from '@platformatic/kafka'
import t, { type Test } from 'tap'
import { createTransactionWriter } from '#shared/kafka/producing/transaction-writer.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { compactString, count, int16, int32, startStubLeaders, string } from '../stub-leaders.ts'
import { type CoordinatorRequest, createSimulatedCoordinator } from './simulated-coordinator.ts'
import { createSimulatedLeader } from './simulated-leader.ts'

const partitions = 4
const member = { group: 'kops-a', memberId: 'm', generation: 3, topic: 'input', partition: 2 }
type Fault = number | 'break' | 'mute' | undefined

/** Two brokers, the coordinators of a transaction and a group, and what a read_committed reader of them sees. */
async function cluster(
  t: Test,
  faults: {
    ofLeader?: () => Fault
    ofCoordinator?: (request: CoordinatorRequest) => Fault
    ofGroup?: () => number
  } = {}
) {
  const leaders = Array.from({ length: partitions }, () => createSimulatedLeader<string>())
  const ended = leaders.map(() => 0)
  const visible: string[][] = leaders.map(() => [])
  const offsets: number[] = []
  let pendingOffset: number | undefined
  const coordinator = createSimulatedCoordinator((written, commit) => {
    for (const partition of written) {
      const log = leaders[partition]?.log ?? []
      if (commit) visible[partition]?.push(...log.slice(ended[partition]))
      ended[partition] = log.length
    }
    if (commit && pendingOffset !== undefined) offsets.push(pendingOffset)
    pendingOffset = undefined
  }, faults.ofCoordinator)

  const stub = await startStubLeaders({
    ...{ brokers: 2, partitions },
    other(key, request, at, ports) {
      // AddOffsetsToTxn, TxnOffsetCommit
      if (key === 25) return Buffer.concat([int32(0), int16(0), Buffer.from([0])])
      if (key === 28) {
        const [, group] = compactString(request, at)
        const [name, identity] = compactString(request, group)
        const [id, topics] = compactString(request, identity + 14)
        const [topic, list] = compactString(request, topics + 2)
        t.same(
          [name, id, request.readInt32BE(identity + 10), topic, request.readInt32BE(list + 1)],
          [member.group, member.memberId, member.generation, member.topic, member.partition]
        )
        const errorCode = faults.ofGroup?.() ?? 0
        if (errorCode === 0) pendingOffset = Number(request.readBigInt64BE(list + 5))
        const answer = [int32(member.partition), int16(errorCode), Buffer.from([0, 0])]
        return Buffer.concat([int32(0), count(1), string(topic), count(1), ...answer, Buffer.from([0])])
      }
      return coordinator.answer(key, request, at, ports)
    },
    receive(batches) {
      const fault = faults.ofLeader?.()
      if (fault === 'break') return null
      if (typeof fault === 'number') {
        return batches.map(({ partition }) => ({ partition, errorCode: fault, baseOffset: -1 }))
      }
      const answers = batches.map(({ partition, batch }) => {
        const bytes = Buffer.from(batch)
        const { producerEpoch, records, attributes } = readRecordsBatch(Reader.from(bytes))
        if ((attributes & 0x10) === 0) throw new Error('the batch is in no transaction')
        if (!coordinator.admits(producerEpoch, partition)) return { partition, errorCode: 48, baseOffset: -1 }
        const values = records.map(({ key, value }) => `${key} ${value}`)
        return { partition, ...(leaders[partition]?.append(bytes, values) ?? { errorCode: 3, baseOffset: -1 }) }
      })
      return fault === 'mute' ? null : answers
    }
  })
  t.teardown(() => stub.close())

  function writer(deadlineMs = 20_000) {
    const own = createTransactionWriter({
      ...{ bootstrapServers: stub.bootstrap, clientId: 'kops', topics: ['a'], compression: 'none' },
      ...{ transactionalId: 'kops-a-2', transactionTimeoutMs: 60_000, deadlineMs }
    })
    t.teardown(() => own.close())
    return own
  }
  return { writer, visible, offsets, coordinator }
}

const record = (partition: number, value: string | null) => ({
  ...{ topic: 'a', partition, key: Buffer.from('k') },
  value: value === null ? null : Buffer.from(value)
})

t.test('whatever breaks, a transaction is there whole with its offset, or not at all', async (t) => {
  const random = createRandom(14)
  let isBroken = false
  const fault = (share: number, ...of: Fault[]): Fault =>
    isBroken || random() > share ? undefined : of[Math.floor(random() * of.length)]
  const { writer, visible, offsets } = await cluster(t, {
    // REQUEST_TIMED_OUT, NOT_LEADER_OR_FOLLOWER; MESSAGE_TOO_LARGE is final.
    ofLeader: () => fault(0.15, 7, 6, 10, 'break', 'mute'),
    // COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR, CONCURRENT_TRANSACTIONS
    ofCoordinator: () => fault(0.1, 14, 16, 51, 'break', 'mute'),
    // COORDINATOR_LOAD_IN_PROGRESS, ILLEGAL_GENERATION
    ofGroup: () => Number(fault(0.1, 14, 22) ?? 0)
  })
  const expected = visible.map((): string[] => [])
  const counts = { resolved: 0, rejected: 0 }
  const own = writer()
  await own.open()
  for (let nth = 0; nth < 80; nth += 1) {
    const written = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, left): [number, string | null] => [
      Math.floor(random() * partitions),
      random() < 0.2 ? null : `${nth}-${left}`
    ])
    const committed = await own
      .commit(
        written.map(([partition, value]) => record(partition, value)),
        { ...member, offset: nth }
      )
      .then(
        () => true,
        () => false
      )
    if (!committed) {
      counts.rejected += 1
      await own.open()
    } else counts.resolved += 1
    const isThere = offsets.includes(nth)
    if (committed) t.ok(isThere, `${nth} is committed`)
    if (!isThere) continue
    for (const [partition, value] of written) expected[partition]?.push(`k ${value}`)
  }
  isBroken = true
  t.same(visible, expected)
  t.same(
    offsets,
    Array.from(new Set(offsets)).sort((a, b) => a - b)
  )
  t.ok(counts.resolved > 40 && counts.rejected > 5, JSON.stringify(counts))
})

t.test('a successor fences it, and after a failure it writes nothing before it is opened again', async (t) => {
  const { writer, visible, offsets } = await cluster(t)
  const [first, second] = [writer(), writer()]
  t.same(await first.open(), new Map([['a', partitions]]))
  await first.commit([record(0, 'x')], { ...member, offset: 1 })
  await second.open()
  await t.rejects(
    first.commit([record(0, 'y')], { ...member, offset: 2 }),
    /* PRODUCER_FENCED */ { code: 'kafka_refused' }
  )
  await t.rejects(first.commit([record(0, 'y')], { ...member, offset: 2 }), /not open/)
  await second.commit([record(0, 'z')], { ...member, offset: 2 })
  t.same(visible[0], ['k x', 'k z'])
  t.same(offsets, [1, 2])
})

t.test('more records than a batch takes go in several, in their order', async (t) => {
  const { writer, visible } = await cluster(t)
  const own = writer()
  await own.open()
  const values = Array.from({ length: 5 }, (_, nth) => `${nth}${'x'.repeat(200_000)}`)
  await own.commit(
    values.map((value) => record(1, value)),
    { ...member, offset: 1 }
  )
  t.same(
    visible[1]?.map((each) => each.slice(2, 3)),
    ['0', '1', '2', '3', '4']
  )
})

t.test('without a broker it says so', async (t) => {
  const own = createTransactionWriter({
    ...{ bootstrapServers: '127.0.0.1:1', clientId: 'kops', topics: ['a'], compression: 'none' },
    ...{ transactionalId: undefined, transactionTimeoutMs: 1000, deadlineMs: 1000 }
  })
  t.teardown(() => own.close())
  await t.rejects(own.open(), { code: 'cluster_unreachable' })
})
