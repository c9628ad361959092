import { join } from 'node:path'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import { CatalogListSchema } from '#shared/contracts/catalog.ts'
import { ProblemSchema } from '#shared/contracts/common.ts'
import { TopicDetailSchema, TopicListSchema, TopicPlanSchema } from '#shared/contracts/topics.ts'
import { plainCluster } from './plain-cluster.ts'

const spec = { name: 'a', partitions: 2, replicationFactor: 3 }

async function build(t: Test) {
  const cluster = plainCluster([spec])
  const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent', KOPS_DATA_DIR: t.testdir() }), {
    auditTrail: { record: async () => {} },
    ...cluster,
    timing: { waitMs: 50, deadlineMs: 50, sleep: async () => {} }
  })
  t.teardown(() => app.close())
  return { app, cluster }
}

t.test('readings have the shapes of the contract', async (t) => {
  const { app } = await build(t)
  const list = await app.inject('/api/topics')
  t.equal(list.statusCode, 200)
  t.ok(Value.Check(TopicListSchema, list.json()))
  const detail = await app.inject('/api/topics/a')
  t.equal(detail.statusCode, 200)
  t.ok(Value.Check(TopicDetailSchema, detail.json()))
  t.match(detail.json().partitions[1], {
    partition: 1,
    leader: 1,
    logStartOffset: 5,
    logEndOffset: 15,
    sizeBytes: 3000
  })
})

t.test('the installed catalogs are listed as their files say, and a file that is none is a warning', async (t) => {
  const text = 'name: orders\npolicy: {names: kebab-case}\ntopics: [{name: a, partitions: 2, replicationFactor: 3}]\n'
  const folder = t.testdir({ catalog: { 'a.yaml': text, 'b.yaml': 'name: 1' }, data: {} })
  const config = loadConfig({
    KOPS_LOG_LEVEL: 'silent',
    KOPS_DATA_DIR: join(folder, 'data'),
    KOPS_CATALOG_DIR: join(folder, 'catalog')
  })
  const app = await buildApp(config, { auditTrail: { record: async () => {} }, ...plainCluster([spec]) })
  t.teardown(() => app.close())
  const list = (await app.inject('/api/catalog')).json()
  t.ok(Value.Check(CatalogListSchema, list))
  t.match(list, {
    catalogs: [{ name: 'orders', policy: { names: 'kebab-case' }, topics: [spec] }],
    warnings: [{ code: 'validation_failed', target: 'b.yaml' }]
  })
})

t.test('a dead broker leaves nulls with a reason, and a warning', async (t) => {
  const { app, cluster } = await build(t)
  cluster.dead.add(1)
  const detail = await app.inject('/api/topics/a')
  t.equal(detail.statusCode, 200)
  t.match(detail.json().partitions[0], {
    logStartOffset: null,
    logEndOffset: null,
    offsetsReason: 'broker_unreachable'
  })
  t.match(detail.json().warnings, [{ target: 'kafka-1' }])
})

t.test('creating answers 201 and where the topic is, a dry run 200', async (t) => {
  const { app, cluster } = await build(t)
  const query = { topicName: 'new-topic', partitions: '12', replicationFactor: '3' }
  const dry = await app.inject({ method: 'POST', url: '/api/topics', query: { ...query, dryRun: 'true' } })
  t.equal(dry.statusCode, 200)
  t.equal(dry.headers.location, undefined)
  t.same(cluster.changes, [])
  const real = await app.inject({ method: 'POST', url: '/api/topics', query })
  t.equal(real.statusCode, 201)
  t.equal(real.headers.location, '/api/topics/new-topic')
  t.ok(Value.Check(TopicPlanSchema, real.json()))
  t.same({ ...real.json(), dryRun: true, applied: false }, dry.json())
  const body = { name: 'from-body', partitions: 1, replicationFactor: 3, configs: { 'retention.ms': '1000' } }
  t.equal((await app.inject({ method: 'POST', url: '/api/topics', payload: body })).statusCode, 201)
  t.same(cluster.specs.get('from-body'), body)
})

t.test('a bad request is answered with the field, and changes nothing', async (t) => {
  const create = '/api/topics?topicName=b&partitions=2&replicationFactor=3'
  const post = (url: string, payload?: object) => ({ method: 'POST' as const, url, ...(payload ? { payload } : {}) })
  const cases = [
    { request: post('/api/topics?topicName=b&partitions=0&replicationFactor=3'), status: 400, field: 'partitions' },
    {
      request: post('/api/topics?topicName=b&partitions=2&replicationFactor=4'),
      status: 400,
      field: 'replicationFactor'
    },
    { request: post('/api/topics?topicName=b%20c&partitions=2&replicationFactor=3'), status: 400, field: 'topicName' },
    { request: post('/api/topics?topicName=..&partitions=2&replicationFactor=3'), status: 400, field: 'topicName' },
    { request: post('/api/topics?topicName=a&partitions=2&replicationFactor=3'), status: 409, field: 'topicName' },
    { request: post('/api/topics', spec), status: 409, field: 'name' },
    { request: post('/api/topics'), status: 400, field: 'topicName' },
    { request: post(create, spec), status: 400, field: 'topicName' },
    { request: post(`${create}&colour=red`), status: 400, field: 'colour' },
    { request: post('/api/topics', { ...spec, name: 'b', colour: 'red' }), status: 400, field: 'colour' },
    {
      request: post('/api/topics', { ...spec, name: 'b', configs: { nonsense: '1' } }),
      status: 400,
      field: 'configs.nonsense'
    },
    { request: post('/api/topics?topicName=__b&partitions=2&replicationFactor=3'), status: 403, field: 'topicName' },
    { request: post('/api/catalog/apply'), status: 400, field: 'body' },
    {
      request: post('/api/catalog/apply', { name: 'x', topics: [{ ...spec, partitions: 0 }] }),
      status: 400,
      field: 'topics.0.partitions'
    },
    { request: { method: 'DELETE' as const, url: '/api/topics/missing' }, status: 404, field: 'topicName' },
    { request: { method: 'DELETE' as const, url: '/api/topics/__consumer_offsets' }, status: 403, field: 'topicName' },
    { request: { method: 'DELETE' as const, url: `/api/topics/${'a'.repeat(400)}` }, status: 400, field: 'topicName' },
    { request: { method: 'GET' as const, url: '/api/topics/missing' }, status: 404, field: 'topicName' },
    { request: { method: 'GET' as const, url: '/api/topics?limit=0' }, status: 400, field: 'limit' },
    { request: { method: 'GET' as const, url: '/api/topics?cursor=zz' }, status: 400, field: 'cursor' }
  ]
  const { app, cluster } = await build(t)
  for (const { request, status, field } of cases) {
    const response = await app.inject(request)
    const name = `${request.method} ${request.url}`
    t.equal(response.statusCode, status, name)
    t.ok(Value.Check(ProblemSchema, response.json()), name)
    t.equal(response.json().errors[0].field, field, name)
  }
  t.same(cluster.changes, [])
})

t.test('without any broker a reading is a 503', async (t) => {
  const { app, cluster } = await build(t)
  for (const id of [1, 2, 3]) cluster.dead.add(id)
  t.match((await app.inject('/api/topics')).json(), { status: 503, code: 'cluster_unreachable', retriable: true })
})

t.test('changes are counted by outcome', async (t) => {
  const { app } = await build(t)
  await app.inject({ method: 'POST', url: '/api/topics?topicName=b&partitions=2&replicationFactor=3' })
  await app.inject({ method: 'POST', url: '/api/topics?topicName=b&partitions=2&replicationFactor=3' })
  await app.inject({ method: 'DELETE', url: '/api/topics/b?dryRun=true' })
  await app.inject({ method: 'DELETE', url: '/api/topics/b' })
  const lines = (await app.inject('/metrics')).body.split('\n').filter((line) => line.startsWith('kops_topic_changes'))
  t.same(lines.sort(), [
    'kops_topic_changes_total{action="create",outcome="applied"} 1',
    'kops_topic_changes_total{action="create",outcome="refused"} 1',
    'kops_topic_changes_total{action="delete",outcome="applied"} 1',
    'kops_topic_changes_total{action="delete",outcome="planned"} 1'
  ])
})

t.test('the OpenAPI document describes every path', async (t) => {
  const { app } = await build(t)
  const document = (await app.inject('/docs/json')).json()
  const paths = ['/api/catalog/apply', '/api/catalog/plan', '/api/topics', '/api/topics/{topicName}', '/livez']
  for (const path of paths) t.ok(document.paths[path], path)
})

t.test('the settings have defaults, and one that is not valid is named', async (t) => {
  t.match(loadConfig({}), { KOPS_HOST: '127.0.0.1', KOPS_PORT: 8081 })
  t.equal(loadConfig({ KOPS_PORT: '18081' }).KOPS_PORT, 18081)
  t.throws(() => loadConfig({ KOPS_PORT: 'x' }), /KOPS_PORT/)
  t.throws(() => loadConfig({ KOPS_HOST: '0.0.0.0' }), /KOPS_HOST=0\.0\.0\.0/)
})
