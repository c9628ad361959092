// Brings its own cluster: brokers with TLS.
import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import t, { type Test } from 'tap'
import { answersApiVersions } from '#shared/cluster/node-probes.ts'
import { clientProperties } from '#shared/cluster/security/client-properties.ts'
import { kopsPrincipal } from '#shared/cluster/security/credentials.ts'
import { securityFiles } from '#shared/cluster/security/files.ts'
import { rights } from '#shared/cluster/security/rights.ts'
import { toolProperties } from '#shared/cluster/security/tool-properties.ts'
import { createOwnCluster } from '../../integration/cluster/own-cluster.ts'
import { kafkaTool } from '../../integration/support/kafka-tool.ts'

t.setTimeout(600_000)

async function start(t: Test, security: 'ssl' | 'sasl_ssl') {
  const { stateDir, definition, agent } = await createOwnCluster(t, (three) => ({ ...three, security }))
  const status = await agent.up()
  t.match(status, { security, nodes: status.nodes.map(() => ({ ready: true })) })
  const brokers = definition.ports.kafka.map((port) => `127.0.0.1:${port}`)
  const files = securityFiles(stateDir)
  const [port = 0] = definition.ports.kafka
  const client = (await clientProperties(stateDir, definition)) ?? ''
  return {
    agent,
    files,
    principal: kopsPrincipal(definition),
    tool: (name: Parameters<typeof kafkaTool>[1], args: string[], config = client) =>
      kafkaTool(brokers, name, args, config),
    probe: (tls?: ReturnType<typeof createSecureContext>) =>
      answersApiVersions({ host: '127.0.0.1', port, timeoutMs: 5000, tls })
  }
}

t.test('sasl_ssl: kops has the rights of the table, another user has none, and nobody gets in without', async (t) => {
  const { agent, files, principal, tool, probe } = await start(t, 'sasl_ssl')
  t.equal(await probe(), false, 'in plain text')
  t.same(await grantedTo(principal, tool), expected())
  await tool('topics', ['--create', '--topic', 'events', '--partitions', '1'])
  t.match(await tool('topics', ['--list']), /^events$/m)

  const wrong = join(files.kops.folder, 'wrong.properties')
  await writeFile(wrong, toolProperties(files.ca, { user: 'kops', password: 'wrong' }))
  await t.rejects(tool('topics', ['--list'], wrong), { message: /SaslAuthenticationException/ })

  await tool('configs', [
    ...['--alter', '--entity-type', 'users', '--entity-name', 'alice'],
    ...['--add-config', 'SCRAM-SHA-512=[password=secret]']
  ])
  const alice = join(files.kops.folder, 'alice.properties')
  await writeFile(alice, toolProperties(files.ca, { user: 'alice', password: 'secret' }))
  t.equal((await tool('topics', ['--list'], alice)).trim(), '', 'she authenticates, and sees nothing')
  await t.rejects(tool('topics', ['--create', '--topic', 'hers'], alice), { message: /TopicAuthorizationException/ })

  const before = await readFile(files.kops.password, 'utf8')
  const grant = ['--add', '--allow-principal', principal]
  await tool('acls', [...grant, '--cluster', '--operation', 'Create'])
  await tool('acls', [...grant, '--topic', 'events', '--operation', 'Read'])
  // As after a version of kops whose table had one right more.
  const given = JSON.parse(await readFile(files.brokers.granted, 'utf8'))
  const more = { resource: 'cluster', pattern: 'kafka-cluster', operation: 'Create' }
  await writeFile(files.brokers.granted, JSON.stringify({ ...given, sha256: '', rights: [...given.rights, more] }))
  await agent.down()
  await agent.up()
  const kept = [...expected(), 'TOPIC EVENTS READ'].sort()
  t.same(await grantedTo(principal, tool), kept, 'the next setup takes back what kops had given, and nothing else')
  t.equal(await readFile(files.kops.password, 'utf8'), before)
  t.match(await tool('topics', ['--list']), /^events$/m, 'access survives a restart')
  await agent.wipe()
  await t.rejects(access(files.folder), 'the credentials end with the data')
})

t.test('ssl: only a certificate of the authority gets in, and kops has the rights of the table', async (t) => {
  const { files, principal, tool, probe } = await start(t, 'ssl')
  const [ca, cert, key] = await Promise.all(
    [files.ca, files.kops.certificate, files.kops.key].map((path) => readFile(path, 'utf8'))
  )
  t.equal(await probe(), false, 'in plain text')
  t.equal(await probe(createSecureContext({ ca })), false, 'without a certificate')
  t.equal(await probe(createSecureContext({ ca, cert, key })), true)
  t.same(await grantedTo(principal, tool), expected())
  await tool('topics', ['--create', '--topic', 'events', '--partitions', '1'])
  t.match(await tool('topics', ['--list']), /^events$/m)
})

/** `TOPIC * READ`, for each right of the table. */
function expected(): string[] {
  return rights
    .map(({ resource, pattern, operation }) => {
      const name = operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
      return `${resource.replace('-', '_')} ${pattern} ${name}`.toUpperCase()
    })
    .sort()
}

/** The same of the ACLs that the cluster has, by Kafka's own tool. */
async function grantedTo(
  principal: string,
  tool: (name: 'acls', args: string[]) => Promise<string>
): Promise<string[]> {
  const granted: string[] = []
  let resource = ''
  for (const line of (await tool('acls', ['--list'])).split('\n')) {
    const [, type = '', name = ''] = /resourceType=(\w+), name=([^,]+), patternType=\w+/.exec(line) ?? []
    if (type !== '') resource = `${type} ${name}`
    const [, who, operation] = /principal=(.+), host=\*, operation=(\w+), permissionType=ALLOW/.exec(line) ?? []
    if (who === principal) granted.push(`${resource} ${operation}`.toUpperCase())
    else if (who !== undefined) granted.push(`${resource} ${operation} of ${who}`)
  }
  return granted.sort()
}
