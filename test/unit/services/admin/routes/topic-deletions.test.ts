import t from 'tap'
import Value from 'typebox/value'
import {
  DeleteTopicPlanSchema,
  TopicDeletionListSchema,
  TopicDeletionSchema
} from '#shared/contracts/topic-deletions.ts'
import { RecreatePlanSchema } from '#shared/contracts/topic-recreation.ts'
import { buildPlain } from '../plain-moving.ts'

const specs = ['a', 'b'].map((name) => ({ name, partitions: 1, replicationFactor: 3 }))

t.test('a topic is deleted, and recreated as it was', async (t) => {
  const { app, cluster, audited } = await buildPlain(t, specs)
  const dry = await app.inject({ method: 'DELETE', url: '/api/topics/a?dryRun=true' })
  t.ok(Value.Check(DeleteTopicPlanSchema, dry.json()))
  t.same(cluster.changes, [])
  const gone = await app.inject({ method: 'DELETE', url: '/api/topics/a' })
  t.match(gone.json(), { applied: true, records: 10 })
  t.same(cluster.changes, ['delete a'])
  t.match(audited.at(-1), { action: 'topic.delete', target: 'a' })
  const again = await app.inject({ method: 'POST', url: '/api/topics/a/recreate' })
  t.equal(again.statusCode, 201)
  t.ok(Value.Check(RecreatePlanSchema, again.json()))
  t.equal(again.headers.location, '/api/topics/a')
  t.match((await app.inject({ method: 'POST', url: '/api/topics/never/recreate' })).json(), {
    status: 404,
    code: 'topic_spec_unknown'
  })
})

t.test('a topic in use is deleted with force and a reason only', async (t) => {
  const { app, cluster } = await buildPlain(t, specs)
  cluster.members.set('a', [{ group: 'readers', state: 'Stable', members: 2 }])
  t.match((await app.inject({ method: 'DELETE', url: '/api/topics/a' })).json(), { status: 409, code: 'topic_in_use' })
  t.match((await app.inject({ method: 'DELETE', url: '/api/topics/a?force=true' })).json(), {
    status: 400,
    errors: [{ field: 'reason' }]
  })
  const forced = await app.inject({ method: 'DELETE', url: '/api/topics/a?force=true&reason=moved' })
  t.match(forced.json(), { applied: true })
})

t.test('a deletion with grace is listed until it is cancelled', async (t) => {
  const { app, cluster } = await buildPlain(t, specs)
  const scheduled = await app.inject({ method: 'DELETE', url: '/api/topics/a?grace=15m' })
  t.equal(scheduled.statusCode, 202)
  t.ok(Value.Check(TopicDeletionSchema, scheduled.json()))
  const { id } = scheduled.json()
  t.equal(scheduled.headers.location, `/api/topics/deletions/${id}`)
  const list = await app.inject('/api/topics/deletions')
  t.ok(Value.Check(TopicDeletionListSchema, list.json()))
  t.match(list.json().deletions, [{ id, topic: 'a', status: 'scheduled' }])
  const cancelled = await app.inject({ method: 'DELETE', url: `/api/topics/deletions/${id}` })
  t.match(cancelled.json(), { id, status: 'cancelled' })
  t.equal((await app.inject({ method: 'DELETE', url: `/api/topics/deletions/${id}` })).statusCode, 409)
  t.match((await app.inject('/api/topics/deletions/unknown')).json(), { status: 404, code: 'job_not_found' })
  t.same(cluster.changes, [])
})
