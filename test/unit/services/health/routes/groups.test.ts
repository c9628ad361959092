import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import { GroupHealthDetailSchema, GroupHealthListSchema } from '#shared/contracts/group-health.ts'
import { createFakeClock } from '../fake-clock.ts'
import { plainCluster, plainParts } from '../plain-cluster.ts'

async function build(t: Test) {
  const cluster = plainCluster()
  cluster.groups.push({ group: 'idle', state: 'Empty', protocolType: 'consumer', members: 0, memberList: [] })
  cluster.committed.push({ group: 'idle', topic: 'a', partition: 0, offset: 100 })
  const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent' }), {
    ...plainParts(cluster),
    clock: createFakeClock()
  })
  t.teardown(() => app.close())
  await app.ready()
  // The first full reading is under way from the start on.
  for (let tries = 0; tries < 1000 && (app.monitor.last()?.groups.length ?? 0) === 0; tries++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  return app
}

t.test('groups are listed with lag and verdict, in pages and with filters', async (t) => {
  const app = await build(t)
  const all = await app.inject('/api/health/groups')
  t.equal(all.statusCode, 200)
  t.ok(Value.Check(GroupHealthListSchema, all.json()))
  t.match(all.json().groups, [
    { group: 'g', lag: 7, verdict: null, verdictReason: 'not_measured' },
    { group: 'idle', lag: 0, lagSeconds: 0, verdict: 'OK' }
  ])
  const page = (await app.inject('/api/health/groups?limit=1')).json()
  t.match(page, { groups: [{ group: 'g' }], nextCursor: /.+/ })
  t.match((await app.inject(`/api/health/groups?limit=1&cursor=${page.nextCursor}`)).json(), {
    groups: [{ group: 'idle' }]
  })
  for (const query of ['verdict=OK', 'state=empty', 'name=id']) {
    const { groups } = (await app.inject(`/api/health/groups?${query}`)).json()
    t.match(groups, [{ group: 'idle' }], query)
    t.equal(groups.length, 1, query)
  }
})

t.test('a group is returned partition by partition', async (t) => {
  const app = await build(t)
  const { statusCode, ...answer } = await app.inject('/api/health/groups/g')
  t.equal(statusCode, 200)
  t.ok(Value.Check(GroupHealthDetailSchema, answer.json()))
  t.match(answer.json().partitions, [
    { topic: 'a', partition: 0, committedOffset: 93, logEndOffset: 100, verdictRule: 9 }
  ])
})

t.test('missing resources and invalid requests are refused', async (t) => {
  const app = await build(t)
  const cases: [path: string, status: number, code: string][] = [
    ['/api/health/groups/nobody', 404, 'group_not_found'],
    ['/api/health/groups?verdict=FINE', 400, 'validation_failed'],
    ['/api/health/groups?cursor=nonsense', 400, 'validation_failed'],
    ['/api/health/groups?limit=0', 400, 'validation_failed'],
    ['/api/health/groups/g?partition=1', 400, 'validation_failed']
  ]
  for (const [path, status, code] of cases) {
    const answer = await app.inject(path)
    t.equal(answer.statusCode, status, path)
    t.equal(answer.json().code, code, path)
  }
})
