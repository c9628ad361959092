import t from 'tap'
import { type Canvas, consoleBrowser, openPage, seriousFindings } from '../../browser/console-browser.ts'
import { ask } from '../admin/service.ts'
import { adminUrl } from '../support/under-test.ts'

t.setTimeout(120_000)

const browser = await consoleBrowser(t)

interface StartedRun {
  id: string
  status: string
}

t.test('a load test is watched while it runs, stopped at once, and its report is saved', async (t) => {
  const workload = {
    name: 'console-watch',
    topic: { kind: 'temporary', partitions: 3, replicationFactor: 3 },
    rate: { kind: 'constant', perSecond: 300 },
    durationSeconds: 300,
    consumers: [{ members: 1 }],
    thresholds: ['p99 < 10s', 'errors = 0']
  }
  const started = await ask<StartedRun>('POST', '/api/loadtest/runs', workload)
  t.equal(started.status, 202)
  const { id } = started.body
  t.teardown(() => ask('DELETE', `/api/loadtest/runs/${id}`))
  const { page, errors, elsewhere } = await openPage(t, browser, adminUrl)
  const main = page.getByRole('main')

  await page.goto('/load?state=failed')
  await page.getByRole('button', { name: 'running', exact: true }).click()
  await page.getByLabel('Workload').selectOption('console-watch')
  await page.waitForURL('**/load?state=running&workload=console-watch')
  await page
    .getByRole('row', { name: /console-watch/ })
    .getByText('running')
    .waitFor()
  await page.getByRole('checkbox', { name: `Compare console-watch, ${id}` }).click()
  await main.getByText('Tick one more').waitFor()
  t.same(await seriousFindings(page), [], 'axe: load tests')
  await main.getByRole('link', { name: 'console-watch' }).click()
  await page.waitForURL(`**/load/${id}`)
  const plot = page.getByRole('figure', { name: /^Rate/ })
  await plot.locator('canvas').waitFor()
  await main.getByText('judged at the end').first().waitFor()
  await page.getByRole('figure', { name: /^End-to-end latency/ }).waitFor()
  t.same(await seriousFindings(page), [], 'axe: a load test that runs')

  // What the stream brings: more seconds, without the report being read again.
  await plot.getByText('Values').click()
  const rows = plot.getByRole('rowheader')
  const before = await rows.count()
  await rows.nth(before + 1).waitFor()
  t.match(await main.locator('.figures').innerText(), /Achieved now\s+\d+\/s \(\d+ %\)/)
  t.ok(await isDrawn(), 'the canvas has lines')

  const clickedAt = performance.now()
  await main.getByRole('button', { name: 'Stop', exact: true }).click()
  await main.locator('.status-line').getByText('aborted').waitFor()
  const stoppedMs = Math.round(performance.now() - clickedAt)
  t.comment(`stopped after ${stoppedMs} ms`)
  // 0.4 s where nothing else runs; on a busy machine the page waits for its turn, too.
  t.ok(stoppedMs < 5000, `${stoppedMs} ms`)
  t.match(await ask('GET', `/api/loadtest/runs/${id}`), {
    body: { status: 'aborted', failure: 'Cancelled on request' }
  })
  await page.getByRole('figure', { name: /^Percentile spectrum/ }).waitFor()
  const saving = page.waitForEvent('download')
  await main.getByRole('button', { name: 'Download the report' }).click()
  t.equal((await saving).suggestedFilename(), `load-test-${id}.html`)
  t.same(await seriousFindings(page), [], 'axe: a load test that has ended')
  t.same([errors, elsewhere], [[], []])

  /** Some pixel of the plot has a colour of a line: neither text nor grid is as blue. */
  function isDrawn(): Promise<boolean> {
    return plot.locator('canvas').evaluate((canvas: Canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      for (let at = 0; at < data.length; at += 4) {
        if ((data[at + 3] ?? 0) > 200 && (data[at + 2] ?? 0) - (data[at] ?? 0) > 120) return true
      }
      return false
    })
  }
})
