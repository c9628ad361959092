import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { createProbe } from '#services/health/domain/probe/probe.ts'
import { type ProbeBroker, ProbeReadingSchema } from '#shared/contracts/probe.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createFakeClock } from '../../fake-clock.ts'
import { plainChannel } from './plain-channel.ts'

const stepMs = 250
const unreachable = new KopsError('broker_unreachable', 'Writing to kops-probe: connect ECONNREFUSED')

async function start(t: Test, brokerIds = [1, 2, 3]) {
  const clock = createFakeClock()
  const channel = plainChannel(clock, brokerIds)
  const returned: number[] = []
  let next = 0
  const probe = createProbe({
    channel,
    clock,
    newId: () => `id-${next++}`,
    intervalMs: 5000,
    brokersExpected: brokerIds.length,
    onReturned: (broker) => returned.push(broker),
    onDropped: () => {},
    onError: () => {}
  })
  t.teardown(() => probe.close())
  /** Advances time in small steps, so that everything waiting proceeds in its time. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(stepMs)
      for (let turn = 0; turn < 5; turn++) await nextTurn()
    }
  }
  const tell = (): Record<string, ProbeBroker> => {
    const reading = probe.reading()
    if (!Value.Check(ProbeReadingSchema, reading))
      throw new Error(`not as the contract says: ${JSON.stringify(reading)}`)
    return Object.fromEntries(reading.brokers.map((broker) => [broker.broker, broker]))
  }
  /** Every record that was to be written has one fate, or is on its way. */
  const balances = () => {
    for (const { broker, sent, returned, lost, notAccepted, pending } of Object.values(tell())) {
      t.equal(sent, returned + lost + notAccepted + pending, `the records of ${broker} add up`)
    }
  }
  probe.start()
  await pass(6000)
  return { clock, channel, probe, pass, tell, balances, returned }
}

t.test('the topic is created, and records written to each broker are read back', async (t) => {
  const { channel, tell, pass, balances, returned } = await start(t)
  t.same(channel.changes, ['create'])
  await pass(5000)
  for (const [name, partition] of [
    ['kafka-1', 0],
    ['kafka-2', 1],
    ['kafka-3', 2]
  ] as const) {
    t.match(tell()[name], { partition, leader: name, up: true, sent: 2, acknowledged: 2, returned: 2, lost: 0 })
  }
  t.equal(returned.length, 6)
  balances()
})

t.test('while a broker is down its records are not accepted, then another one takes them; none is lost', async (t) => {
  const { channel, tell, pass, balances } = await start(t)
  const refuse = ({ leader }: { leader: number }) => {
    if (leader === 3) throw unreachable
  }
  channel.onWrite = refuse
  await pass(5000)
  t.match(tell()['kafka-3'], { up: false, notAccepted: 1, lost: 0, lastError: { code: 'broker_unreachable' } })
  t.match(tell()['kafka-1'], { up: true, notAccepted: 0 })

  channel.brokers.delete(3)
  const [, , third] = channel.partitions ?? []
  Object.assign(third ?? {}, { leader: 1, isr: [1, 2], leaderEpoch: 1 })
  await pass(10_000)
  t.match(tell()['kafka-3'], { partition: 2, leader: 'kafka-1', up: false, notAccepted: 1, lost: 0 })
  t.match(tell()['kafka-1'], { up: true, sent: 6, returned: 6, lost: 0 }, 'it is told who was really probed')

  channel.onWrite = () => {}
  channel.brokers.add(3)
  Object.assign(third ?? {}, { isr: [1, 2, 3] })
  await pass(10_000)
  t.same(channel.changes, ['create', 'elect 2'])
  t.match(tell()['kafka-3'], { leader: 'kafka-3', up: true, lost: 0 })
  balances()
})

t.test('a record that was acknowledged but is missing is lost after 20 s, those around it are not', async (t) => {
  const { channel, tell, pass, balances } = await start(t)
  channel.forgetful.add(1)
  await pass(5000)
  channel.forgetful.clear()
  await pass(18_000)
  t.match(tell()['kafka-2'], { lost: 0, up: true, pending: 1 })
  await pass(3000)
  t.match(tell()['kafka-2'], { lost: 1, up: true, pending: 0 })
  balances()
})

t.test('a broker that loses all it accepts is not up', async (t) => {
  const { channel, tell, pass, balances } = await start(t)
  channel.forgetful.add(1)
  await pass(30_000)
  t.match(tell()['kafka-2'], { up: false, lastError: { code: 'record_lost' } })
  t.ok((tell()['kafka-2']?.lost ?? 0) >= 1)
  t.match(tell()['kafka-1'], { up: true, lost: 0 })
  balances()
})

t.test('a partition that cannot be read for longer than 20 s has lost nothing', async (t) => {
  const { channel, tell, pass, balances } = await start(t)
  channel.onRead = (leader) => {
    if (leader === 2) throw new KopsError('kafka_timeout', 'no answer')
  }
  await pass(30_000)
  t.match(tell()['kafka-2'], { up: false, lost: 0 })
  t.match(tell()['kafka-1'], { up: true })
  channel.onRead = () => {}
  await pass(5000)
  t.match(tell()['kafka-2'], { up: true, lost: 0, pending: 0, notAccepted: 0 })
  balances()
})

t.test('a broker that accepts connections but does not answer delays nothing else', async (t) => {
  const { channel, tell, pass } = await start(t)
  channel.onWrite = ({ leader }) => (leader === 1 ? new Promise<void>(() => {}) : undefined)
  channel.onRead = (leader) => (leader === 1 ? new Promise<void>(() => {}) : undefined)
  await pass(25_000)
  t.match(tell()['kafka-1'], { up: false, lost: 0 })
  t.match(tell()['kafka-2'], { up: true, returned: 6, lastLatencyMs: 0 })
})

t.test('a broker that comes gets a partition, and is probed', async (t) => {
  const { channel, tell, pass } = await start(t)
  channel.brokers.add(4)
  await pass(10_000)
  t.same(channel.changes, ['create', 'add [[4,1,2]]'])
  t.match(tell()['kafka-4'], { partition: 3, leader: 'kafka-4', up: true })
})

t.test('a broker whose partition was moved away gets no other, and is not reported down', async (t) => {
  const { channel, tell, pass } = await start(t)
  const [, , third] = channel.partitions ?? []
  Object.assign(third ?? {}, { replicas: [1, 2], isr: [1, 2], leader: 1 })
  await pass(10_000)
  t.same(channel.changes, ['create'])
  t.match(tell()['kafka-3'], { partition: null, leader: null, up: null })
})

t.test('the topic is created with fewer replicas only after waiting for the other brokers', async (t) => {
  const clock = createFakeClock()
  const channel = plainChannel(clock, [1, 2])
  const probe = createProbe({
    channel,
    clock,
    newId: () => 'id',
    intervalMs: 5000,
    brokersExpected: 3,
    onReturned: () => {},
    onDropped: () => {},
    onError: () => {}
  })
  t.teardown(() => probe.close())
  probe.start()
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) {
      clock.advance(1000)
      for (let turn = 0; turn < 5; turn++) await nextTurn()
    }
  }
  await pass(25_000)
  t.same(channel.changes, [])
  await pass(10_000)
  t.same(channel.changes, ['create'])
})

t.test('a partition without a leader accepts nothing, which is not a loss', async (t) => {
  const { channel, tell, pass, balances } = await start(t)
  Object.assign(channel.partitions?.[1] ?? {}, { leader: null, isr: [] })
  await pass(5000)
  t.match(tell()['kafka-2'], {
    leader: null,
    up: false,
    lost: 0,
    notAcceptedReasons: [{ reason: 'topic_not_ready', count: 1 }]
  })
  balances()
})

t.test('when no broker answers nothing is accepted, and the reading says why', async (t) => {
  const { channel, probe, tell, pass } = await start(t)
  channel.onLook = () => {
    throw new KopsError('cluster_unreachable', 'No broker answers')
  }
  await pass(5000)
  t.match(probe.reading().warnings, [{ code: 'cluster_unreachable', target: 'kops-probe' }])
  for (const name of ['kafka-1', 'kafka-2', 'kafka-3']) t.match(tell()[name], { up: false, notAccepted: 1, lost: 0 })
  channel.onLook = () => {}
  await pass(5000)
  t.match(tell()['kafka-1'], { up: true, lost: 0 })
  t.same(probe.reading().warnings, [])
})

t.test('a recreated topic is read from its end', async (t) => {
  const { channel, tell, pass } = await start(t)
  channel.topicId = 'second'
  channel.logs.clear()
  await pass(30_000)
  for (const name of ['kafka-1', 'kafka-2', 'kafka-3']) t.match(tell()[name], { up: true, lost: 0 })
})

t.test('a reader whose position is gone starts at the log start and misses nothing', async (t) => {
  const { channel, tell, pass } = await start(t)
  channel.onRead = () => {
    throw new KopsError('kafka_timeout', 'no answer')
  }
  await pass(5000)
  // Retention removed the records that had been read, and one more that nothing waits for.
  for (const [partition, log] of channel.logs) channel.logs.set(partition, log.slice(-1))
  await pass(5000)
  channel.onRead = () => {}
  await pass(10_000)
  for (const name of ['kafka-1', 'kafka-2', 'kafka-3']) t.match(tell()[name], { up: true, lost: 0, pending: 0 })
})

t.test('closing ends everything at once, also while a broker does not answer', async (t) => {
  const { channel, probe, pass } = await start(t)
  channel.onWrite = () => new Promise<void>(() => {})
  await pass(5000)
  await probe.close()
  t.ok(channel.closed)
  const { asOf, ...before } = probe.reading()
  await pass(20_000)
  const { asOf: later, ...after } = probe.reading()
  t.same(after, before)
  await probe.close()
})
