import t from 'tap'
import Value from 'typebox/value'
import { CancelResultSchema, ReassignmentListSchema } from '#shared/contracts/reassignment-progress.ts'
import { ReassignmentPlanSchema, ReassignmentResultSchema } from '#shared/contracts/reassignments.ts'
import { buildPlain } from '../plain-moving.ts'

const specs = [{ name: 'a', partitions: 2, replicationFactor: 2 }]
const partitions = [0, 1].map((partition) => ({ topic: 'a', partition, replicas: [1, 3] }))
const post = (url: string, payload?: object) => ({ method: 'POST' as const, url, ...(payload ? { payload } : {}) })

t.test('a dry run answers 200 with the plan, the real call 202 with the same, and the list shows it', async (t) => {
  const { app, moving, audited } = await buildPlain(t, specs)
  const dry = await app.inject(post('/api/reassignments?dryRun=true', { partitions, throttleBytesPerSec: 1000 }))
  t.equal(dry.statusCode, 200)
  t.same(moving.under, [])
  const real = await app.inject(post('/api/reassignments', { partitions, throttleBytesPerSec: 1000 }))
  t.equal(real.statusCode, 202)
  t.ok(Value.Check(ReassignmentResultSchema, real.json()))
  t.same({ ...real.json(), dryRun: true, applied: false, asOf: '' }, { ...dry.json(), asOf: '' })
  t.equal(moving.settings.get('broker 3')?.get('follower.replication.throttled.rate'), '1000')
  const list = await app.inject('/api/reassignments?limit=1')
  t.equal(list.statusCode, 200)
  t.ok(Value.Check(ReassignmentListSchema, list.json()))
  t.match(list.json(), {
    reassignments: [{ partition: 0, adding: [3], removing: [2] }],
    partitions: 2,
    nextCursor: String,
    throttle: { bytesPerSec: 1000 }
  })
  t.match(audited.at(-1), { action: 'partition.reassign', target: 'a' })
})

t.test('an active move is cancelled, and its throttle removed', async (t) => {
  const { app, moving } = await buildPlain(t, specs)
  await app.inject(post('/api/reassignments', { partitions, throttleBytesPerSec: 1000 }))
  const dry = await app.inject({ method: 'DELETE', url: '/api/reassignments?topic=a&partition=1&dryRun=true' })
  t.match(dry.json(), { applied: false, cancelled: [{ partition: 1, backTo: [1, 2] }] })
  t.equal(moving.under.length, 2)
  const real = await app.inject({ method: 'DELETE', url: '/api/reassignments' })
  t.equal(real.statusCode, 200)
  t.ok(Value.Check(CancelResultSchema, real.json()))
  t.equal(real.json().cancelled.length, 2)
  t.same(moving.under, [])
  t.equal((await app.inject('/api/reassignments')).json().throttle, null)
})

t.test('a plan, a drain and a refill answer with what they do', async (t) => {
  const { app, moving } = await buildPlain(t, specs)
  const plan = await app.inject(post('/api/reassignments/plan', { topics: ['a'] }))
  t.equal(plan.statusCode, 200)
  t.ok(Value.Check(ReassignmentPlanSchema, plan.json()))
  const drained = await app.inject(post('/api/brokers/2/drain', { topics: ['a'], throttleBytesPerSec: 1000 }))
  t.equal(drained.statusCode, 202)
  t.match(drained.json(), { action: 'drain', movement: { copies: 2 }, throttleBytesPerSec: 1000 })
  t.equal(moving.under.length, 2)
  await app.inject({ method: 'DELETE', url: '/api/reassignments' })
  const refilled = await app.inject(post('/api/brokers/3/refill?dryRun=true'))
  t.equal(refilled.statusCode, 200)
  t.match(refilled.json(), { action: 'refill', dryRun: true })
})

t.test('an impossible request is refused with the field, and nothing moves', async (t) => {
  const { app, cluster, moving } = await buildPlain(t, specs)
  cluster.dead.add(3)
  const cases = [
    { request: post('/api/reassignments', { partitions: [] }), status: 400, field: 'partitions' },
    { request: post('/api/reassignments', { partitions }), status: 400, field: 'partitions.0' },
    {
      request: post('/api/reassignments', { partitions: [{ topic: 'b', partition: 0, replicas: [1] }] }),
      status: 400,
      field: 'partitions.0'
    },
    {
      request: post('/api/reassignments', { partitions, throttleBytesPerSec: 0 }),
      status: 400,
      field: 'throttleBytesPerSec'
    },
    { request: post('/api/brokers/9/drain', {}), status: 404, field: 'brokerId' },
    { request: post('/api/brokers/3/refill', {}), status: 400, field: 'brokerId' },
    { request: { method: 'DELETE' as const, url: '/api/reassignments?partition=1' }, status: 400, field: 'topic' },
    { request: { method: 'GET' as const, url: '/api/reassignments?cursor=zz' }, status: 400, field: 'cursor' },
    { request: { method: 'GET' as const, url: '/api/reassignments?limit=0' }, status: 400, field: 'limit' }
  ]
  for (const { request, status, field } of cases) {
    const response = await app.inject(request)
    const name = `${request.method} ${request.url}`
    t.equal(response.statusCode, status, name)
    t.equal(response.json().errors[0].field, field, name)
  }
  t.match((await app.inject(post('/api/brokers/1/drain', {}))).json(), { status: 409, code: 'drain_impossible' })
  t.same(moving.under, [])
})
