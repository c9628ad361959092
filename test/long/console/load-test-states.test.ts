// Brings its own cluster: services on plain data, and runs that no test cluster makes at once
import t from 'tap'
import type { LoadTestReport, LoadTestRun } from '#shared/contracts/load-test.ts'
import { assertUsable, type Canvas, consoleBrowser, openPage } from '../../browser/console-browser.ts'
import { fakeKops } from '../../browser/fake-kops.ts'
import { group, result, run, search, second, verification, workload } from '../../unit/cli/load/run.ts'

t.setTimeout(180_000)

const browser = await consoleBrowser(t)
const { url } = await fakeKops(t, { topics: ['orders'] })

const thresholds = ['p99 < 20ms', 'errors = 0', 'p99.9 < 1s', 'throughput > 4800/s']
const consumers = [{ group: 'g', consumed: 4990, endToEndP50Ms: 4, endToEndP99Ms: 17, lag: 12 }]
const seconds = (count: number) =>
  Array.from({ length: count }, (_, nth) =>
    second(nth, { consumers, acknowledged: 4980 + (nth % 40), responseP99Ms: nth % 60 === 30 ? 40 : 11 })
  )
const partitions = Array.from({ length: 12 }, (_, partition) => ({
  ...{ partition, acknowledged: 75_000, failed: 0, bytes: 30_000_000 },
  ...{ meanServiceMs: 3 + (partition % 3), maxServiceMs: 80 }
}))
const points = [0, 50, 90, 99, 99.9].map((percentile, nth) => ({ percentile, valueMs: 2 ** nth }))
const report = (
  id: string,
  change: Partial<LoadTestRun>,
  more: Omit<LoadTestReport, 'id' | 'run'>
): [string, LoadTestReport] => [id, { id, run: run({ ...change, id }), ...more }]

const reports = new Map([
  report(
    'ended',
    {
      workload: { ...workload, thresholds, consumers: [{ members: 2 }] },
      result: { ...result, consumers: [group()], verification: { ...verification, verdict: 'incomplete' } }
    },
    { seconds: seconds(4000), partitions, spectrum: { responseTime: points, serviceTime: points } }
  ),
  report('search', { result: { ...result, thresholds: [], search } }, { seconds: seconds(30) }),
  report('failed', { status: 'failed', failure: 'No event was acknowledged', result: null }, { seconds: [] }),
  report(
    'running',
    { status: 'running', finishedAt: null, result: null, workload: { ...workload, thresholds } },
    { seconds: seconds(1) }
  )
])

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(
    `load tests in every state fit 320 px, and axe finds nothing serious, in the ${colorScheme} theme`,
    async (t) => {
      const viewport = { width: 320, height: 740 }
      const { page, errors, elsewhere } = await openPage(t, browser, url, { colorScheme, viewport })
      await page.route('**/api/loadtest/runs?**', (route) =>
        route.fulfill({ json: { runs: [...reports.values()].map((each) => each.run) } })
      )
      await page.route('**/api/loadtest/runs/*/report', (route) =>
        route.fulfill({ json: reports.get(route.request().url().split('/').at(-2) ?? '') })
      )
      for (const path of [
        '/load',
        '/load?state=failed&pick=ended,search',
        ...Array.from(reports.keys(), (id) => `/load/${id}`)
      ]) {
        await page.goto(path)
        await page.locator('h1').waitFor()
        await page.locator('.loading').first().waitFor({ state: 'detached' })
        await page.evaluate(
          "document.querySelectorAll('main details:not(.menu)').forEach((each) => { each.open = true })"
        )
        const tables = await page.locator('.plot').count()
        if (tables > 0)
          await page
            .locator('.plot-values')
            .nth(tables - 1)
            .waitFor()
        await assertUsable(t, page, path)
      }
      t.same([errors, elsewhere], [[], []])
    }
  )
}

t.test(
  'an ended run says what it is judged by, why a percentile is missing, and has one point for several seconds',
  async (t) => {
    const { page } = await openPage(t, browser, url)
    await page.route('**/api/loadtest/runs/ended/report', (route) => route.fulfill({ json: reports.get('ended') }))
    await page.goto('/load/ended')
    await page.getByText('threshold missed').waitFor()
    await page.getByText('too few samples: 1290 of 3700 needed').first().waitFor()
    const plot = page.getByRole('figure', { name: /^Response and service time, highest of \d+ s/ })
    await plot.getByText('p99.9 < 1s (far above)').waitFor()
    await plot.getByText('Values').click()
    await plot.getByRole('rowheader').first().waitFor()
    const rows = await plot.getByRole('rowheader').count()
    t.ok(rows > 100 && rows <= 600, `${rows} points of 4000 s`)

    const pictureOf = () => plot.locator('canvas').evaluate((canvas: Canvas) => canvas.toDataURL())
    const light = await pictureOf()
    await page.evaluate("document.documentElement.dataset.theme = 'dark'")
    await page.waitForFunction('getComputedStyle(document.documentElement).colorScheme === "dark"')
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    t.not(await pictureOf(), light, 'the canvas follows the theme')
  }
)

t.test('without its stream a run that goes on is read again and again, until it has ended', async (t) => {
  const { page } = await openPage(t, browser, url)
  let reads = 0
  await page.route('**/api/loadtest/runs/running/events', (route) => route.abort())
  await page.route('**/api/loadtest/runs/running/report', (route) => {
    reads += 1
    const { run: first, ...rest } = reports.get('running') as LoadTestReport
    const now = reads < 3 ? { ...first, progress: { acknowledged: 1000 + reads, failed: 0 } } : run({ id: first.id })
    return route.fulfill({ json: { ...rest, run: now, seconds: seconds(reads) } })
  })
  await page.goto('/load/running')
  await page.getByText('1\u202f001', { exact: true }).waitFor()
  await page.getByText('1\u202f002', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Download the report' }).waitFor()
  t.equal(reads, 3)
})
