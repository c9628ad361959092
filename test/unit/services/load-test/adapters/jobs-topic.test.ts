import t from 'tap'
import { createJobsTopic, type JobsTopicOptions } from '#services/load-test/adapters/jobs-topic.ts'
import type { KeptDrill, KeptJob, KeptRun } from '#shared/contracts/kept-job.ts'
import type { LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import type { TopicSpec } from '#shared/contracts/topic-specs.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { PartitionProgress, RecordToWrite, WriteResult } from '#shared/kafka/records/port.ts'
import { drill } from '../../../cli/drills/drill.ts'
import { keptRun } from '../kept-runs.ts'

interface Cluster {
  /** Alive. */
  brokers?: number
  /** The topic is there. */
  exists?: boolean
  partition?: Partial<PartitionProgress>
  result?: WriteResult
}

/** One partition, whose records are kept in the order of their offsets. */
function build(
  { brokers = 3, exists = true, partition, result }: Cluster = {},
  change: Partial<JobsTopicOptions> = {}
) {
  const log: Pick<RecordToWrite, 'key' | 'value'>[] = []
  const created: TopicSpec[] = []
  const missing = () => fieldError('topic_not_found', 'topic', 'kops-runs does not exist')
  const topic = createJobsTopic({
    name: 'kops-runs',
    records: {
      async readBackwards(_topic, _options, onRecord) {
        if (!exists) throw missing()
        let next = log.length - 1
        for (let goes = true; goes && next >= 0; next -= 1) {
          const { key = null, value = null } = log[next] ?? {}
          goes = onRecord({ partition: 0, offset: next, timestampMs: 0, key, value, headers: [], sizeBytes: 0 })
        }
        const progress = { partition: 0, logStartOffset: 0, logEndOffset: log.length, position: next + 1 }
        return {
          ...{ records: 0, bytes: 0, cutBy: null, warnings: [] },
          partitions: [{ ...progress, finished: next < 0, ...partition }]
        }
      },
      close: async () => {}
    },
    writer: {
      async write(_topic, records) {
        if (!exists) throw missing()
        log.push(...records)
        return [result ?? { status: 'acknowledged', partition: 0, offset: log.length - 1 }]
      },
      close: async () => {}
    },
    admin: {
      async createTopic(spec) {
        created.push(spec)
        exists = true
      }
    },
    reader: {
      metadata: async () => ({
        value: {
          ...{ clusterId: null, controllerId: null, topics: [] },
          brokers: Array.from({ length: brokers }, (_, id) => ({ id, host: 'x', port: 1, rack: null }))
        },
        warnings: []
      })
    },
    brokers: 1,
    most: 3,
    ...change
  })
  return { topic, log, created }
}

const kept = (minute: number, change: Partial<KeptRun> = {}): KeptRun => ({ run: keptRun(minute), ...change })
const second: LoadTestSecond = {
  ...{ second: 0, targetPerSecond: 1000, sent: 1000, acknowledged: 1000, failed: 0, busy: 0.123, blocked: 0 },
  ...{ responseP50Ms: 1.234, responseP99Ms: 1.234, serviceP50Ms: 1.2, serviceP99Ms: 1.2, scheduleLagP99Ms: 0.1 }
}
const seconds = (length: number) => Array.from({ length }, (_, nth) => ({ ...second, second: nth }))
const keptDrill = (change: Parameters<typeof drill>[0] = {}, partitions = 6): KeptDrill => ({
  drill: drill(change, partitions)
})
const read = ({ topic }: ReturnType<typeof build>) => topic.read(new AbortController().signal)

t.test('runs come back as they were written, newest first, and the last record of an id counts', async (t) => {
  const built = build()
  const [one, two, changed] = [kept(1, { seconds: seconds(3) }), kept(2), kept(1, { seconds: seconds(4) })]
  for (const each of [one, two, changed, kept(3)]) await built.topic.write(each.run.id, each)
  await built.topic.write(kept(3).run.id, null)
  t.same(await read(built), { jobs: [changed, two], unreadable: [], isCut: false })
  t.same(built.created, [])
})

const missingTopics: { brokers: number; known: number; replicationFactor: number; min: string }[] = [
  { brokers: 5, known: 3, replicationFactor: 3, min: '2' },
  { brokers: 2, known: 3, replicationFactor: 3, min: '2' },
  { brokers: 2, known: 1, replicationFactor: 2, min: '2' },
  { brokers: 1, known: 1, replicationFactor: 1, min: '1' }
]
for (const { brokers, known, replicationFactor, min } of missingTopics) {
  t.test(`a missing topic is made by the first write: ${brokers} of ${known} known brokers answer`, async (t) => {
    const built = build({ exists: false, brokers }, { brokers: known })
    t.same(await read(built), { jobs: [], unreadable: [], isCut: false })
    await built.topic.write(kept(1).run.id, kept(1))
    const configs = { 'cleanup.policy': 'compact', 'min.insync.replicas': min }
    t.same(built.created, [{ name: 'kops-runs', partitions: 1, replicationFactor, configs }])
    t.equal((await read(built)).jobs.length, 1)
  })
}

t.test('a run has its seconds, and without them its partitions, as far as a record has room', async (t) => {
  const built = build({}, { most: 9 })
  const partitions = [{ partition: 0, acknowledged: 1, failed: 0, bytes: 1, meanServiceMs: 1.5, maxServiceMs: 1.5 }]
  await built.topic.write(kept(1).run.id, kept(1, { seconds: seconds(3000), partitions }))
  await built.topic.write(kept(2).run.id, kept(2, { seconds: seconds(6000), partitions }))
  const { jobs } = await read(built)
  t.same(
    (jobs as KeptRun[]).map((each) => [each.seconds?.length, each.partitions?.length]),
    [
      [undefined, 1],
      [3000, 1]
    ]
  )
  for (const { value } of built.log) t.ok((value?.length ?? 0) <= 900_000)
  const workload = { name: 'x', topic: { kind: 'existing', name: 'x' }, records: 1 } as const
  const lines = { ...workload, payload: { kind: 'lines' as const, lines: ['x'.repeat(900_000)] } }
  const huge = kept(3)
  await t.rejects(built.topic.write(huge.run.id, { run: { ...huge.run, workload: lines } }), {
    code: 'record_too_large'
  })
})

t.test(
  'a drill is kept among the runs, without partitions and rates where a record has no room for them',
  async (t) => {
    const built = build({}, { most: 9 })
    const [whole, large] = [keptDrill(), keptDrill({ id: '20260203T040507-9f3a1c' }, 2500)]
    const written: KeptJob[] = [kept(1), whole, large]
    for (const each of written) await built.topic.write('run' in each ? each.run.id : each.drill.id, each)
    const { partitions, rates, ...rest } = large.drill
    t.same((await read(built)).jobs, [{ drill: rest }, whole, kept(1)])
    for (const { value } of built.log) t.ok((value?.length ?? 0) <= 900_000)
  }
)

t.test('what is no ended job of its key and of this version is left out by its key', async (t) => {
  const built = build({}, { most: 20 })
  const { run } = kept(1)
  const poison: [string | null, string][] = [
    ['half', '{"run":'],
    ['empty', ''],
    [run.id, JSON.stringify({ run: { ...run, later: true } })],
    ['20260131T000000-other', JSON.stringify({ run })],
    ['../../etc/passwd', JSON.stringify({ run: { ...run, id: '../../etc/passwd' } })],
    ['running', JSON.stringify({ run: { ...run, id: 'running', status: 'running' } })],
    ['drill-running', JSON.stringify({ drill: { ...drill(), id: 'drill-running', status: 'healing' } })],
    ['drill-other', JSON.stringify({ drill: drill() })],
    ['drill-later', JSON.stringify({ drill: { ...drill(), id: 'drill-later', kind: 'earthquake' } })],
    ['both', JSON.stringify({ run: { ...run, id: 'both' }, drill: { ...drill(), id: 'both' } })],
    [null, JSON.stringify({ run })]
  ]
  for (const [key, value] of poison) {
    built.log.push({ key: key === null ? null : Buffer.from(key), value: Buffer.from(value) })
  }
  const good = kept(2)
  await built.topic.write(good.run.id, good)
  const { jobs, unreadable } = await read(built)
  t.same(jobs, [good])
  t.same(new Set(unreadable), new Set(poison.map(([key]) => key ?? '')))
})

t.test('a reading ends after so many runs, and says that there are more', async (t) => {
  const built = build({}, { most: 2 })
  for (const minute of [1, 2, 3]) await built.topic.write(kept(minute).run.id, kept(minute))
  const { jobs, isCut } = await read(built)
  t.same(
    (jobs as KeptRun[]).map(({ run }) => run.id),
    [kept(3).run.id, kept(2).run.id]
  )
  t.equal(isCut, true)
})

t.test('a partition whose end nobody reports has not been read', async (t) => {
  const built = build({ partition: { logEndOffset: null, finished: false, reason: 'partition_unavailable' } })
  await t.rejects(read(built), { code: 'topic_not_ready' })
})

t.test('a record without an acknowledgement is an error', async (t) => {
  const error = new KopsError('kafka_timeout', 'no answer')
  const built = build({ result: { status: 'indeterminate', partition: 0, error } })
  await t.rejects(built.topic.write(kept(1).run.id, kept(1)), error)
})
