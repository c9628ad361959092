import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { createOwnCluster, until } from '../cluster/own-cluster.ts'
import { kops, kopsJson } from './kops.ts'

t.setTimeout(180_000)
// A cluster with an authorizer; one node of each kind is enough to keep ACLs.
const { stateDir, definition, agent } = await createOwnCluster(t, (three) => ({
  ...three,
  ports: {
    ...three.ports,
    kafka: three.ports.kafka.slice(0, 1),
    jmx: three.ports.jmx.slice(0, 1),
    zookeeper: three.ports.zookeeper.slice(0, 1)
  },
  authorizer: true
}))
await agent.up()
const app = await buildApp(
  loadConfig({
    KOPS_LOG_LEVEL: 'silent',
    KOPS_BOOTSTRAP_SERVERS: `127.0.0.1:${definition.ports.kafka[0]}`,
    KOPS_DATA_DIR: join(stateDir, 'admin'),
    KOPS_AUDIT_REPLICATION_FACTOR: '1'
  })
)
t.teardown(() => app.close())
await app.listen({ host: '127.0.0.1', port: 0 })
const env = { KOPS_ADMIN_URL: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` }
await until('the controller is there', 30_000, async () => {
  const metadata = await app.kafka.reader.metadata({ deadlineMs: 1000 })
  return metadata.value.controllerId !== null
})

t.test('ACLs are created, listed by filter, and deleted by filter after being shown', async (t) => {
  const alice = ['--principal', 'User:alice', '--resource', 'topic:log-']
  const create = ['acls', 'create', ...alice, '--prefix', '--operation', 'READ', 'WRITE']
  t.match(await kopsJson(endpoints.createAcls, [...create, '--dry-run'], env), { dryRun: true })
  t.match(await kopsJson(endpoints.createAcls, create, env), { changes: [{ applied: true }, { applied: true }] })
  t.match(await kopsJson(endpoints.listAcls, ['acls', 'list', '--operation', 'READ'], env), {
    acls: [{ principal: 'User:alice', patternType: 'PREFIXED', resourceName: 'log-' }]
  })
  t.match(await kops(['acls', 'delete', ...alice], '', env), { code: 2, stderr: /--yes/ })
  t.match(await kops(['acls', 'delete', ...alice, '--yes'], '', env), { code: 0, stdout: 'deleted 2 ACLs' })
  t.match(await kops(['acls', 'list'], '', env), { code: 0, stdout: 'No ACLs.' })
})
