import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { contextFile } from '#cli/config.ts'
import { callsService, effectOf, pathOf } from '#cli/effects.ts'
import { exit } from '#cli/exit-codes.ts'
import { allOf } from '#cli/manual-page.ts'
import { buildWholeProgram } from '#cli/program.ts'
import { fakeServices, kops } from './kops.ts'

/** Sets variables for a test, and unsets those of kops that it does not name. */
function environment(t: Test, variables: Record<string, string>) {
  const names = [
    'KOPS_CONTEXT',
    'KOPS_TOKEN',
    'KOPS_CA',
    'KOPS_ADMIN_URL',
    'XDG_CONFIG_HOME',
    ...Object.keys(variables)
  ]
  const before = new Map(names.map((name) => [name, process.env[name]]))
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  for (const name of names) set(name, variables[name])
  t.teardown(() => {
    for (const [name, value] of before) set(name, value)
  })
}

const empty = { topics: [], total: 0, asOf: '2026-01-31T12:00:00Z', warnings: [] }

/** A folder for contexts, and two clusters, each with services of its own. */
async function clusters(t: Test) {
  const home = t.testdir()
  environment(t, { XDG_CONFIG_HOME: home, STAGING_TOKEN: 'of-staging' })
  const [prod, staging] = [
    await fakeServices(t, () => ({ body: empty })),
    await fakeServices(t, () => ({ body: empty }))
  ]
  const add = (name: string, { url }: { url: string }, ...more: string[]) =>
    kops(['context', 'add', name, '--admin-url', url, '--health-url', url, '--loadtest-url', url, ...more])
  return { home, prod, staging, add }
}

t.test('contexts are added, used, listed and removed, in a file for its owner that has no token', async (t) => {
  const { prod, staging, add } = await clusters(t)
  t.match(await add('staging', staging, '--token-variable', 'STAGING_TOKEN'), { code: 0, stdout: '' })
  t.match(await add('staging', staging), { code: 2, stderr: /there is a context staging/ })
  const token = join(t.testdirName, 'token')
  await writeFile(token, 'of-prod\n')
  t.match(await add('prod', prod, '--token-file', token, '--production'), { code: 0 })
  t.equal((await stat(contextFile())).mode & 0o777, 0o600)
  t.notMatch(await readFile(contextFile(), 'utf8'), /of-staging|of-prod/)

  t.match(await kops(['topics', 'list', '--context', 'staging']), { code: 0 })
  t.equal(staging.received.splice(0)[0]?.headers.authorization, 'Bearer of-staging')
  t.match(await kops(['context', 'use', 'prod']), { code: 0 })
  t.match((await kops(['context', 'list'])).stdout, /^\* +prod .*production$/m)
  await kops(['topics', 'list'])
  t.equal(prod.received.splice(0)[0]?.headers.authorization, 'Bearer of-prod')

  t.match(await kops(['context', 'remove', 'prod']), { code: 0 })
  t.match((await kops(['context', 'list'])).stdout, /^\* +local /m, 'a context that is removed is not used')
  t.match(await kops(['context', 'use', 'prod']), { code: 2, stderr: /no context prod/ })
  t.match(await kops(['topics', 'list', '--context', 'prod']), { code: 2, stderr: /no context prod/ })
  t.equal(prod.received.length, 0)
})

t.test('options come before variables, and these before the context', async (t) => {
  const { prod, staging, add } = await clusters(t)
  await add('staging', staging, '--token-variable', 'STAGING_TOKEN')
  await add('prod', prod)
  await kops(['context', 'use', 'prod'])
  process.env['KOPS_CONTEXT'] = 'staging'
  await kops(['topics', 'describe', 'x'])
  t.equal(staging.received.splice(0).length, 1, 'KOPS_CONTEXT before the one in use')
  await kops(['--context', 'prod', 'topics', 'describe', 'x'])
  t.equal(prod.received.splice(0).length, 1, '--context before KOPS_CONTEXT')
  process.env['KOPS_TOKEN'] = 'mine'
  await kops(['topics', 'describe', 'x'])
  t.equal(staging.received.splice(0)[0]?.headers.authorization, 'Bearer mine', 'KOPS_TOKEN before that of the context')
  process.env['KOPS_ADMIN_URL'] = prod.url
  await kops(['topics', 'describe', 'x'])
  t.equal(prod.received.splice(0).length, 1, 'KOPS_ADMIN_URL before the address of the context')
  await kops(['--admin-url', staging.url, 'topics', 'describe', 'x'])
  t.equal(staging.received.splice(0).length, 1, '--admin-url before KOPS_ADMIN_URL')
})

const changes = [
  ['topics', 'create', 'orders', '-p', '1'],
  ['topics', 'delete', 'orders', '--yes'],
  ['topics', 'config', 'set', 'orders', 'a=b'],
  ['groups', 'delete', 'billing', '--yes'],
  ['messages', 'produce', 'orders', 'x'],
  ['reassignments', 'cancel'],
  ['brokers', 'drain', '1'],
  ['acls', 'delete', '--principal', 'User:x', '--yes'],
  ['maintenance', 'start', '--for', '1h', '--reason', 'x'],
  ['load', 'run', 'steady'],
  ['load', 'stop', 'x'],
  ['capacity', 'measure'],
  ['drill', 'run', 'broker-stop', '--node', 'kafka-1'],
  ['drill', 'broker-stop', 'kafka-1'],
  ['drill', 'abort'],
  ['drill', 'gameday', 'first']
]

t.test('a read-only context refuses what changes something before it sends anything', async (t) => {
  const { prod, add } = await clusters(t)
  await add('prod', prod, '--read-only')
  for (const args of changes) {
    const ran = await kops(['--context', 'prod', ...args])
    t.match(ran, { code: exit.refused, stdout: '', stderr: /prod is read-only: nothing was sent/ }, args.join(' '))
  }
  t.equal(prod.received.length, 0)
  await kops(['--context', 'prod', 'topics', 'list'])
  await kops(['--context', 'prod', 'topics', 'create', 'orders', '-p', '1', '--dry-run'])
  await kops(['--context', 'prod', 'drill', 'plan', 'broker-stop', '--node', 'kafka-1'])
  const asked = prod.received.map(({ method, path }) => `${method} ${path}`)
  t.same(asked.slice(0, 1).concat(asked.slice(-2)), ['GET /api/topics', 'POST /api/topics', 'POST /api/drills/plan'])
})

t.test(
  'in production the name of the cluster is asked for before what destroys, and --yes does not answer',
  async (t) => {
    const { prod, add } = await clusters(t)
    await add('prod', prod, '--production', '--cluster', 'kafka-prod')
    const remove = ['--context', 'prod', 'topics', 'delete', 'orders', '--yes']
    t.match(await kops(remove), { code: exit.usage, stderr: /--confirm-cluster names its cluster/ })
    const wrong = await kops(remove, ['prod'])
    t.match(wrong, { code: exit.refused, stderr: /\[prod\].*Type kafka-prod[\s\S]*not the cluster of prod/ })
    t.equal(prod.received.length, 0)
    await kops(remove, ['kafka-prod'])
    t.match(prod.received.splice(0), [{ method: 'DELETE', path: '/api/topics/orders' }])
    await kops([...remove, '--confirm-cluster', 'kafka-prod'])
    t.match(prod.received.splice(0), [{ method: 'DELETE' }])
    await kops(['--context', 'prod', 'topics', 'create', 'orders', '-p', '1'])
    t.match(prod.received, [{ method: 'POST' }], 'what destroys nothing asks for nothing')
  }
)

t.test('a file of contexts that is wrong is named with its field', async (t) => {
  const { prod, add } = await clusters(t)
  await add('prod', prod)
  await writeFile(
    contextFile(),
    '{"contexts":{"prod":{"admin":"http://a","health":"http://a","loadTest":"http://a","token":"x"}}}'
  )
  t.match(await kops(['topics', 'list']), { code: 2, stderr: /contexts\.json: contexts\/prod/ })
  await chmod(contextFile(), 0o600)
  t.match(await kops(['context', 'add', 'b', '--token-variable', 'not a name']), { code: 2 })
})

t.test('every command that may change something is known as such', async (t) => {
  const person = { present: false, ask: async () => undefined }
  const program = await buildWholeProgram({ output: { print() {}, error() {} }, person })
  const all = allOf(program).slice(1)
  const reading =
    /(list|describe|get|show|watch|report|plan|read|tail|search|export|verify|advice|kinds|history|compare)$/
  const others = [
    'alerts',
    'health probe',
    'what-if',
    'can-restart',
    'capacity',
    'drill gamedays',
    'drill schedules',
    'drill scorecard',
    'scale consumers'
  ]
  const isGroup = (command: (typeof all)[number]) => command.commands.length > 0
  const unknown = all
    .filter((command) => callsService(command) && !isGroup(command) && effectOf(command) === 'reads')
    .map(pathOf)
    .filter((path) => !reading.test(path) && !others.includes(path))
  t.same(unknown, [], 'cli/effects.ts')
})
