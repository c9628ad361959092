import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type ClusterDefinition, defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import { createBrokerAccess } from '#shared/cluster/local/broker-access.ts'
import { admitBroker } from '#shared/cluster/security/admit-broker.ts'
import { ensureCredentials } from '#shared/cluster/security/credentials.ts'
import { securityFiles } from '#shared/cluster/security/files.ts'
import { grantAccess } from '#shared/cluster/security/grant-access.ts'
import { rights } from '#shared/cluster/security/rights.ts'

const secured: ClusterDefinition = {
  id: 'abc123',
  name: 'test',
  runtime: 'local',
  security: 'sasl_ssl',
  ports: defaultPorts,
  heap: defaultHeap
}

/** A cluster's credentials, and a program in place of Java that keeps its arguments and the file that it is given. */
async function prepare(t: Test, definition = secured) {
  const stateDir = t.testdir({
    java: `#!/bin/sh
echo "$@" >> "${'$'}{0%/java}/calls"
[ -e "${'$'}{0%/java}/broken" ] && { echo 'no broker answers' >&2; exit 1; }
previous=
for argument; do
  [ "$previous" = --add-config-file ] && { stat -c %a "$argument"; cat "$argument"; } >> "${'$'}{0%/java}/credentials"
  previous=$argument
done
exit 0
`
  })
  const java = join(stateDir, 'java')
  await chmod(java, 0o755)
  await ensureCredentials(stateDir, definition)
  const read = (name: string) => readFile(join(stateDir, name), 'utf8').catch(() => '')
  return {
    stateDir,
    calls: async () => (await read('calls')).split('\n').filter(Boolean),
    credentials: () => read('credentials'),
    password: (await read('security/kops/password')).trim(),
    leftovers: async () => (await readdir(securityFiles(stateDir).brokers.folder)).sort(),
    grant: () => {
      const place = { stateDir, definition, brokers: ['10.213.7.11:9092'], projectRoot: '/kops', java }
      return grantAccess(stateDir, definition, createBrokerAccess(place))
    }
  }
}

/** Kafka's tool grants rights to one of them in a call. */
const resourceTypes = new Set(rights.map(({ resource }) => resource)).size

t.test('kops gets its password from a private file that is removed, and its rights, once', async (t) => {
  const { grant, calls, credentials, password, leftovers } = await prepare(t)
  await grant()
  const made = await calls()
  t.equal(made.filter((call) => call.includes('ConfigCommand')).length, 1)
  t.equal(made.filter((call) => call.includes('AclCommand') && call.includes('User:kops')).length, resourceTypes)
  t.ok(made.every((call) => call.includes('--bootstrap-server 10.213.7.11:9092 --command-config')))
  t.notOk(
    made.some((call) => call.includes(password)),
    'everyone sees arguments'
  )
  t.equal(await credentials(), `600\nSCRAM-SHA-512=iterations=8192,password=${password}\n`)
  t.same(await leftovers(), ['admin.properties', 'granted'])
  await grant()
  t.equal((await calls()).length, made.length)
})

t.test('a right that an earlier version gave and the table no longer has is taken back, once', async (t) => {
  const { stateDir, grant, calls } = await prepare(t)
  await grant()
  const { granted } = securityFiles(stateDir).brokers
  const given = JSON.parse(await readFile(granted, 'utf8'))
  t.equal(given.rights.length, rights.length)
  const create = { resource: 'cluster', pattern: 'kafka-cluster', operation: 'Create' }
  await writeFile(
    granted,
    JSON.stringify({ ...given, sha256: 'of an earlier table', rights: [...given.rights, create] })
  )
  const removals = async () => (await calls()).filter((call) => call.includes('--remove'))
  await grant()
  t.match(await removals(), [/--remove --force --allow-principal User:kops --cluster --operation Create$/])
  await grant()
  t.equal((await removals()).length, 1)
})

t.test('where only a hash of the rights is remembered, they are given again and none is taken', async (t) => {
  const { stateDir, grant, calls } = await prepare(t)
  const { granted } = securityFiles(stateDir).brokers
  await writeFile(granted, `${'0'.repeat(64)}\n`)
  await grant()
  t.equal((await calls()).filter((call) => call.includes('--add ')).length, resourceTypes)
  t.notOk((await calls()).some((call) => call.includes('--remove')))
  t.equal(JSON.parse(await readFile(granted, 'utf8')).rights.length, rights.length)
})

t.test('each further mechanism with passwords is a call of its own', async (t) => {
  const { grant, credentials } = await prepare(t, {
    ...secured,
    clientListener: { saslMechanisms: ['PLAIN', 'SCRAM-SHA-256'] }
  })
  await grant()
  t.same((await credentials()).match(/SCRAM-SHA-\d+/g), ['SCRAM-SHA-512', 'SCRAM-SHA-256'])
})

t.test('a certificate needs no password', async (t) => {
  const { grant, calls, credentials } = await prepare(t, { ...secured, security: 'ssl' })
  await grant()
  t.equal((await calls()).filter((call) => call.includes('User:CN=kops')).length, resourceTypes)
  t.equal(await credentials(), '')
})

t.test('a tool that fails leaves no password behind, and access is given the next time', async (t) => {
  const { stateDir, grant, calls, leftovers } = await prepare(t)
  await writeFile(join(stateDir, 'broken'), '')
  await t.rejects(grant(), { code: 'runtime_failed', message: /cannot be given access.*no broker answers/ })
  t.same(await leftovers(), ['admin.properties'])
  const before = (await calls()).length
  await t.rejects(grant(), { code: 'runtime_failed' })
  t.ok((await calls()).length > before)
})

t.test('a broker that is added may do what brokers ask of one another, until it is removed', async (t) => {
  const calls: string[][] = []
  const place = { runTool: async ({ args }: { args: string[] }) => void calls.push(args) }
  await admitBroker('grant', 'kafka-4', { definition: secured, place })
  await admitBroker('revoke', 'kafka-4', { definition: secured, place })
  await admitBroker('grant', 'kafka-4', { definition: {}, place })
  const what = ['--allow-principal', 'User:CN=kafka-4', '--cluster', '--operation', 'ClusterAction']
  t.same(calls, [
    ['--add', ...what],
    ['--remove', '--force', ...what]
  ])
})
