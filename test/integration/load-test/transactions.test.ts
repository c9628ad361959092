// Takes turns: load tests
import { fork } from 'node:child_process'
import { once } from 'node:events'
import kafkajs from 'kafkajs'
import t from 'tap'
import type { LoadTestReport, LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Isolation } from '#shared/kafka/verifying/port.ts'
import { createRangeReader } from '#shared/kafka/verifying/range-reader.ts'
import { eventually } from '../support/eventually.ts'
import { connection, kafkajsConnection } from '../support/under-test.ts'
import { ask, independentAdmin, ownTopic, runWorkload } from './service.ts'
import { ownProducer } from './transaction-process.ts'

/** Values of a topic, to the ends that it has now; undefined if a reader does not get there within 3 s. */
async function readAll(topic: string, isolation: Isolation): Promise<string[] | undefined> {
  const reader = createRangeReader({ ...connection, clientId: 'kops-test' })
  const signal = AbortSignal.timeout(20_000)
  const values: string[] = []
  let stuck = false
  try {
    await reader.read(topic, await reader.offsets(topic, signal), {
      ...{ isolation, stallMs: 3000, signal },
      onRecord: (_, { bytes, valueStart, valueEnd }) => void values.push(bytes.toString('utf8', valueStart, valueEnd)),
      onUnreadable: () => {},
      onEnd: ({ failure }) => {
        stuck ||= failure !== undefined
      }
    })
  } finally {
    await reader.close()
  }
  return stuck ? undefined : values
}

t.test('readers see the records of committed transactions, and none of aborted ones', async (t) => {
  const admin = await independentAdmin(t)
  const topic = await ownTopic(t, admin, 'transactions', 3)
  const run = await runWorkload({
    topic: { kind: 'existing', name: topic, confirm: topic },
    records: 6000,
    producers: 2,
    producer: { compression: 'gzip' },
    transactions: { records: 500, abortShare: 0.25 },
    verify: true,
    consumers: [{ members: 2 }, { members: 1, isolation: 'read_uncommitted' }],
    thresholds: ['errors = 0', 'uncommitted = 0', 'unconsumed = 0', 'lag = 0']
  })
  t.match(
    run,
    {
      status: 'completed',
      result: {
        acknowledged: 6000,
        transactions: {
          ...{ committed: 10, aborted: 2, indeterminate: 0, uncommitted: 0 },
          ...{ committedRecords: 5000, abortedRecords: 1000, indeterminateRecords: 0, errors: [] }
        },
        verification: {
          ...{ verdict: 'clean', attempted: 6000, acknowledged: 5000, aborted: 1000, abortedPresent: 0 },
          ...{ read: 5000, ackedLost: 0, unseen: 0, foreign: 0, unread: [] }
        },
        consumers: [
          { consumed: 5000, unconsumed: 0 },
          { consumed: 6000, unconsumed: 0 }
        ]
      }
    },
    run.failure ?? run.id
  )
  t.ok(
    run.result?.thresholds?.every(({ passed }) => passed),
    JSON.stringify(run.result?.thresholds)
  )
  t.ok((run.result?.transactions?.commitMs?.min ?? 0) > 0, JSON.stringify(run.result?.transactions?.commitMs))
  const { body } = await ask<LoadTestReport>('GET', `${run.links.self}/report`)
  const commits = body.seconds.reduce((sum, { transactions }) => sum + (transactions?.committed ?? 0), 0)
  t.equal(commits, 10, 'the seconds have all of them')

  const kafka = new kafkajs.Kafka({ clientId: 'test', ...kafkajsConnection, logLevel: kafkajs.logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `${topic}-reader` })
  t.teardown(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  // One that has to join again reads from the start again.
  const seen = new Set<string>()
  await consumer.run({
    eachBatch: async ({ batch }) => {
      for (const { offset } of batch.messages) seen.add(`${batch.partition}@${offset}`)
    }
  })
  const read = () => seen.size
  await eventually('another client has read it', read, (count) => count >= 5000)
  t.equal(read(), 5000, 'another client agrees')
})

t.test('a cancelled run leaves no transaction open', async (t) => {
  const admin = await independentAdmin(t)
  const topic = await ownTopic(t, admin, 'cancelled-transaction', 3)
  const { body: started } = await ask<LoadTestRun>('POST', '/api/loadtest/runs', {
    ...{ name: 'cancelled', topic: { kind: 'existing', name: topic, confirm: topic } },
    ...{ rate: { kind: 'constant', perSecond: 500 }, durationSeconds: 60, transactions: { durationMs: 60_000 } }
  })
  const progress = async () => (await ask<LoadTestRun>('GET', started.links.self)).body.progress
  await eventually('records are written', progress, (now) => (now?.acknowledged ?? 0) > 100)
  const { body: run } = await ask<LoadTestRun>('DELETE', started.links.cancel ?? '')
  t.match(run, { status: 'aborted', result: { transactions: { committed: 0, aborted: 1, uncommitted: 1 } } })
  t.same(await readAll(topic, 'read_committed'), [], 'a reader gets to the end, and sees nothing')
  t.ok(((await readAll(topic, 'read_uncommitted')) ?? []).length > 100)
})

t.test('a producer that is killed in mid-transaction is fenced by its successor', async (t) => {
  const admin = await independentAdmin(t)
  const topic = await ownTopic(t, admin, 'killed', 1)
  const options = { topic, transactionalId: `kops-test-${topic}` }
  const child = fork(new URL('./transaction-process.ts', import.meta.url), [JSON.stringify(options)])
  const exited = once(child, 'exit')
  t.teardown(() => child.kill('SIGKILL'))
  t.equal((await once(child, 'message'))[0], 'in mid-transaction')
  child.kill('SIGKILL')
  await exited
  t.equal(await readAll(topic, 'read_committed'), undefined, 'its transaction is open, and readers wait behind it')

  const successor = ownProducer(options)
  t.teardown(() => successor.close())
  await successor.open()
  await successor.begin()
  successor.append({ partition: 0, key: null, value: Buffer.from('of the successor') })
  t.match(await successor.commit(), { status: 'committed' })
  t.same(await readAll(topic, 'read_committed'), ['of the successor'])
  t.equal((await readAll(topic, 'read_uncommitted'))?.length, 11)

  const third = ownProducer(options)
  t.teardown(() => third.close())
  await third.open()
  await successor.begin()
  successor.append({ partition: 0, key: null, value: Buffer.from('too late') })
  await t.rejects(successor.commit(), { code: 'kafka_refused' }, 'and so is the successor by the next one')
})

t.test('with acks=none a run says what was handed over, and reading back what is in the log', async (t) => {
  const run = await runWorkload({
    records: 20_000,
    producer: { acks: 'none', idempotent: false },
    verify: true,
    thresholds: ['errors = 0']
  })
  t.match(
    run,
    {
      status: 'completed',
      result: {
        ...{ acknowledged: 0, unconfirmed: 20_000, failed: 0, indeterminate: 0, sendLatencyMs: null },
        thresholds: [{ passed: true }],
        verification: {
          ...{ verdict: 'clean', attempted: 20_000, acknowledged: 0, unconfirmed: 20_000, unconfirmedPresent: 20_000 },
          ...{ read: 20_000, ackedLost: 0, faults: [] }
        }
      }
    },
    run.failure ?? run.id
  )
  t.ok((run.result?.eventsPerSecond ?? 0) > 0)
})
