import t from 'tap'
import { keyWarnings } from '#services/admin/domain/topics/add-partitions.ts'
import { planConfigs } from '#services/admin/domain/topics/alter-configs.ts'
import { chooseReplicas } from '#services/admin/domain/topics/choose-replicas.ts'
import { boundaryOf, planPartitions } from '#services/admin/domain/topics/delete-records.ts'
import { graceMs } from '#services/admin/domain/topics/schedule-deletion.ts'
import { toMake } from '#services/admin/domain/topics/topic-to-make.ts'
import { assertReasoned, obstaclesTo } from '#services/admin/domain/topics/topic-usage.ts'
import { topicOf } from '../../plain-cluster.ts'

const spec = { name: 'a', partitions: 2, replicationFactor: 3 }
const now = new Date('2026-01-31T12:00:00Z')

t.test('objections to deleting a topic', async (t) => {
  const idle = { groups: [], lastWriteAt: null, unknown: [] }
  const group = (members: number | null) => ({ group: 'g', state: 'Stable', members, committedPartitions: 1 })
  const at = (minutesAgo: number) => new Date(now.getTime() - minutesAgo * 60_000).toISOString()
  const cases = [
    { usage: idle, obstacles: 0 },
    { usage: { ...idle, groups: [group(0)] }, obstacles: 0 },
    { usage: { ...idle, groups: [group(1)] }, obstacles: 1 },
    { usage: { ...idle, groups: [group(null)] }, obstacles: 1 },
    { usage: { ...idle, lastWriteAt: at(4) }, obstacles: 1 },
    { usage: { ...idle, lastWriteAt: at(6) }, obstacles: 0 },
    { usage: { ...idle, lastWriteAt: at(-60) }, obstacles: 1 },
    { usage: { ...idle, lastWriteAt: at(4) }, quietMs: 0, obstacles: 0 },
    { usage: { ...idle, lastWriteAt: at(4), groups: [group(2)] }, obstacles: 2 },
    { usage: { ...idle, unknown: ['groups' as const] }, obstacles: 1 },
    { usage: { ...idle, unknown: ['lastWrite' as const] }, obstacles: 1 },
    { usage: { ...idle, unknown: ['lastWrite' as const] }, quietMs: 0, obstacles: 0 }
  ]
  for (const { usage, obstacles, quietMs = 300_000 } of cases) {
    const found = obstaclesTo('a', usage, { now, quietMs })
    t.equal(found.length, obstacles, JSON.stringify(usage))
    for (const { code } of found) t.equal(code, 'topic_in_use')
  }
})

t.test('force needs a reason', async (t) => {
  t.throws(() => assertReasoned({ force: true }), { errors: [{ field: 'reason' }] })
  t.doesNotThrow(() => assertReasoned({ force: true, reason: 'why' }))
  t.doesNotThrow(() => assertReasoned({}))
})

t.test('a grace period is between a second and 30 days', async (t) => {
  const cases: [string, number][] = [
    ['1s', 1000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000]
  ]
  for (const [text, ms] of cases) t.equal(graceMs(text), ms)
  for (const text of ['0s', '31d', '15', 'm', '1w', '-1m', ''])
    t.throws(() => graceMs(text), { errors: [{ field: 'grace' }] }, text)
})

t.test('a topic has numbers or an assignment, and contradictions are named', async (t) => {
  t.same(
    toMake({
      name: 'a',
      assignment: [
        [1, 2],
        [2, 3]
      ]
    }),
    {
      spec: { name: 'a', partitions: 2, replicationFactor: 2 },
      assignment: [
        [1, 2],
        [2, 3]
      ]
    }
  )
  const refused = [
    { topic: {}, fields: ['partitions', 'replicationFactor'] },
    { topic: { partitions: 1 }, fields: ['replicationFactor'] },
    { topic: { partitions: 3, assignment: [[1], [2]] }, fields: ['partitions'] },
    { topic: { replicationFactor: 2, assignment: [[1], [2]] }, fields: ['replicationFactor'] },
    { topic: { assignment: [[1, 2], [2]] }, fields: ['assignment.1'] }
  ]
  for (const { topic, fields } of refused) {
    const errors = fields.map((field) => ({ field }))
    t.throws(() => toMake({ name: 'a', ...topic }), { code: 'validation_failed', errors }, JSON.stringify(topic))
  }
})

t.test('replicas are added on other racks, with the least movement, and removed without moving leaders', async (t) => {
  const broker = (id: number, rack: string | null) => ({ id, rack, host: 'h', port: id })
  const topic = (replicas: number[][], isr = replicas) => ({
    name: 'a',
    internal: false,
    partitions: replicas.map((ids, partition) => ({
      partition,
      leader: ids[0] ?? null,
      leaderEpoch: 0,
      replicas: ids,
      isr: isr[partition] ?? [],
      offlineReplicas: []
    }))
  })
  t.same(
    chooseReplicas(
      topic([[1], [2]]),
      [1, 2, 3].map((id) => broker(id, null)),
      2,
      [1, 3]
    ).map(({ after }) => after),
    [
      [1, 3],
      [2, 1]
    ],
    'a broker that does not answer gets no replica, and keeps those that it has'
  )
  const racks = [broker(1, 'a'), broker(2, 'a'), broker(3, 'b'), broker(4, 'b')]
  const cases = [
    {
      topic: topic([[1], [3]]),
      brokers: racks,
      factor: 2,
      after: [
        [1, 4],
        [3, 2]
      ],
      name: 'to the other rack, evenly'
    },
    { topic: topic([[1, 2]]), brokers: racks, factor: 3, after: [[1, 2, 3]], name: 'to the rack that is missing' },
    { topic: topic([[1, 2, 3]]), brokers: racks, factor: 2, after: [[1, 3]], name: 'from the rack that has two' },
    { topic: topic([[1, 3]]), brokers: racks, factor: 1, after: [[1]], name: 'the preferred leader stays' },
    { topic: topic([[1, 2]]), brokers: racks, factor: 2, after: [], name: 'nothing changes' },
    {
      topic: topic([[1, 2, 3]], [[1, 2]]),
      brokers: [broker(1, null), broker(2, null), broker(3, null)],
      factor: 2,
      after: [[1, 2]],
      name: 'one that is not in sync goes first'
    },
    {
      topic: topic([[1], [1], [1]]),
      brokers: [broker(1, null), broker(2, null), broker(3, null)],
      factor: 2,
      after: [
        [1, 2],
        [1, 3],
        [1, 2]
      ],
      name: 'in turns'
    }
  ]
  for (const { topic, brokers, factor, after, name } of cases)
    t.same(
      chooseReplicas(topic, brokers, factor).map((change) => change.after),
      after,
      name
    )
})

t.test('the effect of more partitions on keys is reported, unless there are no records', async (t) => {
  const change = { before: 2, after: 4 }
  t.equal(keyWarnings('a', { ...change, records: 0, policy: 'compact' }).length, 0)
  t.equal(keyWarnings('a', { ...change, records: 1, policy: 'delete' }).length, 1)
  t.equal(keyWarnings('a', { ...change, records: null, policy: 'compact,delete' }).length, 2)
})

t.test('a change of configuration has old and new values, and warnings', async (t) => {
  const entry = (name: string, value: string, overridden: boolean, fallback: string | null) => ({
    name,
    value,
    source: overridden ? 'dynamic_topic' : 'default',
    overridden,
    default: fallback,
    readOnly: false,
    sensitive: false,
    synonyms: []
  })
  const entries = [
    entry('retention.ms', '1000', true, '2000'),
    entry('min.insync.replicas', '1', false, '1'),
    entry('cleanup.policy', 'delete', false, 'delete')
  ]
  const plan = (wanted: Record<string, string | null>) => planConfigs(topicOf(spec), entries, wanted, false)
  const cases = [
    { wanted: { 'retention.ms': '500' }, operation: 'set', after: '500', codes: ['records_deleted'] },
    { wanted: { 'retention.ms': '-1' }, operation: 'set', after: '-1', codes: [] },
    { wanted: { 'retention.ms': null }, operation: 'unset', after: '2000', codes: [] },
    { wanted: { 'retention.ms': '1000' }, operation: 'none', after: '1000', codes: [] },
    { wanted: { 'min.insync.replicas': null }, operation: 'none', after: '1', codes: [] },
    { wanted: { 'min.insync.replicas': '3' }, operation: 'set', after: '3', codes: ['not_enough_replicas'] },
    { wanted: { 'cleanup.policy': 'compact' }, operation: 'set', after: 'compact', codes: ['records_deleted'] }
  ]
  for (const { wanted, operation, after, codes } of cases) {
    const { changes, warnings } = plan(wanted)
    t.match(changes, [{ operation, after }], JSON.stringify(wanted))
    t.same(
      warnings.map(({ code }) => code),
      codes
    )
  }
  t.throws(() => plan({ nope: '1' }), { code: 'config_invalid', errors: [{ field: 'configs.nope' }] })
})

t.test('records go up to a boundary, never beyond the end, and unknown partitions are left alone', async (t) => {
  const topic = topicOf({ ...spec, partitions: 3 })
  const offsets = [
    { topic: 'a', partition: 0, logStartOffset: 5, logEndOffset: 15 },
    { topic: 'a', partition: 1, logStartOffset: 0, logEndOffset: 4 },
    { topic: 'a', partition: 2, logStartOffset: null, logEndOffset: null }
  ]
  const starts = (boundary: Parameters<typeof planPartitions>[2], times: [number, number | null][] = []) =>
    planPartitions(topic, offsets, boundary, new Map(times)).map(({ newLogStartOffset }) => newLogStartOffset)
  t.same(starts({ before: 'end' }), [15, 4, null])
  t.same(starts({ before: 'offset', offset: 10 }), [10, 4, null])
  t.same(starts({ before: 'offset', offset: 5 }), [null, 4, null])
  t.same(
    starts({ before: 'time', time: now }, [
      [0, 7],
      [1, null]
    ]),
    [7, 4, null]
  )
  t.same(starts({ before: 'time', time: now }, []), [null, null, null])
  for (const query of [{}, { beforeOffset: 1, beforeTime: now.toISOString() }])
    t.throws(() => boundaryOf(query), { code: 'validation_failed' })
})
