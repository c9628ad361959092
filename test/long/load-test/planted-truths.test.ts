// Runs undisturbed: it pauses a broker, throttles the load tests' client, and the service runs one load test at a time.
import t from 'tap'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { ask, runWorkload } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { kafkaTool } from '../../integration/support/kafka-tool.ts'
import { agentUnderTest, bootstrapServers } from '../../integration/support/under-test.ts'

const temporary = { kind: 'temporary', partitions: 6, replicationFactor: 3 } as const

t.test('a broker that stops for two seconds shows in response times, and hardly in service times', async (t) => {
  const agent = await agentUnderTest()
  t.teardown(() => agent.close())
  const workload = { name: 'test', topic: temporary, rate: { kind: 'constant', perSecond: 2000 }, durationSeconds: 12 }
  // A small buffer: what is due meanwhile waits in the client, where a closed loop would not have made it.
  const started = await ask<LoadTestRun>('POST', '/api/loadtest/runs', {
    ...workload,
    producer: { bufferBytes: 131_072 }
  })
  t.equal(started.status, 202, JSON.stringify(started.body))
  const read = async () => (await ask<LoadTestRun>('GET', started.body.links.self)).body
  await eventually('records flow', read, ({ progress }) => (progress?.acknowledged ?? 0) > 4000)
  await agent.node('kafka-2', 'pause')
  await new Promise((resolve) => setTimeout(resolve, 2000))
  await agent.node('kafka-2', 'resume')
  const { result, status } = await eventually('the run ends', read, ({ finishedAt }) => finishedAt !== null, 60_000)
  t.equal(status, 'completed')
  t.ok((result?.responseTimeMs?.p95 ?? 0) > 1000, `response ${JSON.stringify(result?.responseTimeMs)}`)
  t.ok((result?.serviceTimeMs?.p95 ?? 9e9) < 500, `service ${JSON.stringify(result?.serviceTimeMs)}`)
  t.ok((result?.scheduleLagMs?.max ?? 0) > 1000)
})

t.test('a throttled producer shows schedule lag, and the cluster is named as the limit', async (t) => {
  const quota = (change: string[]) =>
    kafkaTool(bootstrapServers, 'configs', [
      '--alter',
      ...change,
      '--entity-type',
      'clients',
      '--entity-name',
      'kops-load-test'
    ])
  await quota(['--add-config', 'producer_byte_rate=100000'])
  t.teardown(() => quota(['--delete-config', 'producer_byte_rate']))
  const { result } = await runWorkload({
    rate: { kind: 'constant', perSecond: 5000 },
    durationSeconds: 8,
    producer: { bufferBytes: 131_072, deliveryTimeoutMs: 60_000, requestTimeoutMs: 30_000 }
  })
  t.ok((result?.scheduleLagMs?.p50 ?? 0) > 200, JSON.stringify(result?.scheduleLagMs))
  t.equal(result?.limitedBy, 'cluster')
  t.ok(result?.errors.some(({ code, count }) => code === 'UNSENT' && count > 1000))
})

t.test('a client that is the limit is named as such', async (t) => {
  const { result } = await runWorkload({
    rate: { kind: 'constant', perSecond: 1_000_000 },
    durationSeconds: 4,
    payload: { kind: 'lines', lines: ['x'] },
    // Work for the client, and hardly any bytes once they are compressed: without it a quick machine reaches this rate.
    headers: Array.from({ length: 12 }, (_, index) => ({ name: `header-${index}`, value: 'value' })),
    producer: { acks: 'leader', idempotent: false, compression: 'gzip', bufferBytes: 134_217_728, batchBytes: 500_000 }
  })
  t.comment(`${result?.clientMicrosPerRecord} µs a record`)
  t.equal(result?.limitedBy, 'client', JSON.stringify({ ...result, percentiles: undefined }))
})
