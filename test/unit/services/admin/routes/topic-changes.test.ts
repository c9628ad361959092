import t from 'tap'
import Value from 'typebox/value'
import {
  AddPartitionsPlanSchema,
  RecordsPlanSchema,
  ReplicationFactorPlanSchema
} from '#shared/contracts/topic-changes.ts'
import { TopicConfigListSchema, TopicConfigPlanSchema } from '#shared/contracts/topic-configs.ts'
import { buildPlain } from '../plain-moving.ts'

const specs = [{ name: 'a', partitions: 2, replicationFactor: 2 }]
const request = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object) => ({
  method,
  url: `/api/topics/${path}`,
  ...(payload ? { payload } : {})
})

t.test('configuration is listed and changed, and a dry run changes nothing', async (t) => {
  const { app, cluster, audited } = await buildPlain(t, specs)
  const list = await app.inject('/api/topics/a/configs')
  t.equal(list.statusCode, 200)
  t.ok(Value.Check(TopicConfigListSchema, list.json()))
  const body = { configs: { 'segment.bytes': '1000000' } }
  const dry = await app.inject(request('PATCH', 'a/configs?dryRun=true', body))
  t.ok(Value.Check(TopicConfigPlanSchema, dry.json()))
  t.same(cluster.changes, [])
  t.match((await app.inject(request('PATCH', 'a/configs', body))).json(), { applied: true })
  t.same(cluster.changes, ['alter a segment.bytes'])
  t.match(audited.at(-1), { action: 'topic.alter-config', target: 'a' })
})

t.test('partitions are added and never removed', async (t) => {
  const { app, cluster } = await buildPlain(t, specs)
  const grown = await app.inject(request('POST', 'a/partitions?partitions=4'))
  t.equal(grown.statusCode, 200)
  t.ok(Value.Check(AddPartitionsPlanSchema, grown.json()))
  t.equal(cluster.specs.get('a')?.partitions, 4)
  t.match((await app.inject(request('POST', 'a/partitions?partitions=3'))).json(), {
    status: 400,
    errors: [{ field: 'partitions' }]
  })
})

t.test('very many partitions at once need force and a reason', async (t) => {
  const { app, cluster } = await buildPlain(t, specs)
  const ask = async (query: string) => (await app.inject(request('POST', `a/partitions?${query}`))).json()
  t.match(await ask('partitions=1381'), {
    status: 409,
    code: 'growth_unconfirmed',
    errors: [{ field: 'partitions', message: /adds 13\d\d partitions/ }]
  })
  t.match(await ask('partitions=1381&force=true'), { status: 400, errors: [{ field: 'reason' }] })
  t.match(await ask('partitions=1381&dryRun=true'), { applied: false, after: 1381 })
  t.same(cluster.changes, [])
  t.match(await ask('partitions=1381&force=true&reason=the%20new%20pipeline'), { applied: true })
  t.equal(cluster.specs.get('a')?.partitions, 1381)
})

t.test(
  'a throttled change of the replication factor sets the throttle, and waits no longer than requested',
  async (t) => {
    const { app, cluster, moving } = await buildPlain(t, specs)
    const path = 'a/replication-factor?replicationFactor=3&throttleBytesPerSec=100'
    const dry = await app.inject(request('PUT', `${path}&dryRun=true`))
    t.equal(dry.statusCode, 200)
    t.ok(Value.Check(ReplicationFactorPlanSchema, dry.json()))
    t.match(dry.json(), { applied: false, movesBytes: 2000, throttleBytesPerSec: 100, estimatedSeconds: 20 })
    t.equal(moving.settings.size, 0)
    const real = await app.inject(request('PUT', path))
    t.equal(real.statusCode, 202)
    t.equal(real.headers.location, '/api/topics/a')
    t.equal(moving.settings.get('broker 1')?.get('leader.replication.throttled.rate'), '100')
    t.equal(cluster.specs.get('a')?.configs?.['follower.replication.throttled.replicas'], '0:3,1:3')
    t.match((await app.inject('/api/reassignments')).json(), { partitions: 2, throttle: { bytesPerSec: 100 } })
    t.match((await app.inject(request('PUT', path))).json(), { status: 409, code: 'job_conflict' })
  }
)

t.test('a change without a throttle sets none', async (t) => {
  const { app, moving } = await buildPlain(t, specs)
  const real = await app.inject(request('PUT', 'a/replication-factor?replicationFactor=3'))
  t.match(real.json(), { applied: true, throttleBytesPerSec: null, estimatedSeconds: null })
  t.equal(moving.settings.size, 0)
})

t.test('records are deleted before an offset, or all of them', async (t) => {
  const { app, cluster } = await buildPlain(t, specs)
  const before = await app.inject(request('DELETE', 'a/records?beforeOffset=7&dryRun=true'))
  t.equal(before.statusCode, 200)
  t.ok(Value.Check(RecordsPlanSchema, before.json()))
  t.match(before.json(), { records: 4, applied: false })
  t.same(cluster.changes, [])
  const all = await app.inject(request('POST', 'a/truncate'))
  t.match(all.json(), { action: 'truncate', applied: true, records: 20 })
  t.same(cluster.changes, ['records a 0:15 1:15'])
})

t.test('an impossible change is refused with the field', async (t) => {
  const { app, cluster } = await buildPlain(t, specs)
  const cases = [
    { asked: request('PUT', 'a/replication-factor?replicationFactor=4'), status: 400, field: 'replicationFactor' },
    {
      asked: request('PUT', 'a/replication-factor?replicationFactor=3&throttleBytesPerSec=0'),
      status: 400,
      field: 'throttleBytesPerSec'
    },
    { asked: request('PUT', 'b/replication-factor?replicationFactor=3'), status: 404, field: 'topicName' },
    { asked: request('POST', 'b/partitions?partitions=3'), status: 404, field: 'topicName' },
    { asked: request('PATCH', 'a/configs', { configs: {} }), status: 400, field: 'configs' },
    { asked: request('DELETE', '__consumer_offsets/records?beforeOffset=1'), status: 403, field: 'topicName' }
  ]
  for (const { asked, status, field } of cases) {
    const response = await app.inject(asked)
    t.equal(response.statusCode, status, asked.url)
    t.equal(response.json().errors[0].field, field, asked.url)
  }
  t.same(cluster.changes, [])
})
