// Takes turns: load tests
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { stripVTControlCharacters as bare } from 'node:util'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { LoadTestReportSchema } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { independentAdmin, isGone, ownTopic, recordCount } from '../load-test/service.ts'
import { eventually } from '../support/eventually.ts'
import { kops, kopsJson, startKops, startKopsOnTerminal } from './kops.ts'

t.setTimeout(240_000)
const admin = await independentAdmin(t)

/** An open-loop workload in a file: 300 records a second into a topic of its own. */
async function fileOf(t: Test, change: Partial<Workload>): Promise<string> {
  const file = join(t.testdir(), 'small.yaml')
  const workload: Workload = {
    name: 'small',
    topic: { kind: 'temporary', partitions: 3, replicationFactor: 3 },
    rate: { kind: 'constant', perSecond: 300 },
    ...change
  }
  // Every JSON document is YAML.
  await writeFile(file, JSON.stringify(workload))
  return file
}

const listed = (id: string) =>
  kopsJson(endpoints.listLoadTests, ['load', 'list']).then(({ runs }) => runs.find((run) => run.id === id))
const idOf = (output: string) => /\d{8}T\d{6}-[0-9a-f]{6}/.exec(output)?.[0] ?? 'none'

/** A run of a minute that another command started, once records are acknowledged. */
async function started(t: Test) {
  const child = startKops(['load', 'run', await fileOf(t, { durationSeconds: 60 })])
  t.teardown(() => child.kill('SIGKILL'))
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('kops has no output')
  let said = ''
  stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  const ended = Promise.all([once(child, 'close'), text(stdout)]).then(([[code], printed]) => ({ code, printed }))
  const read = async () => listed(idOf(said))
  const run = await eventually(
    'records are acknowledged',
    read,
    (run) => (run?.progress?.acknowledged ?? 0) > 0,
    60_000
  )
  return { child, ended, id: String(run?.id) }
}

t.test('a workload of a file runs, and its result is shown, listed and reported', async (t) => {
  const file = await fileOf(t, { durationSeconds: 6, thresholds: ['errors = 0'] })
  const { code, stdout, stderr } = await kops(['load', 'run', file, '--threshold', 'p50 < 10s', '--verify'])
  t.equal(code, 0, `${stdout}\n${stderr}`)
  t.match(stderr, /^ {3}5 s {2}\d+\/s of 300\/s {2}p50 [\d.]+ ms {2}p99 [\d.]+ ms {2}0 errors {2}1 s left$/m)
  t.match(stdout, /^COMPLETED[\s\S]*^Target rate +300\/s$[\s\S]*^Acknowledged +1,800 records in [67]\.\d s$/m)
  // Other files of tests share the processors: it may truthfully be the client.
  t.match(stdout, /^Limited by +(?:the target rate|the client was the limit)[\s\S]*^Errors +none$/m)
  t.match(stdout, /^response +p50 +[\d.]+[\s\S]*^service +p50[\s\S]*^schedule lag +p50/m)
  t.match(stdout, /^passed +errors = 0 +0$\n^passed +p50 < 10s/m)
  t.match(stdout, /^Read back +clean: 1,800 records found, 0 acknowledged ones lost$/m)
  const id = idOf(stdout)
  t.equal(await isGone(admin, `kops-load-${id}`), true, 'its topic is deleted')

  t.match((await kops(['load', 'list'])).stdout, new RegExp(`^${id} +small +completed +\\(temporary\\) +1800 `, 'm'))
  t.match((await kops(['load', 'show', id])).stdout, /^COMPLETED/)
  t.match((await kops(['load', 'report', id])).stdout, /^## Load test small: completed\n/)
  const html = join(t.testdir(), 'report.html')
  t.equal((await kops(['load', 'report', id, '--format', 'html', '-o', html])).code, 0)
  t.match(await readFile(html, 'utf8'), /<path class="line line-0" d="M[\d.]+ /)
  const report = JSON.parse((await kops(['load', 'report', id, '--format', 'json'])).stdout)
  t.equal(Value.Check(LoadTestReportSchema, report), true)
  t.ok(report.seconds.length >= 6)
})

t.test('a threshold that is not met exits with 5; --json prints the report and nothing else', async (t) => {
  const args = ['load', 'run', await fileOf(t, { records: 300 }), '--threshold', 'throughput > 1000000/s', '--json']
  const { code, stdout, stderr } = await kops(args)
  t.equal(code, 5)
  t.equal(stderr, '')
  t.match(JSON.parse(stdout), {
    run: { status: 'completed', result: { acknowledged: 300, thresholds: [{ passed: false }] } }
  })
})

t.test('a command line that is not right starts nothing, and names why', async (t) => {
  const file = await fileOf(t, { records: 300 })
  const orders = await ownTopic(t, admin, 'cli-orders', 1)
  t.match(await kops(['load', 'run', file, '--topic', orders]), { code: 2, stderr: /no terminal .*--yes/ })
  t.match(await kops(['load', 'run', file, '--threshold', 'p98 < 1s']), {
    code: 1,
    stderr: /thresholds\.0: must be like/
  })
  t.match(await kops(['load', 'run', 'no-such-workload']), { code: 2, stderr: /one of .*steady/ })
  t.match(await kops(['load', 'show', 'no-such-run']), { code: 1, stderr: /job_not_found/ })
  t.equal(await recordCount(admin, orders), 0)
  t.equal((await kops(['load', 'run', file, '--topic', orders, '--yes'])).code, 0)
  t.equal(await recordCount(admin, orders), 300)
})

t.test('on a terminal one line is redrawn, within its width', async (t) => {
  const child = startKopsOnTerminal(['load', 'run', await fileOf(t, { durationSeconds: 3 })], 60)
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  const redrawn = output.split('\r').filter((part) => /^ +\d+ s /.test(part))
  t.ok(redrawn.length >= 2, output)
  for (const line of redrawn) t.ok((bare(line).split('\n')[0]?.length ?? 0) < 60, line)
  t.match(output, 'COMPLETED')
})

t.test('Ctrl-C stops a run within a second, and shows what it measured', async (t) => {
  const { child, ended, id } = await started(t)
  const at = new Date()
  child.kill('SIGINT')
  const { code, printed } = await ended
  t.equal(code, 130)
  t.match(printed, /^ABORTED[\s\S]*^Failure +Cancelled on request$[\s\S]*^response +p50/m)
  const { createdAt, result } = await kopsJson(endpoints.loadTest, ['load', 'show', id])
  const began = Date.parse(createdAt)
  const lastedMs = result?.durationMs ?? Number.POSITIVE_INFINITY
  t.ok(lastedMs < at.getTime() - began + 1000, `records were sent for ${lastedMs} ms`)
})

t.test('another command stops a run; Ctrl-C of one that only watches does not', async (t) => {
  const { ended, id } = await started(t)
  const watching = startKops(['load', 'watch', id])
  t.teardown(() => watching.kill('SIGKILL'))
  await once(watching.stderr ?? watching, 'data')
  watching.kill('SIGINT')
  t.same(await once(watching, 'exit'), [130, null])
  t.match(await listed(id), { status: 'running' })
  t.match(await kops(['load', 'stop', id]), { code: 0, stdout: /^ABORTED/ })
  t.match(await ended, { code: 1, printed: /^ABORTED/ })
})
