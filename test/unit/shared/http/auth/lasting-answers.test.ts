import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SignJWT } from 'jose'
import t, { type Test } from 'tap'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { createApp } from '#shared/http/create-app.ts'
import { openEventStream } from '#shared/http/event-stream.ts'
import { plainConfig } from '../plain-config.ts'

const jwtSecret = 'a secret of at least thirty-two bytes'
const tokens = { alice: randomBytes(32).toString('base64url'), bob: randomBytes(32).toString('base64url') }
const entry = (name: keyof typeof tokens, role: string) =>
  `${name}:${role}:sha256:${hashToken(tokens[name]).toString('hex')}`
const bob = entry('bob', 'operator')

/** A service with a stream for operators. */
async function build(t: Test, lines: readonly string[]) {
  const path = join(t.testdir(), 'tokens')
  const write = (lines: readonly string[]) => writeFile(path, lines.join('\n'))
  await write(lines)
  const config = plainConfig({ KOPS_TOKENS_FILE: path, KOPS_JWT_SECRET: jwtSecret })
  const app = await createApp({ title: 'test', description: 'test', config })
  t.teardown(() => app.close())
  app.get('/stream', { schema: { 'x-role': 'operator' } }, async (_request, reply) => {
    openEventStream(reply).send('ready', {})
    return reply
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/stream`
  /** Opens the stream. @returns resolves to `ended` when it has */
  const open = async (token: string) => {
    const { status, body } = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    t.equal(status, 200)
    const reader = body?.getReader()
    const untilEnd = async () => {
      while ((await reader?.read())?.done === false);
      return 'ended'
    }
    return { ended: untilEnd() }
  }
  return { write, open }
}

const cases: { what: string; lines: () => string[]; later?: string[]; token?: () => Promise<string> }[] = [
  { what: 'a token that is revoked', lines: () => [entry('alice', 'admin'), bob], later: [bob] },
  {
    what: 'a token that loses the role',
    lines: () => [entry('alice', 'operator'), bob],
    later: [entry('alice', 'viewer'), bob]
  },
  {
    what: 'a token that is limited to topics',
    lines: () => [entry('alice', 'admin'), bob],
    later: [`${entry('alice', 'admin')};topics=orders-*`, bob]
  },
  {
    what: 'a token that expires',
    lines: () => [`${entry('alice', 'operator')};expires=${new Date(Date.now() + 2000).toISOString()}`, bob]
  },
  {
    what: 'a JWT that expires',
    lines: () => [bob],
    token: () =>
      new SignJWT({ sub: 'dave', role: 'operator' })
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime('2s')
        .sign(Buffer.from(jwtSecret))
  }
]
for (const { what, lines, later, token = async () => tokens.alice } of cases) {
  t.test(`the stream of ${what} ends within seconds, and others stay open`, async (t) => {
    const { write, open } = await build(t, lines())
    const [affected, other] = [await open(await token()), await open(tokens.bob)]
    if (later) await write(later)
    t.equal(await Promise.race([affected.ended, sleep(10_000, 'open', { ref: false })]), 'ended')
    t.equal(await Promise.race([other.ended, sleep(50, 'open')]), 'open')
  })
}
