import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { defaultGateway } from '#shared/http/auth/container-host.ts'
import { tokenEntry } from '#shared/http/auth/tokens.ts'
import { assertBindable } from '#shared/http/service-config.ts'
import { buildNowhere } from '../../../services-without-cluster.ts'
import { plainConfig } from '../plain-config.ts'

const heading = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
const route = (destination: string, gateway: string, mask: string) =>
  `eth0\t${destination}\t${gateway}\t0003\t0\t0\t0\t${mask}\t0\t0\t0   `

const tables: [what: string, lines: string[], gateway: string | undefined][] = [
  ['a container in a bridge', [route('00000000', '010012AC', '00000000')], '172.18.0.1'],
  [
    'a default route after others',
    [route('000012AC', '00000000', '0000FFFF'), route('00000000', 'FE01A8C0', '00000000')],
    '192.168.1.254'
  ],
  ['routes to networks only', [route('0000000A', '010012AC', '000000FF')], undefined],
  ['a default route without a gateway', [route('00000000', '00000000', '00000000')], undefined],
  ['half the addresses', [route('00000000', '010012AC', '00000080')], undefined],
  ['no route', [], undefined]
]
for (const [what, lines, gateway] of tables) {
  t.test(`the gateway of ${what} is ${gateway}`, async (t) => {
    t.equal(defaultGateway([heading, ...lines, ''].join('\n')), gateway)
  })
}

/** The gateway of this machine, which takes the part of a container. */
const here = defaultGateway(await readFile('/proc/net/route', 'utf8').catch(() => ''))

async function statuses(t: Test, env: Record<string, string>): Promise<Record<string, number>> {
  const app = await buildNowhere(t, 'health', env)
  const callers = { itself: '127.0.0.1', container: '172.18.255.7', ...(here === undefined ? {} : { machine: here }) }
  const all = Object.entries(callers).map(async ([who, remoteAddress]) => {
    const { statusCode } = await app.inject({ url: '/api/health/status', remoteAddress })
    return [who, statusCode]
  })
  return Object.fromEntries(await Promise.all(all))
}

t.test('a service in a container trusts the machine that it runs on, and no other container', async (t) => {
  const token = randomBytes(32).toString('base64url')
  const required = { KOPS_TOKENS: tokenEntry('root', 'admin', token) }
  const ok = here === undefined ? { itself: 200 } : { itself: 200, machine: 200 }
  const refused = here === undefined ? { itself: 401 } : { itself: 401, machine: 401 }
  t.same(await statuses(t, { KOPS_TRUST_NETWORK: 'gateway' }), { ...ok, container: 401 })
  t.same(await statuses(t, { KOPS_TRUST_NETWORK: 'true' }), { ...ok, container: 200 })
  t.same(await statuses(t, { KOPS_TRUST_NETWORK: 'gateway', ...required }), { ...refused, container: 401 })
})

t.test('a header makes no other container this machine', async (t) => {
  const app = await buildNowhere(t, 'health', { KOPS_TRUST_NETWORK: 'gateway', KOPS_TRUSTED_PROXIES: '172.18.255.7' })
  const headers = { 'x-forwarded-for': here ?? '127.0.0.1' }
  const { statusCode } = await app.inject({ url: '/api/health/status', remoteAddress: '172.18.255.7', headers })
  t.equal(statusCode, 401)
})

t.test('another container may do there what its token says', async (t) => {
  const token = randomBytes(32).toString('base64url')
  const dir = await mkdtemp(join(tmpdir(), 'kops-tokens-'))
  t.teardown(() => rm(dir, { recursive: true }))
  await writeFile(join(dir, 'tokens'), tokenEntry('prometheus', 'metrics', token))
  const app = await buildNowhere(t, 'health', {
    KOPS_TRUST_NETWORK: 'gateway',
    KOPS_MONITORING_TOKENS_FILE: join(dir, 'tokens')
  })
  const ask = async (url: string) =>
    (await app.inject({ url, remoteAddress: '172.18.255.7', headers: { authorization: `Bearer ${token}` } })).statusCode
  t.equal(await ask('/metrics'), 200)
  t.equal(await ask('/api/health/status'), 403)
})

t.test('such a service may listen on every address, without TLS', async (t) => {
  t.doesNotThrow(() => assertBindable({ ...plainConfig({ KOPS_TRUST_NETWORK: 'gateway' }), KOPS_HOST: '0.0.0.0' }))
})
