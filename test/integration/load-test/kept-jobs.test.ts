import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import type { KeptRun } from '#shared/contracts/kept-job.ts'
import type { LoadTestRun, LoadTestRunList } from '#shared/contracts/load-test.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { eventually } from '../support/eventually.ts'
import { kafkaTool } from '../support/kafka-tool.ts'
import { bootstrapServers, connection, kafkaSettings } from '../support/under-test.ts'
import { independentAdmin } from './service.ts'

/** A load-test-service of its own, with a data folder that may be of an earlier one. */
async function service(t: Test, topic: string, dataDir: string) {
  const app = await buildApp(
    loadConfig({
      ...kafkaSettings,
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
      KOPS_LOG_LEVEL: 'silent',
      KOPS_DATA_DIR: dataDir,
      KOPS_LOAD_RUNS_TOPIC: topic
    }),
    { auditTrail: { record: async () => {} } }
  )
  t.teardown(() => app.close())
  return {
    app,
    get: async <T>(url: string) => (await app.inject({ url })).json<T>(),
    async run() {
      const target = { kind: 'temporary', partitions: 6, replicationFactor: 3 }
      const payload = { name: 'kept', topic: target, records: 5000 }
      return (await app.inject({ method: 'POST', url: '/api/loadtest/runs?wait=true', payload })).json<LoadTestRun>()
    }
  }
}

/** What Kafka's own consumer prints of the topic: a line of key and value for each record. */
async function consumed(topic: string): Promise<[key: string, value: string][]> {
  const shown = ['--property', 'print.key=true', '--property', 'key.separator=\t', '--timeout-ms', '8000']
  const printed = await kafkaTool(bootstrapServers, 'console-consumer', [
    ...['--topic', topic, '--from-beginning'],
    ...shown
  ])
  return printed
    .split('\n')
    .filter((line) => line.includes('\t'))
    .map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)])
}

t.test('ended runs are in a compacted topic, and a service with an empty data folder reads them back', async (t) => {
  const topic = `kops-runs-test-${randomBytes(3).toString('hex')}`
  const admin = await independentAdmin(t)
  t.teardown(() => admin.deleteTopics({ topics: [topic] }).catch(() => undefined))
  const folder = t.testdir()
  const first = await service(t, topic, join(folder, 'first'))
  const runs = [await first.run(), await first.run()]
  const written = async () => (await admin.fetchTopicOffsets(topic).catch(() => [])).at(0)?.high
  await eventually('both runs are written', written, (high) => high === '2')
  await first.app.close()

  const described = await kafkaTool(bootstrapServers, 'topics', ['--describe', '--topic', topic])
  t.match(described, /PartitionCount: 1\s+ReplicationFactor: 3\s+Configs: .*cleanup\.policy=compact/)
  t.match(described, /min\.insync\.replicas=2/)
  const records = await consumed(topic)
  t.same(
    records.map(([key]) => key),
    runs.map(({ id }) => id)
  )
  const kept = JSON.parse(records[0]?.[1] ?? '') as KeptRun
  t.same(kept.run, runs[0], 'the run with its result, workload and fingerprint')
  t.match(kept, { run: { result: { acknowledged: 5000 }, fingerprint: { hash: String } } })
  t.equal(
    kept.partitions?.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    5000
  )

  // What somebody else wrote there is left out.
  const writer = createRecordWriter(connection)
  t.teardown(() => writer.close())
  const poison = { partition: 0, key: Buffer.from('poison'), value: Buffer.from('{"run":'), headers: [] }
  t.match(await writer.write(topic, [poison], { deadlineMs: 10_000 }), [{ status: 'acknowledged' }])

  const second = await service(t, topic, join(folder, 'second'))
  const list = await eventually(
    'the runs are read back',
    () => second.get<LoadTestRunList>('/api/loadtest/runs'),
    (found) => found.runs.length === 2
  )
  t.same(list.runs, runs.toReversed())
  const id = runs[0]?.id
  t.match(await second.get(`/api/loadtest/runs/${id}/report`), {
    id,
    seconds: kept.seconds,
    partitions: kept.partitions
  })
  t.match(await second.get('/api/loadtest/history?workload=kept'), { runs: runs.map((run) => ({ id: run.id })) })
})
