import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { SignJWT } from 'jose'
import t from 'tap'
import { request } from 'undici'
import { hashToken } from '#shared/http/auth/tokens.ts'

const jwtSecret = randomBytes(32).toString('base64url')
const jwt = (claims: Record<string, string>, expires: string) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(expires).sign(Buffer.from(jwtSecret))
const tokens = {
  known: randomBytes(32).toString('base64url'),
  unknown: randomBytes(32).toString('base64url'),
  jwt: await jwt({ sub: 'alice', role: 'viewer' }, '1m'),
  expired: await jwt({ sub: 'alice', role: 'viewer' }, '-1m'),
  roleless: await jwt({ sub: 'alice' }, '1m')
}

const services = [
  { name: 'admin', paths: ['/api/topics/deletions', '/api/topics/bad%20name', '/api/nowhere'] },
  { name: 'health', paths: ['/api/health', '/api/nowhere'] },
  { name: 'load-test', paths: ['/api/loadtest/runs', '/api/drills/x', '/api/nowhere'] }
]
for (const { name, paths } of services) {
  t.test(`${name}-service writes no token and no secret, however much it logs`, async (t) => {
    // A separate process, as in production: its output is all there is to see.
    const service = fork(new URL(`../../services/${name}/server.ts`, import.meta.url), {
      silent: true,
      env: {
        ...process.env,
        KOPS_PORT: '0',
        KOPS_LOG_LEVEL: 'trace',
        KOPS_BOOTSTRAP_SERVERS: '127.0.0.1:1',
        KOPS_ZOOKEEPER_SERVERS: '127.0.0.1:1',
        KOPS_DATA_DIR: t.testdir(),
        KOPS_TOKENS: `tester:admin:sha256:${hashToken(tokens.known).toString('hex')}`,
        KOPS_JWT_SECRET: jwtSecret
      }
    })
    t.teardown(() => service.kill('SIGKILL'))
    const { stdout, stderr } = service
    if (!stdout || !stderr) throw new Error('no output')
    const output = Promise.all([text(stdout), text(stderr)])
    const address = await new Promise<string>((resolve, reject) => {
      let seen = ''
      service.once('exit', () => reject(new Error(`it has ended: ${seen}`)))
      stdout.on('data', (chunk) => {
        seen += String(chunk)
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(seen)
        if (found) resolve(found[0])
      })
    })

    for (const token of Object.values(tokens)) {
      for (const path of paths) {
        for (const headers of [
          { authorization: `Bearer ${token}` },
          { authorization: token },
          { authorization: `Basic ${token}` },
          { authorization: `Bearer ${token} x`, cookie: `session=${token}` }
        ]) {
          const { statusCode, body } = await request(address + path, { headers })
          t.notMatch(await body.text(), token, `${path} ${statusCode} does not repeat it`)
        }
      }
      const posted = await request(`${address}${paths[0]}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{"broken": '
      })
      t.notMatch(await posted.body.text(), token)
    }

    service.kill('SIGTERM')
    await once(service, 'exit')
    const written = (await output).join('')
    t.match(written, 'incoming request', 'it did log')
    for (const [which, token] of Object.entries({ ...tokens, jwtSecret })) {
      t.equal(written.includes(token), false, `${which} is not in the log`)
      t.equal(written.includes(token.slice(-20)), false, `nor is a part of ${which}`)
      t.equal(written.includes(hashToken(token).toString('hex')), false, `nor is the hash of ${which}`)
    }
  })
}
