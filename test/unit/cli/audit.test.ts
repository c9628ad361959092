import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { inOrder } from '#cli/audit-trail.ts'
import { buildProgram } from '#cli/program.ts'
import { canonicalHash } from '#shared/audit/canonical-json.ts'
import type { AuditEvent, FoundAuditEvent } from '#shared/contracts/audit.ts'
import { linkedEvents, memoryChain } from '../shared/audit/memory-chain.ts'

const lines = (events: readonly AuditEvent[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('')
const [first, second, third, ...rest] = linkedEvents(5)
const events = [first, second, third, ...rest].flatMap((event) => event ?? [])
const head = canonicalHash(events.at(-1))
const since = ['--since', '2026-01-01T00:00:00Z']

async function kops(t: Test, ...args: string[]) {
  const printed: string[] = []
  const said: string[] = []
  const output = { print: (line: string) => void printed.push(line), error: (line: string) => void said.push(line) }
  const before = process.exitCode
  t.teardown(() => {
    process.exitCode = before
  })
  process.exitCode = 0
  await buildProgram({ output, person: { present: false, ask: async () => '' } }).parseAsync(args, { from: 'user' })
  return { code: process.exitCode, stdout: printed.join('\n'), stderr: said.join('\n') }
}

/** Serves the trail in pages of two, newest first. */
async function service(t: Test, trail: readonly FoundAuditEvent[], warnings: object[] = []) {
  const app = Fastify()
  t.teardown(() => app.close())
  app.get<{ Querystring: { cursor?: string; from?: string } }>('/api/audit', async ({ query }) => {
    const newest = trail.filter(({ at }) => query.from === undefined || at >= query.from).toReversed()
    const at = Number(query.cursor ?? 0)
    const more = at + 2 < newest.length ? { nextCursor: String(at + 2) } : {}
    return { events: newest.slice(at, at + 2), ...more, asOf: '2026-01-31T12:00:00Z', warnings }
  })
  return ['--admin-url', await app.listen({ port: 0, host: '127.0.0.1' })]
}

t.test('an export has every event as it was written, oldest first, and can be verified', async (t) => {
  const found = events.map((event, index) => (index === 1 ? { ...event, concludedAs: 'applied' as const } : event))
  const admin = await service(t, found)
  t.equal((await kops(t, ...admin, 'audit', 'export')).stdout, lines(events).trimEnd())
  const file = join(t.testdir(), 'export.jsonl')
  t.match(await kops(t, ...admin, 'audit', 'export', '--output', file), { stdout: '', stderr: /5 events in/ })
  t.equal(await readFile(file, 'utf8'), lines(events))
  const verified = await kops(t, 'audit', 'verify', '--file', file, ...since, '--head', head)
  t.match(verified, { code: 0, stdout: new RegExp(`test-1 .*${head}[^]*intact: 5 events`) })
})

t.test('the trail of a service is verified; a broken one names its first broken event and exits with 5', async (t) => {
  t.match(await kops(t, ...(await service(t, events)), 'audit', 'verify', ...since), { code: 0, stdout: /intact/ })
  const changed = events.map((event, index) => (index === 2 ? { ...event, target: 'b' } : event))
  t.match(await kops(t, ...(await service(t, changed)), 'audit', 'verify', ...since), {
    code: 5,
    stdout: /^changed: event 2 of test-1/m,
    stderr: /^kops: the audit trail is broken: event 2 of test-1 \(r2:applied/
  })
  const cut = await kops(
    t,
    ...(await service(t, events.slice(0, 4))),
    'audit',
    'verify',
    ...since,
    '--head',
    head,
    '--json'
  )
  t.match(JSON.parse(cut.stdout), { intact: false, findings: [{ kind: 'cut-off' }, { kind: 'started' }] })
  t.equal(cut.code, 5)
})

t.test('a trail that cannot be read completely, and a file that is no export, get no verdict', async (t) => {
  const admin = await service(t, events, [{ code: 'broker_unreachable', message: 'kafka-2 does not answer' }])
  for (const command of ['export', 'verify']) {
    await t.rejects(kops(t, ...admin, 'audit', command), { code: 'cluster_unreachable', message: /kafka-2/ })
  }
  const file = join(t.testdir(), 'export.jsonl')
  await writeFile(file, `${lines(events)}{"id":"x"}\n`)
  await t.rejects(kops(t, 'audit', 'verify', '--file', file), { message: /line 6 of .* is not an audit event/ })
})

t.test('a clock that was set back changes no order within a chain', async (t) => {
  const other = linkedEvents(3, memoryChain(undefined, 'test-2'))
  const back = events.map((event, index) => ({ ...event, at: new Date(10_000 - index).toISOString() }))
  const sequences = inOrder([...other, ...back].toReversed())
    .filter(({ chain }) => chain?.writer === 'test-1')
    .map(({ chain }) => chain?.sequence)
  t.same(sequences, [0, 1, 2, 3, 4])
})

t.test('a search shows the verdict of a drill, and how a load test ended', async (t) => {
  const ended = (action: string, outcome: 'applied' | 'failed', after: unknown) =>
    events.slice(0, 1).map((event) => ({ ...event, id: action, requestId: action, action, outcome, after }))
  const found = [
    ...ended('drill.end', 'applied', { id: 'd1', kind: 'broker-stop', status: 'completed', verdict: 'fail' }),
    ...ended('loadtest.end', 'failed', { id: 'r1', status: 'aborted', progress: null })
  ]
  const { stdout } = await kops(t, ...(await service(t, found)), 'audit', 'search')
  t.match(stdout, /alice +drill\.end +a +.*applied.* +completed: fail/)
  t.match(stdout, /alice +loadtest\.end +a +.*failed.* +aborted/)
})
