// Takes turns: load tests
import t from 'tap'
import Value from 'typebox/value'
import { fetch } from 'undici'
import type { Problem } from '#shared/contracts/common.ts'
import { type LoadTestRun, LoadTestRunSchema, type LoadTestStats } from '#shared/contracts/load-test.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createIndependentReader } from '#shared/kafka/verifying/kafkajs-reader.ts'
import { testMode } from '../support/test-cluster.ts'
import { adminUrl, connection, loadTestUrl } from '../support/under-test.ts'
import { ask, independentAdmin, ownTopic, recordCount } from './service.ts'

t.test('the acknowledged events of a run are in the topic, record by record', async (t) => {
  const admin = await independentAdmin(t)
  const topic = await ownTopic(t, admin, 'run')
  const { status, headers, body } = await ask<LoadTestRun>(
    'POST',
    `/api/loadtest/run?eventCount=10000&topic=${topic}&confirmTopic=${topic}`
  )
  t.equal(status, 200)
  t.equal(Value.Check(LoadTestRunSchema, body), true)
  t.equal(headers.get('location'), body.links.self)
  t.match(body, {
    status: 'completed',
    topic,
    eventCount: 10_000,
    result: { acknowledged: 10_000, failed: 0, errors: [] }
  })
  t.equal(await recordCount(admin, topic), 10_000)
  const trail = await fetch(`${adminUrl}/api/audit?action=loadtest.run&target=${topic}`)
  t.match(await trail.json(), {
    events: [
      { outcome: 'applied', after: { id: body.id, status: 'completed' } },
      { outcome: 'requested', request: { query: { topic, eventCount: 10_000 } }, chain: { writer: /^loadtest-/ } }
    ]
  })

  const traces = new Set<string>()
  let bytes = 0
  let valid = 0
  const reader = createIndependentReader(connection)
  const reading = await reader.readTopic(topic, {
    isolation: 'read_committed',
    deadlineMs: 30_000,
    onRecord({ key, value }) {
      const event = JSON.parse(value ?? '') as { traceId: string; service: string; http: { status: number } }
      if (event.traceId === key && event.service.length > 0 && event.http.status >= 200) valid += 1
      traces.add(event.traceId)
      bytes += value?.length ?? 0
    }
  })
  t.equal(reading.complete, true)
  t.equal(valid, 10_000)
  t.equal(traces.size, 8192, 'as many different ones as the pool has')
  t.ok(bytes / 10_000 > 400 && bytes / 10_000 < 700, 'events have a realistic size')

  const later: [partition: number, offset: number][] = []
  const tail = await reader.readTopic(topic, {
    ...{ isolation: 'read_uncommitted', deadlineMs: 30_000, from: new Map([[0, 100]]) },
    onRecord: ({ partition, offset }) => later.push([partition, offset])
  })
  t.match(tail, { complete: true, partitions: [{ partition: 0, startOffset: 100 }] })
  t.equal(tail.partitions.length, 1)
  t.same(later[0], [0, 100], 'a reading may begin later, and leave out partitions')
  t.ok(later.every(([partition], at) => partition === 0 && later[at]?.[1] === 100 + at))

  // The bytes on the brokers' disks match what the run reported, for each of the three replicas.
  const result = body.result
  const cluster = createClusterReader(connection)
  t.teardown(() => cluster.close())
  const sizes = await cluster.replicaSizes([topic], { deadlineMs: 10_000 })
  const onDisk = sizes.value.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  t.equal(onDisk, 3 * (result?.compressedBytes ?? 0))
  t.ok(result?.compressionRatio && result.compressionRatio > 0.3 && result.compressionRatio < 0.5)
  const { min = -1, p50 = -1, p95 = -1, p99 = -1, p999 = -1, max = -1, mean = -1 } = result?.sendLatencyMs ?? {}
  const percentiles = [0, min, p50, p95, p99, p999, max]
  t.same(
    percentiles,
    percentiles.toSorted((a, b) => a - b),
    'no percentile is beyond the greatest latency'
  )
  t.ok(mean >= min && mean <= max)
  t.ok(result && result.eventsPerSecond > 0)
})

t.test("the seed's commands work literally", async (t) => {
  t.match((await ask<LoadTestStats>('POST', '/api/loadtest/reset')).body, {
    acknowledged: 0,
    runs: { total: 0 },
    last: null
  })
  const run = await ask<LoadTestRun>('POST', '/api/loadtest/run?eventCount=10000&topic=log-events')
  t.match(run, { status: 200, body: { status: 'completed', topic: 'log-events' } })
  const byDefault = await ask<LoadTestRun>('POST', '/api/loadtest/run')
  t.match(byDefault, { status: 200, body: { topic: 'log-events', eventCount: 10_000 } })
  const stats = await ask<LoadTestStats>('GET', '/api/loadtest/stats')
  t.match(stats.body, { acknowledged: 20_000, failed: 0, runs: { total: 2, running: 0, completed: 2 } })
  t.equal(stats.body.last?.id, byDefault.body.id)
  const metrics = await (await fetch(`${loadTestUrl}/metrics`)).text()
  t.match(metrics, /^kafka_producer_success_total [1-9]\d{4,}$/m)
  t.match(metrics, /^kafka_producer_send_time_seconds_bucket\{le="0.02"\} \d+$/m)
})

t.test(
  'a run that is not waited for can be watched, listed and cancelled, and gives way to no second one',
  async (t) => {
    const admin = await independentAdmin(t)
    const topic = await ownTopic(t, admin, 'cancel')
    const started = await ask<LoadTestRun>(
      'POST',
      `/api/loadtest/run?eventCount=5000000&topic=${topic}&confirmTopic=${topic}&wait=false`
    )
    t.equal(started.status, 202)
    const { links, id } = started.body
    t.match(await ask('POST', `/api/loadtest/run?eventCount=1&topic=${topic}&confirmTopic=${topic}`), {
      status: 409,
      body: { code: 'job_conflict' }
    })

    const events = await fetch(`${loadTestUrl}${links.events}`)
    const stream = events.body?.pipeThrough(new TextDecoderStream()).getReader()
    let seen = ''
    while (!/"acknowledged":[1-9]/.test(seen)) seen += (await stream?.read())?.value ?? ''
    t.match(seen, /^event: update\ndata: \{/)

    const cancelled = await ask<LoadTestRun>('DELETE', links.cancel ?? '')
    t.match(cancelled.body, { status: 'aborted', failure: 'Cancelled on request' })
    while (!seen.includes('event: end')) {
      const chunk = await stream?.read()
      if (!chunk || chunk.done) break
      seen += chunk.value
    }
    t.match(seen, /event: end/)
    t.match(await ask('DELETE', links.self), { status: 409, body: { code: 'job_finished' } })
    const list = await ask<{ runs: LoadTestRun[] }>('GET', '/api/loadtest/runs?limit=1')
    t.equal(list.body.runs[0]?.id, id)

    const result = cancelled.body.result
    const stored = await recordCount(admin, topic)
    t.ok(result && stored >= result.acknowledged, 'everything acknowledged is there')
    t.ok(result && stored <= result.acknowledged + result.indeterminate, 'and nothing that was said to have failed')
  }
)

t.test('bad requests are answered with a problem that names the field, and produce nothing', async (t) => {
  const admin = await independentAdmin(t)
  const before = await recordCount(admin, 'log-events')
  const runs = (await ask<LoadTestStats>('GET', '/api/loadtest/stats')).body.runs.total
  const bad: [string, unknown, number, string][] = [
    ['/api/loadtest/run?eventCount=-1', undefined, 400, 'eventCount'],
    ['/api/loadtest/run?eventCount=0', undefined, 400, 'eventCount'],
    ['/api/loadtest/run?eventCount=1000000000000', undefined, 400, 'eventCount'],
    ['/api/loadtest/run?eventCount=abc', undefined, 400, 'eventCount'],
    ['/api/loadtest/run?eventCount=1.5', undefined, 400, 'eventCount'],
    ['/api/loadtest/run?eventCount=10&topic=no-such-topic&confirmTopic=no-such-topic', undefined, 404, 'topic'],
    ['/api/loadtest/run?eventCount=10&topic=other', undefined, 400, 'confirmTopic'],
    ['/api/loadtest/run?eventCount=10&topic=other&confirmTopic=log-events', undefined, 400, 'confirmTopic'],
    ['/api/loadtest/run?eventCount=10&topic=bad%20name', undefined, 400, 'topic'],
    ['/api/loadtest/run?events=10', undefined, 400, 'events'],
    ['/api/loadtest/run', { eventCount: '10' }, 400, 'eventCount'],
    ['/api/loadtest/run', { eventcount: 10 }, 400, 'eventcount'],
    ['/api/loadtest/run', '{"eventCount":', 400, 'body'],
    ['/api/drills', { kind: 'broker-stop', node: 'kafka-9' }, 404, 'node'],
    ['/api/drills', { kind: 'broker-stop', node: 'zookeeper-1' }, testMode === 'kraft' ? 404 : 400, 'node'],
    ['/api/drills', { kind: 'broker-stop', node: '../etc' }, 400, 'node'],
    ['/api/drills', { kind: 'meteorite', node: 'kafka-1' }, 400, 'kind'],
    ['/api/drills', { kind: 'broker-stop' }, 400, 'node'],
    ['/api/drills', { kind: 'broker-stop', node: 'kafka-1', faultDurationMs: 1 }, 400, 'faultDurationMs'],
    ['/api/drills', '{', 400, 'body']
  ]
  for (const [path, body, status, field] of bad) {
    const answer = await ask<Problem>('POST', path, body)
    t.equal(answer.status, status, `${path} ${JSON.stringify(body) ?? ''}`)
    t.equal(answer.headers.get('content-type')?.startsWith('application/problem+json'), true)
    t.ok(
      answer.body.errors?.some((error) => error.field === field),
      `names ${field}: ${answer.body.detail}`
    )
  }
  for (const path of ['/api/loadtest/runs/nothing', '/api/drills/nothing', '/api/drills/nothing/events']) {
    t.match(await ask('GET', path), { status: 404, body: { code: 'job_not_found' } })
  }
  t.equal(await recordCount(admin, 'log-events'), before)
  t.equal((await ask<LoadTestStats>('GET', '/api/loadtest/stats')).body.runs.total, runs)
})
