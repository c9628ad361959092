import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { buildProgram } from '#cli/program.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { plainCluster } from './services/admin/plain-cluster.ts'
import { buildNowhere } from './services-without-cluster.ts'

const tokens = { limited: randomBytes(32).toString('base64url'), unlimited: randomBytes(32).toString('base64url') }
const hash = (token: string) => hashToken(token).toString('hex')
/** The metrics of the last two collide, which a warning about the first says. */
const existing = ['orders-1', 'payments', 'payments-eu', 'billing.eu', 'billing_eu']
const cluster = plainCluster(existing.map((name) => ({ name, partitions: 1, replicationFactor: 3 })))
// Other files of the process share the folder that tap would make.
const folder = mkdtempSync(join(tmpdir(), 'kops-lists-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const env = {
  KOPS_DATA_DIR: folder,
  KOPS_DEAD_LETTER_QUEUES: '*',
  KOPS_TOKENS: `alice:admin:sha256:${hash(tokens.limited)};topics=orders-*|billing.*,root:admin:sha256:${hash(tokens.unlimited)}`
}
const app = await buildNowhere(t, 'admin', env, {
  ...cluster,
  auditTrail: { record: async () => {} },
  timing: { waitMs: 50, deadlineMs: 50, sleep: async () => {} }
})

async function ask(url: string, as: keyof typeof tokens = 'limited', method: 'GET' | 'DELETE' = 'GET') {
  const answer = await app.inject({ method, url, headers: { authorization: `Bearer ${tokens[as]}` } })
  return { status: answer.statusCode, body: answer.body, json: answer.json() }
}

const scheduled = new Map<string, string>()
for (const topic of ['payments', 'orders-1', 'payments-eu', 'billing.eu']) {
  scheduled.set(topic, (await ask(`/api/topics/${topic}?grace=1h`, 'unlimited', 'DELETE')).json.id)
}
const deletionOf = (topic: string) => `/api/topics/deletions/${scheduled.get(topic)}`

const lists: { url: string; sees: string[] }[] = [
  { url: '/api/topics', sees: ['billing.eu', 'orders-1'] },
  { url: '/api/topics?limit=1', sees: ['billing.eu'] },
  { url: '/api/topics?sort=size&order=desc', sees: ['billing.eu', 'orders-1'] },
  { url: '/api/topics?name=pay', sees: [] },
  { url: '/api/topics?internal=true', sees: ['billing.eu', 'orders-1'] },
  { url: '/api/topics?trouble=any', sees: [] },
  { url: '/api/topic-names', sees: ['billing.eu', 'orders-1'] },
  { url: '/api/topics/deletions', sees: ['billing.eu', 'orders-1'] },
  { url: '/api/dead-letters', sees: ['billing.eu', 'orders-1'] },
  { url: '/api/topics/deletions?limit=1', sees: ['billing.eu'] },
  { url: deletionOf('orders-1'), sees: ['orders-1'] }
]
for (const { url, sees } of lists) {
  t.test(
    `${url.replace(/[0-9a-z]+-[0-9a-f]{8}$/, '{id}')} shows a limited caller nothing of other topics`,
    async (t) => {
      // The page that the service keeps of it must not be the one that others get.
      t.match(await ask(url, 'unlimited'), { status: 200 })
      const { status, body, json } = await ask(url)
      t.equal(status, 200)
      const items: (string | { name?: string; topic?: string })[] = json.topics ??
        json.names ??
        json.deletions ??
        json.queues ?? [json]
      t.same(
        items.map((item) => (typeof item === 'string' ? item : (item.name ?? item.topic))),
        sees
      )
      t.notMatch(body, /payments|billing_eu/)
      t.match(await ask(url, 'unlimited'), { status: 200 })
    }
  )
}

t.test('a caller without limits still sees every topic, and warnings that name them', async (t) => {
  const { json } = await ask('/api/topics', 'unlimited')
  t.match(json, { topics: { length: existing.length }, warnings: [{ message: /billing_eu/ }] })
})

t.test('the pages of a limited caller end with the last topic that they see', async (t) => {
  for (const [list, last] of [
    ['/api/topics', { topics: [{ name: 'orders-1' }] }],
    ['/api/topics/deletions', { deletions: [{ topic: 'orders-1' }] }]
  ] as const) {
    const first = await ask(`${list}?limit=1`)
    const second = await ask(`${list}?limit=1&cursor=${first.json.nextCursor}`)
    t.match(second.json, last)
    t.notOk('nextCursor' in second.json)
  }
})

t.test(
  'the deletion of another topic does not exist for a limited caller, who can cancel those of theirs',
  async (t) => {
    const unknown = '/api/topics/deletions/0123456789-abcdef'
    for (const method of ['GET', 'DELETE'] as const) {
      const foreign = await ask(deletionOf('payments'), 'limited', method)
      const absent = await ask(unknown, 'limited', method)
      t.match(foreign, { status: 404, json: { code: 'job_not_found' } })
      t.equal(foreign.json.detail, absent.json.detail.replace('0123456789-abcdef', scheduled.get('payments')))
    }
    t.match((await ask(deletionOf('payments'), 'unlimited')).json, { status: 'scheduled' })
    t.match((await ask(deletionOf('orders-1'), 'limited', 'DELETE')).json, { status: 'cancelled' })
  }
)

t.test('kops topics list shows a limited caller their topics, also those in trouble', async (t) => {
  const health = await buildNowhere(t, 'health', env)
  const [adminUrl, healthUrl] = [
    await app.listen({ host: '127.0.0.1', port: 0 }),
    await health.listen({ host: '127.0.0.1', port: 0 })
  ]
  const before = process.env['KOPS_TOKEN']
  process.env['KOPS_TOKEN'] = tokens.limited
  t.teardown(() => {
    if (before === undefined) delete process.env['KOPS_TOKEN']
    else process.env['KOPS_TOKEN'] = before
    cluster.dead.clear()
  })
  const run = async (...options: string[]) => {
    const lines: string[] = []
    const output = { print: (line: string) => void lines.push(line), error: (line: string) => void lines.push(line) }
    await buildProgram({ output, person: { present: false, ask: async () => '' } }).parseAsync(
      ['--admin-url', adminUrl, '--health-url', healthUrl, 'topics', 'list', ...options],
      { from: 'user' }
    )
    return lines.join('\n')
  }
  cluster.dead.add(2)
  app.topics.snapshots.invalidate()
  for (const [options, expected] of [
    [[], /billing\.eu.*orders-1/s],
    [['--unhealthy'], /health-service does not allow this.*billing\.eu.*orders-1/s]
  ] as const) {
    const printed = await run(...options)
    t.match(printed, expected)
    t.notMatch(printed, /payments/)
  }
})
