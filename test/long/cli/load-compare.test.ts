// Runs undisturbed: the service runs one load test at a time, and other work would show in what is compared.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import Value from 'typebox/value'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { LoadTestComparisonSchema } from '#shared/contracts/load-comparison.ts'
import { comparisonRow } from '#shared/load-report/comparison-facts.ts'
import { assertUsable, consoleBrowser, openPage } from '../../browser/console-browser.ts'
import { kops, kopsJson } from '../../integration/cli/kops.ts'
import { adminUrl } from '../../integration/support/under-test.ts'

t.setTimeout(300_000)

const exitCodes = { faster: 0, equivalent: 0, slower: 5, inconclusive: 5 }

const file = join(t.testdir(), 'compared.yaml')
const workload = {
  name: 'compared',
  topic: { kind: 'temporary', partitions: 3, replicationFactor: 3 },
  rate: { kind: 'constant', perSecond: 500 },
  durationSeconds: 2
}
// Every JSON document is YAML.
await writeFile(file, JSON.stringify(workload))

t.test('a workload compared with itself: pairs in turn, in one environment, with an exit code for CI', async (t) => {
  const { code, stdout, stderr } = await kops(['load', 'compare', file, file, '--pairs', '8'])
  t.equal(stderr.split('\n').filter((line) => /^Run \d+ of 16, [ab]: compared, /.test(line)).length, 16, stderr)
  t.match(
    stdout,
    /^(FASTER|SLOWER|EQUIVALENT|INCONCLUSIVE)\na {2}8 runs of compared .*\nb {2}8 runs of compared .*in turn/
  )
  t.match(stdout, /^rate, records\/s +\d+ +\d+ /m)
  const [, a = '', b = ''] = /^Again: kops load compare (\S+) (\S+)$/m.exec(stdout) ?? []

  const again = await kops(['load', 'compare', a, b, '--json'])
  const comparison = Value.Parse(LoadTestComparisonSchema, JSON.parse(again.stdout))
  t.match(comparison, { design: 'paired', refusals: [], differing: [] })
  // Two seconds on a busy machine have too few independent samples for some percentiles.
  t.equal(
    comparison.figures.length + comparison.leftOut.length,
    5,
    'every figure is compared, or left out with the reason'
  )
  t.equal(exitCodes[comparison.verdict as keyof typeof exitCodes], code)
  t.equal(again.code, code)

  await t.test('the console shows the same judgement', async (t) => {
    const { page, errors } = await openPage(t, await consoleBrowser(t), adminUrl)
    await page.goto(`/load/compare?a=${a}&b=${b}`)
    const verdict = page.getByRole('region', { name: 'Verdict' })
    await verdict.getByText(`b is ${comparison.verdict}`, { exact: true }).waitFor()
    await verdict.getByText(/^b: 8 runs of compared .*, in turn with a$/).waitFor()
    for (const figure of comparison.figures) {
      const row = page.getByRole('region', { name: 'Figures', exact: true }).getByRole('row')
      await row
        .filter({ hasText: comparisonRow(figure)[0] ?? '' })
        .getByText(figure.verdict)
        .waitFor()
    }
    t.equal(await page.getByRole('region', { name: 'The runs by themselves' }).getByRole('row').count(), 17)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 })
      await page.goto(`/load/compare?a=${a}&b=${b}`)
      await page.getByRole('figure', { name: /^Schedule lag p99/ }).waitFor()
      await assertUsable(t, page, `the comparison at ${width} px`)
    }
    t.same(errors, [])
  })

  const run = await kopsJson(endpoints.loadTest, ['load', 'show', a.split(',')[0] ?? ''])
  const parts = run.fingerprint?.parts ?? {}
  t.same(
    Object.entries(parts).filter(([, value]) => value === null),
    [],
    'every part is known'
  )
  t.match(parts, {
    brokers: 'kafka-1, kafka-2, kafka-3',
    'broker.versions': /^(.*=\d+, )*APIs [0-9a-f]{8}$/,
    'broker.num.io.threads': /^\d+$/,
    'topic.partitions': '3',
    'topic.replicationFactor': '3',
    'topic.min.insync.replicas': /^\d$/,
    'client.node': process.version,
    'machine.cores': /^\d+$/
  })

  t.match(await kops(['load', 'compare', a, '--save-baseline', 'self']), {
    code: 0,
    stdout: 'Baseline self has 8 runs.\n'
  })
  const compared = await kops(['load', 'compare', b, '--baseline', 'self'])
  t.match(compared.stdout, /^a {2}baseline self: 8 runs of compared/m)
  t.ok([0, 5].includes(compared.code ?? -1))
  t.match(await kops(['load', 'baseline', 'delete', 'self']), { code: 0 })

  const history = await kopsJson(endpoints.loadTestHistory, ['load', 'history', 'compared'])
  t.equal(history.runs.length, 16)
  t.match((await kops(['load', 'history', 'compared'])).stdout, /^compared \([0-9a-f]{16}\): 16 runs/)
})
