import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildProgram } from '#cli/program.ts'
import type { TopicSpec } from '#shared/contracts/topic-specs.ts'
import { buildPlain } from '../plain-moving.ts'

const topic = (name: string, partitions: number): TopicSpec => ({ name, partitions, replicationFactor: 3 })
const topics = (count: number, partitions: number) =>
  Array.from({ length: count }, (_, index) => topic(`t${index}`, partitions))
const assignment = (partitions: number, replicas: number[]) => Array.from({ length: partitions }, () => replicas)

interface Asked {
  url: string
  payload?: object
  /** Topics of the cluster. */
  specs?: TopicSpec[]
  /** The field that a refusal names. */
  field: string
}

interface Case extends Asked {
  request: string
  /** What the refusal says. */
  says: RegExp
  /** Whether the topic a is deleted first. */
  deleted?: true
  /** The same request for more than any reason allows. */
  beyond?: Partial<Asked>
}

const cases: Case[] = [
  {
    request: 'one topic, in the query',
    url: '/api/topics?topicName=a&partitions=1001&replicationFactor=3',
    field: 'partitions',
    says: /creates 3,003 partition replicas/,
    beyond: { url: '/api/topics?topicName=a&partitions=10000&replicationFactor=4' }
  },
  {
    request: 'one topic, in the body',
    url: '/api/topics?',
    payload: topic('a', 2000),
    field: 'partitions',
    says: /6,000/,
    beyond: { payload: { ...topic('a', 10_000), replicationFactor: 4 } }
  },
  {
    request: 'an assignment',
    url: '/api/topics?',
    payload: { name: 'a', assignment: assignment(1500, [1, 2, 3]) },
    field: 'assignment',
    says: /4,500/,
    beyond: { payload: { name: 'a', assignment: assignment(10_000, [1, 2, 3, 4]) } }
  },
  {
    request: 'many topics',
    url: '/api/topics/batch?',
    payload: { topics: topics(12, 100) },
    field: 'topics.10.partitions',
    says: /3,600/,
    beyond: { payload: { topics: topics(1000, 10_000) }, field: 'topics.1.partitions' }
  },
  {
    request: 'a deleted topic',
    specs: [topic('a', 1200)],
    deleted: true,
    url: '/api/topics/a/recreate?',
    field: 'topicName',
    says: /3,600/,
    beyond: { specs: [topic('a', 10_001)] }
  },
  {
    request: 'a catalog',
    url: '/api/catalog/apply?',
    payload: { name: 'c', topics: topics(2, 900) },
    field: 'topics.1.partitions',
    says: /5,400/,
    beyond: { payload: { name: 'c', topics: topics(2, 9000) } }
  },
  {
    request: 'a catalog that grows a topic',
    specs: [topic('a', 2)],
    url: '/api/catalog/apply?',
    payload: { name: 'c', topics: [topic('a', 200)] },
    field: 'topics.0.partitions',
    says: /adds 198 partitions to a/,
    beyond: { payload: { name: 'c', topics: [topic('a', 9000), topic('b', 9000)] }, field: 'topics.1.partitions' }
  },
  {
    request: 'growth',
    specs: [topic('a', 2)],
    url: '/api/topics/a/partitions?partitions=103',
    field: 'partitions',
    says: /adds 101 partitions to a/
  }
]

async function serve(t: Test, { url, payload, specs = [] }: Asked, deleted = false) {
  const { app, cluster } = await buildPlain(t, specs)
  if (deleted) await app.inject({ method: 'DELETE', url: '/api/topics/a' })
  cluster.changes.length = 0
  const ask = async (query: string) =>
    (await app.inject({ method: 'POST', url: `${url}&${query}`, ...(payload ? { payload } : {}) })).json()
  return { ask, cluster }
}

for (const { request, says, deleted, beyond, ...asked } of cases) {
  t.test(`${request}: very many partitions need force and a reason, and a dry run says so`, async (t) => {
    const { ask, cluster } = await serve(t, asked, deleted)
    const refusal = { status: 409, code: 'growth_unconfirmed', errors: [{ field: asked.field, message: says }] }
    t.match(await ask(''), refusal)
    t.match(await ask('force=true'), { status: 400, errors: [{ field: 'reason' }] })
    t.match(await ask('dryRun=true'), { dryRun: true, warnings: [{ code: 'growth_unconfirmed', message: says }] })
    const forced = 'force=true&reason=the%20new%20pipeline'
    t.notMatch(await ask(`dryRun=true&${forced}`), { warnings: [{ code: 'growth_unconfirmed' }] })
    t.same(cluster.changes, [])
    t.match(await ask(forced), { dryRun: false })
    t.not(cluster.changes.length, 0)
  })

  if (beyond === undefined) continue
  t.test(`${request}: above KOPS_CREATE_REPLICAS_MAX no reason helps`, async (t) => {
    const more = { ...asked, ...beyond }
    const { ask, cluster } = await serve(t, more, deleted)
    const message = /the most is 30,000 \(KOPS_CREATE_REPLICAS_MAX\)/
    const refusal = { status: 400, code: 'partitions_invalid', errors: [{ field: more.field, message }] }
    for (const query of ['force=true&reason=because', 'dryRun=true', '']) t.match(await ask(query), refusal, query)
    t.same(cluster.changes, [])
  })
}

t.test('as many as a request usually creates need no reason', async (t) => {
  const { app } = await buildPlain(t, [])
  const payload = { topics: topics(2, 500) }
  const made = (await app.inject({ method: 'POST', url: '/api/topics/batch', payload })).json()
  t.match(made.topics, [{ outcome: 'created' }, { outcome: 'created' }])
  t.same(made.warnings, [])
})

t.test('a plan of a catalog says that very many partitions will need a reason', async (t) => {
  const { app } = await buildPlain(t, [])
  const payload = { name: 'c', topics: [topic('a', 2000)] }
  const plan = (await app.inject({ method: 'POST', url: '/api/catalog/plan', payload })).json()
  t.match(plan.warnings, [{ code: 'growth_unconfirmed', target: 'a' }])
})

t.test('the commands that create pass force and reason on', async (t) => {
  const { app, cluster, audited } = await buildPlain(t, [topic('deleted', 1200)])
  const adminUrl = await app.listen({ host: '127.0.0.1', port: 0 })
  await app.inject({ method: 'DELETE', url: '/api/topics/deleted' })
  const file = join(
    t.testdir({ 'c.yaml': 'name: c\ntopics: [{ name: b, partitions: 2000, replicationFactor: 3 }]' }),
    'c.yaml'
  )
  const run = (command: string[]) =>
    buildProgram({ output: { print() {}, error() {} }, person: { present: false, ask: async () => '' } }).parseAsync(
      ['--admin-url', adminUrl, ...command],
      { from: 'user' }
    )
  for (const command of [
    ['topics', 'create', 'a', '-p', '2000'],
    ['topics', 'recreate', 'deleted'],
    ['catalog', 'apply', file]
  ]) {
    await t.rejects(run(command), { code: 'growth_unconfirmed' }, command.join(' '))
    await run([...command, '--force', '--reason', 'the new pipeline'])
    t.match(audited.at(-1), { outcome: 'applied' }, command.join(' '))
  }
  t.same([...cluster.specs.keys()].sort(), ['a', 'b', 'deleted'])
})
