import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type kafkajs from 'kafkajs'
import t, { type Test } from 'tap'
import { Agent, request } from 'undici'
import type { AuditList } from '#shared/contracts/audit.ts'
import { until } from '../cluster/own-cluster.ts'
import { eventually } from '../support/eventually.ts'
import { bootstrapServers, kafkaSettings } from '../support/under-test.ts'
import { run, service, withAdmin } from './audit-service.ts'
import { ownTopic } from './service.ts'

t.setTimeout(120_000)

const projectRoot = join(import.meta.dirname, '../../..')

/** admin-service in a separate process, as it is started, so that the test can kill it. */
async function startService(t: Test, auditTopic: string) {
  const child = spawn(process.execPath, [join(projectRoot, 'services/admin/server.ts')], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      KOPS_PORT: '0',
      KOPS_LOG_LEVEL: 'info',
      KOPS_DATA_DIR: t.testdir(),
      KOPS_AUDIT_TOPIC: auditTopic,
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
      ...kafkaSettings
    }
  })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let log = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk
  })
  const address = () => /listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(log)?.[1]
  await until('the service listens', 60_000, async () => address() !== undefined)
  return { url: address() ?? '', kill: () => child.kill('SIGKILL'), ended }
}

t.test(
  'a service killed in the middle of a mutation leaves the request in the trail, with an unknown outcome',
  async (t) => {
    const auditTopic = `audit-killed-${run}`
    const { app } = await service(t, auditTopic)
    // Right after a topic is created, not every broker knows its leaders.
    const search = async (query: string): Promise<AuditList> => {
      const read = () => app.inject(`/api/audit?${query}`)
      return (await eventually('the trail is read', read, ({ statusCode }) => statusCode === 200)).json()
    }
    const catalog = `audit-killed-${run}`
    const asked = `target=${catalog}&action=catalog`
    const dispatcher = new Agent()
    t.teardown(() => dispatcher.destroy())
    t.teardown(() => withAdmin((admin) => deleteAll(admin, catalog)))

    // A mutation of many changes; where it has ended before it could be killed, another one.
    let answer: number | undefined
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const before = (await search(asked)).events.length
      const child = await startService(t, auditTopic)
      const topics = Array.from({ length: 40 }, (_, nth) => ({
        name: `${catalog}-${attempt}-${nth}`,
        partitions: 3,
        replicationFactor: 2
      }))
      const answered = request(`${child.url}/api/catalog/apply`, {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: catalog, topics })
      }).then(
        ({ statusCode }) => statusCode,
        () => undefined
      )
      await until('the intent is in the trail', 30_000, async () => (await search(asked)).events.length > before)
      child.kill()
      await child.ended
      answer = await answered
      if (answer === undefined) break
    }
    t.equal(answer, undefined, 'it was killed before it could answer')

    const expected = { action: 'catalog.apply', target: catalog, outcome: 'requested', concludedAs: 'unknown' }
    const unknown = await search('outcome=unknown')
    t.match(unknown.events, [expected])
    t.equal(unknown.events.length, 1, 'what has ended is not among them')
    // Reported again on a later page, after further changes.
    const topic = ownTopic(t, 'audit-after')
    const create = `/api/topics?topicName=${topic}&partitions=1&replicationFactor=1`
    t.equal((await app.inject({ method: 'POST', url: create })).statusCode, 201)
    const newest = await search('limit=2')
    t.match(newest.events, [{ outcome: 'applied' }, { outcome: 'requested', concludedAs: 'applied' }])
    t.match((await search(`limit=1&cursor=${newest.nextCursor}`)).events, [expected])
  }
)

async function deleteAll(admin: kafkajs.Admin, stem: string): Promise<void> {
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(`${stem}-`))
  if (topics.length > 0) await admin.deleteTopics({ topics, timeout: 30_000 })
}
