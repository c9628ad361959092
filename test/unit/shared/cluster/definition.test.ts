import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import {
  type ClusterDefinition,
  defaultHeap,
  defaultPorts,
  loadDefinition,
  modeOf,
  nodeNames,
  saveDefinition,
  securityOf,
  withMode
} from '#shared/cluster/definition.ts'

const withZooKeeper: ClusterDefinition = {
  id: 'abc123',
  name: 'test',
  runtime: 'local',
  ports: defaultPorts,
  heap: defaultHeap
}
const stateDir = await mkdtemp(join(tmpdir(), 'kops-definition-'))
t.teardown(() => rm(stateDir, { recursive: true }))

t.test('a definition from before there was a choice has ZooKeeper', async (t) => {
  await writeFile(join(stateDir, 'cluster.json'), JSON.stringify(withZooKeeper))
  const read = await loadDefinition(stateDir)
  t.same(read, withZooKeeper)
  t.equal(read && modeOf(read), 'zookeeper')
})

t.test('a KRaft cluster has no ZooKeeper nodes and keeps the id that it was given once', async (t) => {
  const kraft = withMode(withZooKeeper, 'kraft')
  t.match(kraft, { mode: 'kraft', kraftClusterId: /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/, ports: { zookeeper: [] } })
  t.same(nodeNames(kraft), { zookeepers: [], brokers: ['kafka-1', 'kafka-2', 'kafka-3'] })
  t.same(withMode(kraft, 'kraft'), kraft)
  t.not(withMode(withZooKeeper, 'kraft').kraftClusterId, kraft.kraftClusterId)
  await saveDefinition(stateDir, kraft)
  t.same(await loadDefinition(stateDir), kraft)
  t.same(withMode(kraft, 'zookeeper'), withZooKeeper)
})

t.test('a definition says how its brokers are reached: in plain text unless it does', async (t) => {
  t.equal(securityOf(withZooKeeper), 'plaintext')
  const secured: ClusterDefinition = {
    ...withZooKeeper,
    security: 'sasl_ssl',
    clientListener: { saslMechanisms: ['PLAIN'], maxReauthMs: 60_000 }
  }
  await saveDefinition(stateDir, secured)
  t.same(await loadDefinition(stateDir), secured)
  t.match(withMode(secured, 'kraft'), { security: 'sasl_ssl', mode: 'kraft' })
})

t.test('a contradictory definition is neither saved nor read', async (t) => {
  const kraft = withMode(withZooKeeper, 'kraft')
  const { kraftClusterId: _, ...unformatted } = kraft
  const cases: { definition: ClusterDefinition; field: string }[] = [
    { definition: { ...kraft, runtime: 'compose' }, field: 'mode' },
    { definition: { ...kraft, ports: defaultPorts }, field: 'ports.zookeeper' },
    { definition: { ...withZooKeeper, ports: kraft.ports }, field: 'ports.zookeeper' },
    { definition: unformatted, field: 'kraftClusterId' },
    {
      definition: { ...withZooKeeper, runtime: 'compose', security: 'sasl_ssl', clientListener: {} },
      field: 'clientListener'
    },
    { definition: { ...withZooKeeper, security: 'ssl', authorizer: false }, field: 'authorizer' },
    { definition: { ...withZooKeeper, security: 'ssl', clientListener: {} }, field: 'clientListener' },
    {
      definition: { ...withZooKeeper, security: 'sasl_ssl', clientListener: { saslMechanisms: ['OAUTHBEARER'] } },
      field: 'clientListener.jwksUrl'
    }
  ]
  for (const { definition, field } of cases) {
    await t.rejects(saveDefinition(stateDir, definition), { code: 'validation_failed', errors: [{ field }] }, field)
  }
  const path = join(stateDir, 'cluster.json')
  const before = await readFile(path, 'utf8')
  t.same(await loadDefinition(stateDir), JSON.parse(before), 'the one before is untouched')
  await writeFile(path, JSON.stringify(unformatted))
  await t.rejects(loadDefinition(stateDir), { code: 'runtime_failed' })
})
