// Takes turns: load tests
import t from 'tap'
import { fetch } from 'undici'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { nothingWrong } from '../../unit/services/load-test/fakes.ts'
import { connection, loadTestUrl } from '../support/under-test.ts'
import { ask, independentAdmin, ownTopic, recordCount } from './service.ts'

t.test('a verified run accounts for each of its records, among those of others', async (t) => {
  const admin = await independentAdmin(t)
  const topic = await ownTopic(t, admin, 'verified')
  const existing = { kind: 'existing', name: topic, confirm: topic }
  const before = await ask<LoadTestRun>('POST', '/api/loadtest/runs?wait=true', {
    name: 'before',
    topic: existing,
    records: 1000
  })
  t.match(before.body, { status: 'completed' })
  t.notOk(before.body.result?.verification, 'only a verified run has one')

  const started = await ask<LoadTestRun>('POST', '/api/loadtest/runs', {
    name: 'verified',
    topic: existing,
    records: 200_000,
    producers: 2,
    headers: [{ name: 'origin', value: 'test' }],
    verify: true
  })
  t.equal(started.status, 202)
  const writer = createRecordWriter(connection)
  t.teardown(() => writer.close())
  let written = 0
  for (; written < 100; written += 1) {
    const value = Buffer.from(`somebody else’s ${written}`)
    const [result] = await writer.write(topic, [{ partition: 0, key: null, value, headers: [] }], {
      deadlineMs: 10_000
    })
    t.equal(result?.status, 'acknowledged')
  }
  const stream = await (await fetch(`${loadTestUrl}${started.body.links.events}`)).text()
  t.match(stream, /"phase":"verifying"/)
  const { body: run } = await ask<LoadTestRun>('GET', started.body.links.self)
  t.comment(JSON.stringify(run.result?.verification))
  t.match(run, {
    status: 'completed',
    progress: { acknowledged: 200_000 },
    result: {
      verification: {
        verdict: 'clean',
        attempted: 200_000,
        acknowledged: 200_000,
        read: 200_000,
        ...nothingWrong,
        evidence: [],
        unread: []
      }
    }
  })
  const foreign = run.result?.verification?.foreign ?? 0
  t.ok(foreign > 0 && foreign <= written, `${foreign} of others`)
  t.equal(await recordCount(admin, topic), 201_000 + written)
})

t.test('a verified run in a topic of its own, without idempotence: one record a batch, and lz4', async (t) => {
  for (const profile of ['low-latency', 'high-throughput']) {
    const { body } = await ask<LoadTestRun>('POST', '/api/loadtest/runs?wait=true', {
      name: 'single',
      topic: { kind: 'temporary', partitions: 3, replicationFactor: 3 },
      records: 2000,
      producers: 2,
      profile,
      verify: true
    })
    t.match(body, {
      status: 'completed',
      result: {
        verification: { verdict: 'clean', attempted: 2000, ackedLost: 0, unseen: 0, ackAliased: 0, foreign: 0 }
      }
    })
  }
})

t.test('a run that is cancelled while it is verified is aborted, and has its result', async (t) => {
  const admin = await independentAdmin(t)
  const topic = await ownTopic(t, admin, 'cancelled')
  const started = await ask<LoadTestRun>('POST', '/api/loadtest/runs', {
    name: 'cancelled',
    topic: { kind: 'existing', name: topic, confirm: topic },
    records: 300_000,
    verify: true
  })
  const events = await fetch(`${loadTestUrl}${started.body.links.events}`)
  const stream = events.body?.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ''
  while (!seen.includes('"phase":"verifying"')) seen += (await stream?.read())?.value ?? ''
  const { body } = await ask<LoadTestRun>('DELETE', started.body.links.cancel ?? '')
  await stream?.cancel()
  t.match(body, { status: 'aborted', failure: 'Cancelled on request', result: { acknowledged: 300_000 } })
  t.notOk(body.result?.verification)
})
