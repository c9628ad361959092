import t from 'tap'
import type { LoadOrder } from '#services/load-test/domain/load/engine-port.ts'
import { prepareLoadProducer } from '#services/load-test/domain/load/load-producer.ts'
import { type VerifyRunOptions, verifyRun } from '#services/load-test/domain/load/verify-run.ts'
import { addRun, noRuns } from '#services/load-test/domain/verification/acknowledged-runs.ts'
import type { Ledger } from '#services/load-test/domain/verification/ledger.ts'
import { systemClock } from '#shared/clock.ts'
import type { Payload } from '#shared/contracts/load-records.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import type { BatchOutcome, BulkProducer } from '#shared/kafka/producing/port.ts'
import type { RecordView } from '#shared/kafka/records/port.ts'
import { simulatedClock } from '../../../../simulated-clock.ts'
import { noTransactions, nothingWrong, workload } from '../../fakes.ts'

const partitions = 3
const noise: Payload = { kind: 'random', size: { kind: 'fixed', bytes: 150 }, compressibility: 0 }
/** The topic had so many records before. */
const begin = 50
const none = {
  ...nothingWrong,
  verdict: 'clean',
  foreign: 0,
  evidence: [],
  unread: []
}

/** A record as it lies in a batch. */
interface Stored {
  value: Buffer
  headers: Buffer
}

/** A log in memory, and producers that write to it, each record a batch. */
function createLog() {
  const log = Array.from({ length: partitions }, () => new Map<number, Stored>())
  const ends = log.map(() => begin)
  function createProducer(_order: LoadOrder, onOutcome: (outcome: BatchOutcome) => void): BulkProducer {
    const appended = log.map(() => 0)
    return {
      open: async () => ({ partitions }),
      append({ partition, value, headers, tag = 0 }) {
        const baseOffset = ends[partition] ?? 0
        ends[partition] = baseOffset + 1
        log[partition]?.set(baseOffset, { value: Buffer.from(value), headers: Buffer.from(headers ?? [0]) })
        const firstRecord = appended[partition] ?? 0
        appended[partition] = firstRecord + 1
        const times = {
          sentAt: 0,
          endedAt: 0,
          attempts: 1,
          broker: 1,
          errorAt: null,
          uncompressedBytes: 1,
          compressedBytes: 1
        }
        const place = { partition, records: 1, firstRecord, tags: [tag], baseOffset }
        onOutcome({ status: 'acknowledged', code: undefined, ...place, ...times })
        return true
      },
      drained: async () => {},
      flush: async () => {},
      close: async () => {}
    }
  }
  const reader: VerifyRunOptions['reader'] = {
    offsets: async () => ends.map((to, partition) => ({ partition, from: 0, to })),
    async read(_topic, ranges, { onRecord, onEnd }) {
      for (const { partition, from, to } of ranges) {
        for (const [offset, { value, headers }] of log[partition] ?? []) {
          if (offset < from || offset >= to) continue
          const view: RecordView = {
            offset,
            bytes: Buffer.concat([value, headers]),
            ...{ start: 0, keyStart: 0, keyEnd: -1 },
            valueStart: 0,
            valueEnd: value.length,
            headersStart: value.length,
            headersEnd: value.length + headers.length
          }
          onRecord(partition, view)
        }
        onEnd({ partition, from, to, readUpTo: to, gone: [] })
      }
    }
  }
  return { log, ends, createProducer, reader }
}

/** Runs a workload into a log in memory. */
async function run(change: Partial<Workload> = {}) {
  const { log, ends, createProducer, reader } = createLog()
  const order = {
    topic: 'x',
    workload: workload({ records: 300, producers: 2, verify: true, payload: noise, ...change }),
    seed: 42,
    timestampMs: 1000
  }
  const parts = {
    createProducer,
    createTransactional: noTransactions,
    clock: systemClock,
    busyMs: () => 0,
    machineOffsetMs: 0
  }
  const partitionFor = (key: string) => key.charCodeAt(0) % partitions
  const ledgers: Ledger[] = []
  const sent = Array.from({ length: order.workload.producers }, () => 0)
  for (let index = 0; index < order.workload.producers; index += 1) {
    const producer = await prepareLoadProducer(order, index, { ...parts, partitionFor })
    await producer.run(performance.now(), new AbortController().signal, (report) => {
      sent[report.producer] = (sent[report.producer] ?? 0) + (order.workload.verify ? report.sent : 0)
    })
    ledgers.push(producer.ledger)
  }
  const options: VerifyRunOptions = {
    order,
    ledgers,
    sent,
    before: ends.map((_, partition) => ({ partition, from: 0, to: begin })),
    reader,
    clock: systemClock,
    signal: new AbortController().signal,
    onRead: () => {}
  }
  return { log, ends, reader, options }
}

t.test('what was written and is there is clean, whatever the records are', async (t) => {
  const kinds: Partial<Workload>[] = [
    { payload: { kind: 'log-events' } },
    { payload: { kind: 'lines', lines: ['one', 'two'] }, keys: { kind: 'zipf', count: 10, exponent: 1 } },
    { payload: { kind: 'random', size: { kind: 'uniform', from: 1, to: 90 }, compressibility: 0 }, producers: 3 },
    { headers: [{ name: 'a', value: 'b' }] }
  ]
  for (const change of kinds) {
    const { options } = await run(change)
    t.match(await verifyRun(options), { ...none, attempted: 300, acknowledged: 300, read: 300 })
  }
})

t.test('without verify a record has no stamp, and a producer no ledger', async (t) => {
  const { log, options } = await run({ verify: false })
  t.same(
    options.ledgers.map(({ size }) => size),
    [0, 0]
  )
  t.same(Array.from(log[0]?.values() ?? [])[0]?.headers, Buffer.from([0]))
})

t.test('every fault that is planted is found, and named', async (t) => {
  const plant: {
    what: string
    change: (log: Map<number, Stored>) => void
    finds: Record<string, unknown>
    evidence?: RegExp
  }[] = [
    {
      what: 'a record is gone',
      change: (log) => log.delete(begin + 3),
      finds: { verdict: 'faulty', ackedLost: 1, read: 299 },
      evidence: /^lost: sequence \d+ of producer 0, acknowledged at 1@53$/
    },
    {
      what: 'a bit of a value is another',
      change: (log) => log.get(begin + 3)?.value.writeUInt8(0, 100),
      finds: { verdict: 'faulty', corrupt: 1, read: 299, ackedLost: 0 },
      evidence: /^corrupt: 1@53 holds record \d+ of producer 0 with another value$/
    },
    {
      what: 'a value is cut short',
      change(log) {
        const stored = log.get(begin + 3)
        if (stored) stored.value = stored.value.subarray(0, 20)
      },
      finds: { verdict: 'faulty', corrupt: 1, read: 299 },
      evidence: /with another value/
    },
    {
      what: 'two records changed places',
      change(log) {
        const [a, b] = [log.get(begin + 3), log.get(begin + 4)]
        if (a && b) log.set(begin + 3, b).set(begin + 4, a)
      },
      finds: { verdict: 'faulty', corrupt: 2, reordered: 1, read: 300 },
      evidence: /^reordered/
    },
    {
      what: 'a record of somebody else is where one was acknowledged',
      change: (log) => log.set(begin + 3, { value: Buffer.from('x'), headers: Buffer.from([0]) }),
      finds: { verdict: 'faulty', corrupt: 1, read: 299, foreign: 0 },
      evidence: /somebody else/
    },
    {
      what: 'a producer has the stamp of a third, who is not there',
      change: (log) => log.get(begin + 3)?.headers.writeUInt8(9, 11),
      finds: { verdict: 'faulty', corrupt: 1, read: 299 },
      evidence: /producer 9/
    }
  ]
  for (const { what, change, finds, evidence } of plant) {
    const { log, options } = await run()
    const [, partition] = log
    if (partition) change(partition)
    const found = await verifyRun(options)
    t.match(found, { ...none, ...finds, evidence: Array }, what)
    t.match(found.evidence[0], evidence, what)
  }
})

t.test('two producers that are one give no verdict, because kops and not the cluster is at fault', async (t) => {
  const { options } = await run()
  const [, second] = options.ledgers
  if (!second) throw new Error('there are two')
  // As with a thread that has begun with another order than the one it was asked about.
  const accounts = { ledgers: [new Map(), second], sent: [0, 300] }
  await t.rejects(verifyRun({ ...options, ...accounts }), {
    message: /^There is no verdict.*producer 0 sent 0 and has 0, producer 1 sent 300 and has 150$/
  })
})

t.test('a reader that drops records shows as so many that are missing', async (t) => {
  const { options, reader } = await run()
  let dropped = 0
  const faulty: VerifyRunOptions['reader'] = {
    offsets: reader.offsets,
    read: (topic, ranges, { onRecord, ...rest }) =>
      reader.read(topic, ranges, {
        ...rest,
        onRecord(partition, record) {
          if (record.offset % 7 !== 0) onRecord(partition, record)
          else dropped += 1
        }
      })
  }
  const found = await verifyRun({ ...options, reader: faulty })
  t.ok(dropped > 20)
  t.match(found, { verdict: 'faulty', acknowledged: 300, read: 300 - dropped, ackedLost: dropped })
  t.equal(found.evidence.length, 20, 'the first are named')
})

t.test('records of others are counted and left out', async (t) => {
  const { log, ends, options } = await run()
  const foreign: Stored = { value: Buffer.from('x'), headers: Buffer.from([0]) }
  for (let nth = 0; nth < 10; nth += 1) log[2]?.set((ends[2] ?? 0) + nth, foreign)
  ends[2] = (ends[2] ?? 0) + 10
  log[0]?.set(begin - 1, foreign)
  t.match(await verifyRun(options), { ...none, read: 300, foreign: 10 })
})

t.test('what could not be read is unseen, with the reason, and nothing is clean', async (t) => {
  const { options, reader } = await run()
  const offsets = async () => {
    throw new Error('no broker answers')
  }
  const clock = { ...systemClock, monotonicMs: () => (now += 5000), sleep: async () => {} }
  let now = 0
  const nothing = await verifyRun({ ...options, reader: { ...reader, offsets }, clock })
  t.match(nothing, { ...none, verdict: 'incomplete', read: 0, unseen: 300, unread: ['no broker answers'] })

  const cut: VerifyRunOptions['reader']['read'] = (topic, ranges, { onEnd, ...rest }) =>
    reader
      .read(
        topic,
        ranges.filter(({ partition }) => partition > 0),
        { ...rest, onEnd }
      )
      .then(() => {
        for (const range of ranges.filter(({ partition }) => partition === 0)) {
          onEnd({ ...range, readUpTo: begin, gone: [], failure: 'it has no leader' })
        }
      })
  const partly = await verifyRun({ ...options, reader: { ...reader, read: cut } })
  t.match(partly, { verdict: 'incomplete', ackedLost: 0, unread: [/^partition 0: .* not read \(it has no leader\)/] })
  t.equal(partly.unseen + partly.read, 300)
})

t.test('acknowledged before it can be read (acks=leader), a record is waited for', async (t) => {
  const { options, reader } = await run()
  let asked = 0
  const offsets: VerifyRunOptions['reader']['offsets'] = async (topic, signal) => {
    const all = await reader.offsets(topic, signal)
    asked += 1
    return asked > 3 ? all : all.map((each) => ({ ...each, to: begin }))
  }
  const clock = { ...systemClock, sleep: async () => {} }
  t.match(await verifyRun({ ...options, reader: { ...reader, offsets }, clock }), { ...none, read: 300 })
  t.equal(asked, 4)
})

t.test('a topic that ends before its acknowledged records has lost them', async (t) => {
  const { log, ends, options } = await run()
  const last = (ends[1] ?? 0) - 1
  log[1]?.delete(last)
  ends[1] = last
  let now = 0
  const clock = { ...systemClock, monotonicMs: () => (now += 1000), sleep: async () => {} }
  t.match(await verifyRun({ ...options, clock }), { verdict: 'faulty', ackedLost: 1, read: 299 })
})

t.test('an aborted record that a reader sees is a fault, and one that it does not see is none', async (t) => {
  const { ends, options } = await run({ producers: 1 })
  const [ledger] = options.ledgers
  for (const [partition, outcomes] of ledger ?? []) {
    outcomes.aborted = { from: [0], to: [3] }
    outcomes.acknowledged = noRuns()
    addRun(outcomes.acknowledged, { sequence: 3, offset: begin + 3, records: (ends[partition] ?? 0) - begin - 3 })
  }
  const visible = await verifyRun(options)
  t.match(visible, { verdict: 'faulty', aborted: 9, abortedPresent: 9, ackedLost: 0, attempted: 300 })
  t.match(visible.faults, [/^9 record\(s\) of aborted transactions/])
  t.match(visible.evidence[0], /^aborted: 3 record\(s\)/)

  const asked: unknown[] = []
  const read: typeof options.reader.read = async (topic, ranges, { onRecord, ...rest }) => {
    asked.push(rest.isolation)
    await options.reader.read(topic, ranges, {
      ...rest,
      onRecord: (partition, record) => void (record.offset >= begin + 3 && onRecord(partition, record))
    })
  }
  const transactions = { durationMs: 1, abortShare: 0 }
  const order = { ...options.order, workload: { ...options.order.workload, transactions } }
  const hidden = await verifyRun({ ...options, order, reader: { ...options.reader, read } })
  t.match(hidden, { ...none, aborted: 9, abortedPresent: 0, read: 291 })
  t.same(asked, ['read_committed'])
})

t.test('an unconfirmed record that is missing is not lost', async (t) => {
  const { log, ends, options } = await run({ producers: 1 })
  for (const [partition, outcomes] of options.ledgers[0] ?? []) {
    outcomes.acknowledged = noRuns()
    outcomes.unconfirmed = { from: [0], to: [(ends[partition] ?? 0) - begin] }
  }
  log[0]?.delete(begin + 7)
  log[1]?.delete(begin + 20)
  const { clock, drive } = simulatedClock()
  const found = await drive(verifyRun({ ...options, clock }))
  t.match(found, { ...none, attempted: 300, acknowledged: 0, unconfirmed: 300, unconfirmedPresent: 298 })
})
