import { randomBytes } from 'node:crypto'
import t from 'tap'
import { buildProgram } from '#cli/program.ts'
import { type Endpoint, type Role, roles } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { MessageSchema } from '#shared/contracts/messages.ts'
import { mayCall } from '#shared/http/auth/roles.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { buildNowhere } from '../../services-without-cluster.ts'

const tokens = { viewer: randomBytes(32).toString('base64url'), reader: randomBytes(32).toString('base64url') }
const env = {
  KOPS_TOKENS: Object.entries(tokens)
    .map(([role, token]) => `${role}:${role}:sha256:${hashToken(token).toString('hex')}`)
    .join(',')
}
const app = await buildNowhere(t, 'admin', env)

/** Endpoints that answer with keys, values or headers of records. */
const showing = Object.entries<Endpoint>(endpoints).filter(([, { answers }]) =>
  JSON.stringify(answers).includes(JSON.stringify(MessageSchema.properties.keyEncoding))
)

t.test('what records contain is shown to the role reader and above, and to nobody else', async (t) => {
  t.same(
    showing.map(([name]) => name),
    ['browseMessages', 'tailMessages', 'readDeadLetters']
  )
  for (const [name, { role }] of showing) {
    t.same(
      roles.filter((caller) => mayCall(caller, role)),
      ['reader', 'operator', 'admin'],
      name
    )
  }
})

for (const [name, { path }] of showing) {
  t.test(`${name} refuses a viewer by the role that is needed`, async (t) => {
    const ask = (role: keyof typeof tokens & Role) =>
      app.inject({
        url: path.replace('{topicName}', 'orders'),
        headers: { authorization: `Bearer ${tokens[role]}` }
      })
    t.match((await ask('viewer')).json(), { status: 403, detail: 'this requires the role reader; viewer is viewer' })
    t.not((await ask('reader')).statusCode, 403)
  })
}

t.test('kops says which role is needed', async (t) => {
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const before = process.env['KOPS_TOKEN']
  process.env['KOPS_TOKEN'] = tokens.viewer
  t.teardown(() => {
    if (before === undefined) delete process.env['KOPS_TOKEN']
    else process.env['KOPS_TOKEN'] = before
  })
  const program = buildProgram({ output: { print() {}, error() {} }, person: { present: false, ask: async () => '' } })
  const reading = program.parseAsync(['--admin-url', address, 'messages', 'read', 'orders'], { from: 'user' })
  await t.rejects(reading, { code: 'forbidden', message: 'this requires the role reader; viewer is viewer' })
})
