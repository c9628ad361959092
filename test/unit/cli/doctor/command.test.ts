import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastify from 'fastify'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { buildProgram } from '#cli/program.ts'
import { type DoctorReport, DoctorReportSchema } from '#shared/contracts/doctor.ts'
import packageJson from '../../../../package.json' with { type: 'json' }
import { ownFolder } from '../../own-folder.ts'
import { fine } from './fine.ts'

const nowhere = 'http://127.0.0.1:1'

function problem(status: number, code: string, detail: string) {
  return {
    type: `/errors/${code}`,
    title: code,
    status,
    detail,
    instance: '/',
    code,
    retriable: false,
    requestId: 'r1'
  }
}

/** One server that is all three services. @param asked what it answers for paths; undefined: as a fine system does */
async function services(
  t: Test,
  asked: (path: string) => { status: number; body: object } | undefined = () => undefined
) {
  const answers: Record<string, object> = {
    '/livez': { status: 'ok' },
    '/docs/json': { info: { version: packageJson.version } },
    '/api/health': fine.health,
    '/api/health/status': { status: 'HEALTHY', reasons: [], asOf: fine.health.asOf },
    '/api/health/probe': { ...fine.probe, asOf: fine.probe.brokers[0]?.asOf },
    '/api/brokers': { clusterId: null, controllerId: 1, brokers: [], asOf: fine.health.asOf, warnings: [] },
    '/api/drills/running': { drill: null },
    '/api/topics': { topics: fine.topics, total: fine.topics.length, asOf: fine.health.asOf, warnings: [] },
    '/api/alerts': { alerts: [], asOf: fine.health.asOf, warnings: [] }
  }
  const app = fastify()
  app.get('/*', async ({ url }, reply) => {
    const path = url.split('?', 1)[0] ?? ''
    const { status, body } = asked(path) ?? { status: 200, body: answers[path] }
    return body === undefined
      ? reply.code(404).send(problem(404, 'not_found', 'Nothing is here'))
      : reply.code(status).send(body)
  })
  t.teardown(() => app.close())
  return app.listen({ host: '127.0.0.1', port: 0 })
}

/** Runs the command in a folder without a cluster. */
async function doctor(t: Test, url: string, args: string[] = [], folder = ownFolder(t)) {
  const exitCode = process.exitCode
  process.exitCode = undefined
  const printed: string[] = []
  const output = { print: (line: string) => void printed.push(line), error: () => {} }
  const program = buildProgram({ output, person: { present: false, ask: async () => undefined } })
  const urls = ['--admin-url', url, '--health-url', url, '--loadtest-url', url]
  try {
    await program.parseAsync(['--state-dir', folder, ...urls, 'doctor', ...args], { from: 'user' })
    return { code: process.exitCode ?? 0, text: printed.join('\n') }
  } finally {
    process.exitCode = exitCode
  }
}

async function report(t: Test, url: string, args: string[] = [], folder?: string) {
  const { code, text } = await doctor(t, url, [...args, '--json'], folder)
  const found: unknown = JSON.parse(text)
  t.same(Value.Errors(DoctorReportSchema, found), [], 'it is as its contract says')
  const of = (id: string) => (found as DoctorReport).findings.filter((each) => each.id === id)
  return { code, of, ...(found as DoctorReport) }
}

t.test('services that are fine leave nothing to report; what needs a cluster here is unknown', async (t) => {
  const { of, findings, production } = await report(t, await services(t))
  t.equal(production, false)
  for (const id of [
    'services.admin',
    'services.health',
    'services.load-test',
    'cluster.brokers',
    'connection.records'
  ]) {
    t.match(of(id), [{ severity: 'ok' }], id)
  }
  t.match(of('cluster.nodes'), [{ severity: 'unknown', found: /no cluster is set up in/ }])
  t.notOk(findings.some(({ area }) => area === 'production'))
})

t.test('services that are away are errors, and what they would know is unknown', async (t) => {
  const startedAt = performance.now()
  const { code, of, counts } = await report(t, nowhere, ['--production'])
  t.ok(performance.now() - startedAt < 5000, 'within its time')
  t.equal(code, 1)
  t.ok(counts.error >= 3)
  t.match(of('services.admin'), [{ severity: 'error', found: /refused/, advice: /setup\.sh/ }])
  t.match(of('cluster.replication'), [{ severity: 'unknown', found: /127\.0\.0\.1:1 does not answer/ }])
  t.match(of('production.replication'), [{ severity: 'unknown' }])
  t.match(of('production.access'), [{ severity: 'unknown' }])
})

t.test('a missing token is named, and no check that was refused counts as ok', async (t) => {
  const open = new Set(['/livez', '/docs/json'])
  const url = await services(t, (path) =>
    open.has(path) ? undefined : { status: 401, body: problem(401, 'unauthenticated', 'A token is required') }
  )
  const { code, of } = await report(t, url, ['--production'])
  t.equal(code, 1)
  t.match(of('services.admin'), [{ severity: 'error', found: /unauthenticated/, advice: /KOPS_TOKEN/ }])
  t.match(of('cluster.brokers'), [{ severity: 'unknown', found: /A token is required/ }])
  t.match(of('production.access'), [{ severity: 'ok' }], 'which is how it should be')
})

t.test('a service that is half broken leaves the rest to be seen', async (t) => {
  const url = await services(t, (path) =>
    path.startsWith('/api/brokers')
      ? { status: 503, body: problem(503, 'broker_unreachable', 'No broker answers') }
      : path === '/api/health/probe'
        ? { status: 200, body: { surprise: true } }
        : undefined
  )
  const { of } = await report(t, url)
  t.match(of('services.admin'), [{ severity: 'error', found: /No broker answers \(broker_unreachable\)/ }])
  t.match(of('connection.records'), [{ severity: 'unknown', found: /other than its contract/ }])
  t.match(of('services.health'), [{ severity: 'ok' }])
})

t.test('a broken definition is a finding, and no reason to give up', async (t) => {
  const folder = ownFolder(t)
  await writeFile(join(folder, 'cluster.json'), '{"id":1}')
  await mkdir(join(folder, 'monitoring/access'), { recursive: true })
  await writeFile(join(folder, 'monitoring/access/tokens'), 'x')
  for (const each of ['', 'monitoring', 'monitoring/access']) await chmod(join(folder, each), 0o755)
  await chmod(join(folder, 'monitoring/access/tokens'), 0o644)
  const { code, of } = await report(t, await services(t), [], folder)
  t.equal(code, 1)
  t.match(of('configuration.files'), [{ severity: 'error', found: /not a cluster definition/ }])
  t.match(of('configuration.secrets'), [{ severity: 'error', found: /access\/tokens/, advice: /^chmod o= / }])
})

t.test('with a context, this checkout is not what is looked at', async (t) => {
  const folder = ownFolder(t)
  await mkdir(join(folder, 'kops'))
  const url = await services(t)
  const there = { admin: url, health: url, loadTest: url }
  await writeFile(join(folder, 'kops/contexts.json'), JSON.stringify({ contexts: { there } }))
  process.env['XDG_CONFIG_HOME'] = folder
  t.teardown(() => delete process.env['XDG_CONFIG_HOME'])
  const { of } = await report(t, url, ['--context', 'there'])
  t.match(of('cluster.nodes'), [{ severity: 'unknown', found: /context there is not the one of this checkout/ }])
  t.match(of('services.admin'), [{ severity: 'ok' }])
})

t.test('as text: a table for each area, with what to do; only problems on request', async (t) => {
  const url = await services(t)
  const all = (await doctor(t, url)).text
  t.match(all, /^machine\n/)
  t.match(all, /^services\n.*\nok +admin +admin-service is ready/m)
  t.match(all, /\d+ errors?, \d+ warnings?, \d+ unknown, \d+ to know, \d+ ok, in \d\.\d s/)
  t.match(all, /--production/)
  const problems = (await doctor(t, nowhere, ['--problems', '--production'])).text
  t.notMatch(problems, /^ok /m)
  t.match(problems, /^error +admin .*\n +-> \.\/setup\.sh/m)
  t.notMatch(problems, /kops doctor --production goes/)
})
