import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { orderOf } from '#cli/load/paired-runs.ts'
import { printComparison, printHistory } from '#cli/print/load-compare.ts'
import { buildProgram } from '#cli/program.ts'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import { compareRuns } from '#services/load-test/domain/load/compare-runs.ts'
import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import { comparedRun } from '#services/load-test/domain/load/run-figures.ts'
import type { LoadTestHistory } from '#shared/contracts/load-comparison.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { fakeEngine, fakeProducer, settingsWithoutCluster } from '../../services/load-test/fakes.ts'
import { keptRun } from '../../services/load-test/kept-runs.ts'

const times = (length: number) => Array.from({ length }, (_, nth) => nth)

/** Eight pairs in turn; b is slower by a factor. */
function pairs(by: number, change: Partial<LoadTestRun> = {}, spread = 0.002): { a: LoadTestRun[]; b: LoadTestRun[] } {
  const noise = (nth: number) => 1 + (nth % 3) * spread
  return {
    a: times(8).map((nth) => keptRun(4 * nth + (nth % 2), { responseMs: 10 * noise(nth) })),
    b: times(8).map((nth) => keptRun(4 * nth + 1 - (nth % 2), { responseMs: 10 * by * noise(nth + 1) }, change))
  }
}

const ids = (runs: LoadTestRun[]) => runs.map(({ id }) => id).join()

/** load-test-service with runs of an earlier process; new ones are acknowledged at once, or fail on the topic `broken`. */
async function service(t: Test, runs: LoadTestRun[] = []) {
  const folder = t.testdir()
  await mkdir(join(folder, 'data', 'runs'), { recursive: true })
  for (const run of runs) await writeFile(join(folder, 'data', 'runs', `${run.id}.json`), JSON.stringify(run))
  const app = await buildApp(loadConfig(settingsWithoutCluster(folder)), {
    auditTrail: { record: async () => {} },
    engine: fakeEngine(({ topic }, onOutcome) =>
      fakeProducer({
        onOutcome,
        outcomeOf: () =>
          topic === 'broken'
            ? { status: 'failed', code: 'NOT_ENOUGH_REPLICAS' }
            : { status: 'acknowledged', code: undefined }
      })
    )
  })
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  async function file(name: string, topic = 'log-events') {
    const path = join(folder, `${name}.yaml`)
    const text = `name: ${name}\ntopic: {kind: existing, name: ${topic}}\nrecords: 20\npayload: {kind: lines, lines: [x]}\n`
    await writeFile(path, text)
    return path
  }
  async function kops(...args: string[]) {
    const before = process.exitCode
    process.exitCode = 0
    const [printed, said]: [string[], string[]] = [[], []]
    const output = { print: (line: string) => void printed.push(line), error: (line: string) => void said.push(line) }
    const program = buildProgram({ output, person: { present: false, ask: async () => undefined } })
    try {
      await program.parseAsync(['--state-dir', folder, '--loadtest-url', url, 'load', ...args], { from: 'user' })
      return { code: process.exitCode, printed: printed.join('\n'), said: said.join('\n') }
    } finally {
      process.exitCode = before
    }
  }
  return { kops, file, app }
}

const exits: { name: string; runs: ReturnType<typeof pairs>; code: number; shown: RegExp }[] = [
  { name: 'equivalent', runs: pairs(1), code: 0, shown: /^EQUIVALENT/ },
  { name: 'faster', runs: pairs(0.8), code: 0, shown: /^FASTER/ },
  { name: 'slower', runs: pairs(1.2), code: 5, shown: /^SLOWER/ },
  { name: 'inconclusive', runs: pairs(1, {}, 0.2), code: 5, shown: /^INCONCLUSIVE/ },
  {
    name: 'not comparable',
    runs: pairs(1, { fingerprint: fingerprintOf({ 'machine.cores': '8' }) }),
    code: 5,
    shown: /^NOT COMPARED[\s\S]*machine\.cores \(4, 8\)[\s\S]*--varying/
  }
]
for (const { name, runs, code, shown } of exits) {
  t.test(`runs that are ${name} exit with ${code}`, async (t) => {
    const { kops } = await service(t, [...runs.a, ...runs.b])
    t.match(await kops('compare', ids(runs.a), ids(runs.b)), { code, printed: shown, said: '' })
    const json = await kops('compare', ids(runs.a), ids(runs.b), '--json')
    t.equal(json.code, code)
    t.equal(JSON.parse(json.printed).a.runs.length, 8)
  })
}

t.test('a part that is compared may differ', async (t) => {
  const { a, b } = pairs(1, { fingerprint: fingerprintOf({ 'broker.num.io.threads': '8', 'machine.cores': '8' }) })
  const { kops } = await service(t, [...a, ...b])
  t.match(await kops('compare', ids(a), ids(b), '--varying', 'machine'), {
    code: 0,
    printed: /Differs: machine\.cores \(4, 8\)/
  })
})

t.test('a baseline is saved, compared with, listed and deleted', async (t) => {
  const { a, b } = pairs(1.2)
  const { kops } = await service(t, [...a, ...b])
  t.match(await kops('compare', ids(a), '--save-baseline', 'main'), { code: 0, printed: 'Baseline main has 8 runs.' })
  t.match(await kops('compare', ids(b), '--baseline', 'main'), {
    code: 5,
    printed: /^SLOWER\na {2}baseline main: 8 runs/
  })
  t.match((await kops('baseline', 'list')).printed, /^main +steady +8 /m)
  t.match((await kops('baseline', 'delete', 'main')).printed, 'Baseline main is deleted.')
  await t.rejects(kops('compare', ids(b), '--baseline', 'main'), { code: 'baseline_not_found' })
})

t.test(
  'two workloads run in pairs, each of them first in half; the same command again compares the same runs',
  async (t) => {
    const { kops, file } = await service(t)
    const { said, printed, code } = await kops('compare', await file('one'), await file('two'), '--pairs', '6')
    const lines = said.split('\n').filter((line) => line.startsWith('Run '))
    const sides = lines.map((line) => /^Run \d+ of 12, ([ab]): (?:one|two), /.exec(line)?.[1])
    t.equal(sides.length, 12)
    for (let nth = 0; nth < 12; nth += 4) t.match(sides.slice(nth, nth + 4).join(''), /^(abba|baab)$/)
    t.match(printed, /^a {2}6 runs of one \(([0-9a-f]{16})\)\nb {2}6 runs of two \(\1\), in turn with a$/m)
    const again = /^Again: kops load (compare \S+ \S+)$/m.exec(printed)?.[1]?.split(' ') ?? []
    const repeated = await kops(...again)
    t.equal(`${repeated.printed}\n${printed.slice(printed.indexOf('Again:'))}`, printed)
    t.equal(repeated.code, code)
  }
)

t.test('one workload runs alone for a baseline', async (t) => {
  const { kops, file } = await service(t)
  const one = await file('one')
  t.match(await kops('compare', one, '--save-baseline', 'main', '--pairs', '5'), {
    printed: 'Baseline main has 5 runs.'
  })
  t.match(await kops('compare', one, '--baseline', 'main', '--pairs', '5'), {
    said: /Run 5 of 5, b/,
    printed: /a {2}baseline main: 5 runs of one[\s\S]*b {2}5 runs of one/
  })
})

t.test('a run that does not complete ends the comparison', async (t) => {
  const { kops, file } = await service(t)
  const broken = await file('broken', 'broken')
  const compared = kops('compare', broken, await file('fine'), '--yes')
  await t.rejects(compared, { message: /of a failed: No event was acknowledged/ })
  await t.rejects(kops('compare', broken, broken), { name: 'UsageError', message: /--yes/ })
})

t.test('a command line without two sides is refused', async (t) => {
  const { kops } = await service(t)
  for (const [args, message] of [
    [['steady'], /nothing to compare with/],
    [['steady', 'spike', '--baseline', 'main'], /one argument/],
    [['steady', '--baseline', 'main', '--save-baseline', 'main'], /exclude/],
    [['no-such', 'steady'], /there is no workload no-such/]
  ] as const) {
    await t.rejects(kops('compare', ...args), { name: 'UsageError', message })
  }
})

t.test('pairs come as abba or baab, by lot', async (t) => {
  const random = createRandom(3)
  const orders = times(40).map(() => orderOf(['a', 'b'], 2, random).join(''))
  t.same([...new Set(orders)].sort(), ['abba', 'baab'])
  t.equal(orderOf(['a', 'b'], 3, () => 0).join(''), 'abbaab')
  t.equal(orderOf(['b'], 3, () => 0).join(''), 'bbb')
  t.same(
    orderOf([], 3, () => 0),
    []
  )
})

/** The lines that print for a terminal without colours. */
function linesOf(print: (output: { print(line: string): void; error(line: string): void }) => void): string {
  const lines: string[] = []
  print({ print: (line) => void lines.push(line), error: (line) => void lines.push(line) })
  return lines.join('\n')
}

t.test('a comparison in full', async (t) => {
  const { a, b } = pairs(1.2)
  const noted = b.map((run) => comparedRun({ ...run, result: run.result && { ...run.result, limitedBy: 'client' } }))
  const sides = [a.map(comparedRun), noted].map((runs) => ({ baseline: null, runs }))
  const [first, second] = sides
  if (!first || !second) throw new Error('there are two sides')
  second.runs = second.runs.map((run) => ({ ...run, figures: { ...run.figures, clientCost: null } }))
  t.equal(
    linesOf((output) => printComparison(output, compareRuns(first, second, { varying: [] }), 200)),
    `SLOWER
a  8 runs of steady (0123456789abcdef)
b  8 runs of steady (0123456789abcdef), in turn with a

FIGURE            A      B      CHANGE  92 % INTERVAL       P  VERDICT
rate, records/s   1,000  1,000  0.0%    0.0 to 0.0      1.000  equivalent
response p50, ms  10.0   12.0   +20.2%  +19.9 to +20.2  0.031  slower
response p99, ms  20.0   24.0   +20.2%  +19.9 to +20.2  0.031  slower
service p99, ms   10.0   10.0   0.0%    0.0 to 0.0      1.000  equivalent

Left out: client cost, because 8 of 16 runs do not show it
Note: 8 of 8 runs of b were limited by the client: their figures are the producers', not the cluster's`
  )
})

t.test('a history in full', async (t) => {
  const runs = [0, 1].map((nth) => comparedRun(keptRun(nth, { perSecond: 12_345 })))
  const history: LoadTestHistory = {
    workload: 'steady',
    workloadHash: '0123456789abcdef',
    fingerprint: '0123456789abcdef',
    runs: runs.map((run, nth) => (nth === 0 ? run : { ...run, figures: { ...run.figures, responseP99: null } })),
    leftOut: { otherWorkload: 0, otherEnvironment: 3 },
    changes: [
      { figure: 'responseP50', run: runs[1]?.id ?? '', p: 0.001, magnitude: 0.2, verdict: 'slower' },
      { figure: 'throughput', run: runs[1]?.id ?? '', p: 0.001, magnitude: null, verdict: null }
    ],
    unjudged: ['clientCost']
  }
  t.equal(
    linesOf((output) => printHistory(output, history, 200)),
    `steady (0123456789abcdef): 2 runs, times in UTC
RUN                     AT                RATE/S  P50 MS  P99 MS  SERVICE P99  CLIENT µs  LIMITED BY  CHANGE
20260131T120000-000000  2026-01-31 12:00  12,345    10.0    20.0          123       5.00  cluster
20260131T120100-000001  2026-01-31 12:01  12,345    10.0       -          123       5.00  cluster     response p50 +20.0%, slower; rate
Fewer than 12 runs show: client cost
Left out: 3 runs in another environment`
  )
})
