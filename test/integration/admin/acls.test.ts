import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { buildApp } from '../../../services/admin/app.ts'
import { loadConfig } from '../../../services/admin/config.ts'
import type { Acl } from '../../../shared/contracts/acls.ts'
import { createOwnCluster, until } from '../cluster/own-cluster.ts'
import { ask } from './service.ts'

t.setTimeout(120_000)

t.test('a cluster without an authorizer says so, to reading and changing alike', async (t) => {
  const acls = [{ resourceType: 'TOPIC', resourceName: 'a', principal: 'User:alice', operation: 'READ' }]
  for (const [method, path, body] of [
    ['GET', '/api/acls'],
    ['POST', '/api/acls', { acls }],
    ['POST', '/api/acls?dryRun=true', { acls }],
    ['DELETE', '/api/acls?principal=User:alice']
  ] as const) {
    const answer = await ask(method, path, body)
    t.match(answer, { status: 409, body: { code: 'acls_unavailable', kafkaError: 'SECURITY_DISABLED' } }, path)
  }
})

// Two brokers, so that one has to hear of what the other was told; one ZooKeeper is enough for that.
const { stateDir, definition, agent } = await createOwnCluster(t, (three) => ({
  ...three,
  ports: {
    ...three.ports,
    kafka: three.ports.kafka.slice(0, 2),
    jmx: three.ports.jmx.slice(0, 2),
    zookeeper: three.ports.zookeeper.slice(0, 1)
  },
  authorizer: true
}))
await agent.up()
const bootstrap = definition.ports.kafka.map((port) => `127.0.0.1:${port}`).join(',')
const app = await buildApp(
  loadConfig({
    KOPS_LOG_LEVEL: 'silent',
    KOPS_BOOTSTRAP_SERVERS: bootstrap,
    KOPS_DATA_DIR: join(stateDir, 'admin'),
    KOPS_AUDIT_REPLICATION_FACTOR: '2'
  })
)
t.teardown(() => app.close())
await until('the controller is there', 20_000, async () => {
  const metadata = await app.kafka.reader.metadata({ deadlineMs: 1000 })
  return metadata.value.controllerId !== null && metadata.value.brokers.length === 2
})

const post = (acls: object[], query = '') => app.inject({ method: 'POST', url: `/api/acls${query}`, payload: { acls } })
const list = async (query = ''): Promise<Acl[]> => (await app.inject(`/api/acls${query}`)).json().acls
const readLogs = { resourceType: 'TOPIC', resourceName: 'log-', patternType: 'PREFIXED', principal: 'User:alice' }
const wanted = [
  { ...readLogs, operation: 'READ' },
  { ...readLogs, operation: 'WRITE', permission: 'DENY', host: '10.0.0.7' },
  { resourceType: 'GROUP', resourceName: 'log-processor', principal: 'User:alice', operation: 'READ' }
]

t.test('ACLs are planned, made, listed by filter as Kafka itself lists them, and made only once', async (t) => {
  const planned = await post(wanted, '?dryRun=true')
  t.equal(planned.statusCode, 200)
  t.match(planned.json(), { dryRun: true, changes: [{ action: 'create', applied: false }, {}, {}] })
  t.match(planned.json().warnings, [{ target: 'TOPIC log- (prefix)' }, { target: 'GROUP log-processor' }])
  t.same(await list(), [])

  const made = await post(wanted)
  t.equal(made.statusCode, 201)
  t.same(
    made.json().changes.map((change: object) => ({ ...change, applied: false })),
    planned.json().changes
  )
  t.equal((await list()).length, 3)
  t.match(await list('?permission=DENY'), [{ host: '10.0.0.7', operation: 'WRITE', patternType: 'PREFIXED' }])
  t.equal((await list('?resourceType=TOPIC&resourceName=log-events&patternType=MATCH')).length, 2)
  t.same(await list('?resourceType=TOPIC&resourceName=log-events'), [])
  t.match(await list('?resourceType=GROUP'), [{ host: '*', permission: 'ALLOW', patternType: 'LITERAL' }])

  const again = await post(wanted)
  t.equal(again.statusCode, 200)
  t.match(again.json(), { changes: [{ action: 'none' }, { action: 'none' }, { action: 'none' }], warnings: [] })

  const java = ['-cp', join(import.meta.dirname, '../../../kafka/libs/*'), 'kafka.admin.AclCommand']
  const { stdout } = await promisify(execFile)('java', [...java, '--bootstrap-server', bootstrap, '--list'])
  t.match(
    stdout,
    /patternType=PREFIXED[\s\S]*principal=User:alice, host=10\.0\.0\.7, operation=WRITE, permissionType=DENY/
  )
  t.match(stdout, /resourceType=GROUP, name=log-processor, patternType=LITERAL/)
})

t.test('a list of ACLs is paged', async (t) => {
  const first = (await app.inject('/api/acls?limit=2')).json()
  t.equal(first.acls.length, 2)
  const second = (await app.inject(`/api/acls?limit=2&cursor=${first.nextCursor}`)).json()
  t.equal(second.acls.length, 1)
  t.equal(second.nextCursor, undefined)
  t.equal((await app.inject('/api/acls?cursor=abc')).json().errors[0].field, 'cursor')
})

t.test('what an authorizer could never apply is refused with its field, and changes nothing', async (t) => {
  const acl = { resourceType: 'TOPIC', resourceName: 'a', principal: 'User:bob', operation: 'READ' }
  const cases = [
    { acl: { ...acl, operation: 'IDEMPOTENT_WRITE' }, field: 'acls.0.operation' },
    { acl: { ...acl, resourceType: 'CLUSTER', operation: 'ALTER' }, field: 'acls.0.resourceName' },
    { acl: { ...acl, host: '10.0.0.300' }, field: 'acls.0.host' },
    { acl: { ...acl, principal: 'bob' }, field: 'acls.0.principal' },
    { acl: { ...acl, resourceName: '*', patternType: 'PREFIXED' }, field: 'acls.0.resourceName' }
  ]
  for (const { acl, field } of cases) {
    const answer = await post([acl])
    t.equal(answer.statusCode, 400, field)
    t.equal(answer.json().errors[0].field, field)
  }
  t.equal((await app.inject({ method: 'DELETE', url: '/api/acls' })).statusCode, 400, 'never all of them')
  t.equal((await app.inject({ method: 'DELETE', url: '/api/acls?patternType=ANY' })).statusCode, 400)
  t.equal((await list()).length, 3)
})

t.test('deleting shows what a filter matches, and deletes that and nothing else', async (t) => {
  const url = '/api/acls?principal=User:alice&resourceType=TOPIC'
  const preview = (await app.inject({ method: 'DELETE', url: `${url}&dryRun=true` })).json()
  t.equal(preview.changes.length, 2)
  t.equal((await list()).length, 3)
  const deleted = (await app.inject({ method: 'DELETE', url: `${url}&reason=left` })).json()
  t.match(deleted, { action: 'delete', changes: [{ applied: true }, { applied: true }], warnings: [] })
  t.match(await list(), [{ resourceType: 'GROUP' }])
  t.match((await app.inject({ method: 'DELETE', url })).json(), { changes: [] })
})

t.test('a broker that stops leaves a list with a warning', async (t) => {
  await agent.node('kafka-2', 'kill')
  const answer = await app.inject('/api/acls')
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), { acls: [{ resourceType: 'GROUP' }] })
})
