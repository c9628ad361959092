import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { tokenFileReport } from '#shared/http/auth/follow-tokens.ts'
import { createTokenList } from '#shared/http/auth/token-list.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { type App, createApp } from '#shared/http/create-app.ts'
import { assertBindable } from '#shared/http/service-config.ts'
import { plainConfig } from '../plain-config.ts'

const secrets = { alice: token(), bob: token(), carol: token() }
type Name = keyof typeof secrets
const entry = (name: Name, role = 'viewer') => `${name}:${role}:sha256:${hashToken(secrets[name]).toString('hex')}`

function token(): string {
  return randomBytes(32).toString('base64url')
}

async function fileOf(t: Test, ...lines: string[]) {
  const path = join(t.testdir(), 'tokens')
  const write = (...lines: string[]) => writeFile(path, lines.join('\n'))
  await write(...lines)
  return { path, write }
}

async function build(t: Test, config: Parameters<typeof plainConfig>[0]): Promise<App> {
  const app = await createApp({ title: 'test', description: 'test', config: plainConfig(config) })
  t.teardown(() => app.close())
  app.get('/here', { schema: { 'x-role': 'viewer' } }, async () => ({}))
  await app.ready()
  return app
}

const names = (list: ReturnType<typeof createTokenList>) => list?.current().map(({ name }) => name)

t.test('the file has an entry a line and comments, and adds to KOPS_TOKENS', async (t) => {
  const { path } = await fileOf(t, '# people', '', `  ${entry('bob')}  # until May`, '#', `${entry('carol')}\r`)
  t.same(names(createTokenList({ KOPS_TOKENS: entry('alice'), KOPS_TOKENS_FILE: path })), ['alice', 'bob', 'carol'])
})

const refused: [what: string, lines: string[], message: RegExp][] = [
  ['without an entry', ['# nobody'], /KOPS_TOKENS_FILE: .* has no entry/],
  ['with a broken entry', ['', 'bob:viewer'], /KOPS_TOKENS_FILE: line 2 is not name:role/],
  ['with a name of KOPS_TOKENS', [entry('alice')], /KOPS_TOKENS_FILE: line 1: the name alice is taken/]
]
for (const [what, lines, message] of refused) {
  t.test(`a service does not start with a file ${what}`, async (t) => {
    const { path } = await fileOf(t, ...lines)
    const config = plainConfig({ KOPS_TOKENS: entry('alice'), KOPS_TOKENS_FILE: path })
    t.throws(() => assertBindable({ ...config, KOPS_HOST: '127.0.0.1' }), message)
  })
}

t.test('a service does not start without its file, and may listen elsewhere with it', async (t) => {
  const { path } = await fileOf(t, entry('bob'))
  const config = { ...plainConfig(), KOPS_HOST: '0.0.0.0', KOPS_BEHIND_TLS_PROXY: true }
  assertBindable({ ...config, KOPS_TOKENS_FILE: path })
  const missing = `${path}.missing`
  t.throws(() => assertBindable({ ...config, KOPS_TOKENS_FILE: missing }), /KOPS_TOKENS_FILE: .* cannot be read/)
})

t.test('a file that cannot be used changes nothing; one that is empty accepts no token', async (t) => {
  const { path, write } = await fileOf(t, entry('alice'), entry('bob'))
  const list = createTokenList({ KOPS_TOKENS: '', KOPS_TOKENS_FILE: path })
  await write(entry('bob', 'admin'), entry('carol'))
  t.same(await list?.look(), { outcome: 'replaced', added: ['bob', 'carol'], removed: ['alice', 'bob'] })
  for (const breaking of [() => write(entry('alice'), 'carol:viewer:sha256:12'), () => rm(path)]) {
    await breaking()
    t.match(await list?.look(), { outcome: 'unusable', error: Error })
    t.same(names(list), ['bob', 'carol'], 'alice stays revoked')
  }
  await write('')
  t.same(await list?.look(), { outcome: 'replaced', added: [], removed: ['bob', 'carol'] })
  t.same(names(list), [])
  t.same(await list?.look(), { outcome: 'unchanged' })
})

t.test('the log has each change, and each minute in which the file cannot be used', async (t) => {
  const lines: string[] = []
  const line = (level: string) => (first: unknown, text?: string) => void lines.push(`${level} ${text ?? first}`)
  const report = tokenFileReport({ info: line('info'), error: line('error') })
  const unusable = { outcome: 'unusable', error: new Error('ENOENT') } as const
  report({ outcome: 'unchanged' }, 0)
  for (const at of [1000, 2000, 60_000, 61_000]) report(unusable, at)
  report({ outcome: 'unchanged' }, 62_000)
  report(unusable, 63_000)
  report({ outcome: 'replaced', added: ['alice'], removed: [] }, 64_000)
  const [cannot, again, changed] = [/^error .*nothing is revoked/, /^info .*can be used again/, /^info .*has changed/]
  t.match(lines, [cannot, cannot, again, cannot, changed])
  t.equal(lines.length, 5)
})

t.test('a running service takes tokens from the file, and forgets those that it loses', async (t) => {
  const { path, write } = await fileOf(t, entry('alice'))
  const app = await build(t, { KOPS_TOKENS_FILE: path })
  const status = async (name: Name) =>
    (await app.inject({ url: '/here', headers: { authorization: `Bearer ${secrets[name]}` } })).statusCode
  t.same([await status('alice'), await status('bob')], [200, 401])
  await write(entry('bob'))
  await until(async () => (await status('bob')) === 200)
  t.equal(await status('alice'), 401)
  await write('')
  await until(async () => (await status('bob')) === 401)
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it has not come true within 10 s')
    await sleep(50)
  }
}
