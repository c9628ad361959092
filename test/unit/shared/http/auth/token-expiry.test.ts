import { randomBytes } from 'node:crypto'
import t from 'tap'
import { buildProgram } from '#cli/program.ts'
import { findToken, hashToken, parseTokens } from '#shared/http/auth/tokens.ts'
import { createApp } from '#shared/http/create-app.ts'
import { standardLog } from '#shared/http/log-stream.ts'
import { plainConfig } from '../plain-config.ts'

const zeros = '0'.repeat(64)
const token = () => randomBytes(32).toString('base64url')
const entryOf = (secret: string, limits: string) => `alice:viewer:sha256:${hashToken(secret).toString('hex')}${limits}`

const expiries: [text: string, at: string][] = [
  ['2027-01-31', '2027-01-31T00:00:00.000Z'],
  ['2027-01-31T12:30:00Z', '2027-01-31T12:30:00.000Z'],
  ['2027-01-31T12:30:00.5+02:00', '2027-01-31T10:30:00.500Z']
]
for (const [text, at] of expiries) {
  t.test(`an entry may expire at ${text}`, async (t) => {
    t.match(parseTokens(`alice:viewer:sha256:${zeros};expires=${text}`), [{ name: 'alice', expiresAt: new Date(at) }])
  })
}

const refused: [limits: string, message: RegExp][] = [
  [';expires=', /entry 1 \(alice\): expires is not a time/],
  [';expires=tomorrow', /expires is not a time/],
  [';expires=2027-02-31', /expires is not a time/],
  [';expires=2027-01-31T23:59:60Z', /expires is not a time/],
  [';expires=2027-01-31T12:30:00', /expires is not a time/],
  [';expires=2027-01-31;expires=2028-01-31', /has expires twice/],
  [';until=2027-01-31', /until=, which is not a limit/],
  [';expires', /entry 1 is not name:role/],
  [';', /entry 1 is not name:role/]
]
for (const [limits, message] of refused) {
  t.test(`an entry that ends in ${limits} is refused`, async (t) => {
    t.throws(() => parseTokens(`alice:viewer:sha256:${zeros}${limits}`), message)
  })
}

t.test('an expired token is answered like an unknown one; only the log says that it has expired', async (t) => {
  const [expired, valid] = [token(), token()]
  const config = plainConfig({
    KOPS_LOG_LEVEL: 'warn',
    KOPS_TOKENS: [
      entryOf(expired, ';expires=2020-01-31T12:00:00Z'),
      entryOf(valid, ';expires=2120-01-31T12:00:00Z').replace('alice', 'bob')
    ].join(',')
  })
  const app = await createApp({ title: 'test', description: 'test', config })
  t.teardown(() => app.close())
  app.get('/here', { schema: { 'x-role': 'viewer' } }, async () => ({}))
  const lines: string[] = []
  const { write } = standardLog
  standardLog.write = (line) => void lines.push(line)
  t.teardown(() => {
    standardLog.write = write
  })
  const ask = async (secret: string) => {
    const answer = await app.inject({ url: '/here', headers: { authorization: `Bearer ${secret}` } })
    return { status: answer.statusCode, challenge: answer.headers['www-authenticate'], ...answer.json(), requestId: '' }
  }

  const toUnknown = await ask(token())
  t.match(toUnknown, { status: 401, code: 'unauthenticated', challenge: 'Bearer' })
  t.same(lines, [])
  t.same(await ask(expired), toUnknown)
  t.match(JSON.parse(lines.join()), { name: 'alice', expiredAt: '2020-01-31T12:00:00.000Z', msg: /has expired/ })
  t.match(await ask(valid), { status: 200 })
})

t.test('kops token --expires makes an entry that expires then', async (t) => {
  const lines: string[] = []
  const output = { print: (line: string) => void lines.push(line), error() {} }
  const run = (...args: string[]) =>
    buildProgram({ output, person: { present: false, ask: async () => '' } }).parseAsync(args, { from: 'user' })
  await run('token', 'alice', 'viewer', '--expires', '30d')
  const [secret, entry] = lines.map((line) => line.split(/ {2,}/)[1] ?? '')
  const found = findToken(parseTokens(entry ?? ''), secret ?? '')
  const days = ((found?.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000
  t.ok(Math.abs(days - 30) < 0.01, `${days} days`)
  await t.rejects(run('token', 'alice', 'viewer', '--expires', '99999999d'), /at most 3650d/)
})
