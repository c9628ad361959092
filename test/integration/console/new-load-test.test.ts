// Takes turns: load tests
import t from 'tap'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { consoleBrowser, openPage, seriousFindings, tabTo } from '../../browser/console-browser.ts'
import { ask } from '../admin/service.ts'
import { adminUrl } from '../support/under-test.ts'

t.setTimeout(120_000)

const browser = await consoleBrowser(t)

t.test('a load test is built from a ready workload, checked and started by keys alone', async (t) => {
  const { page, errors, elsewhere } = await openPage(t, browser, adminUrl)
  await page.goto('/load/new')
  await tabTo(page, page.getByLabel('Begin with'))
  await page.keyboard.type('spike')
  await page.waitForURL('**/load/new?workload=spike')
  t.equal(await page.getByLabel('Records are sent').inputValue(), 'kept', 'a spike is no field of the form')
  await page.keyboard.press('ArrowDown')
  await page.waitForURL('**/load/new?workload=steady')

  const type = async (label: string, text: string) => {
    await tabTo(page, page.getByLabel(label, { exact: true }))
    await page.keyboard.press('Control+A')
    await page.keyboard.type(text)
  }
  await type('Records per second', '300')
  await type('For', '90s')
  await type('Partitions', '2000')
  await page.keyboard.press('Enter')
  await page.getByText('must be <= 1000').first().waitFor()
  t.equal(await page.getByLabel('Partitions').getAttribute('aria-invalid'), 'true', 'the refusal is at its field')
  t.same(await seriousFindings(page), [], 'axe: a refused workload')
  await page.getByLabel('Partitions').focus()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('3')
  await type('Thresholds, one a line', 'p99 < 5s')
  await tabTo(page, page.getByRole('button', { name: 'Check' }))
  await page.keyboard.press('Enter')

  const plan = page.getByRole('region', { name: 'Plan' })
  await plan.getByText('1 min 30 s').waitFor()
  await plan.getByText('27\u202f000').waitFor()
  await plan.getByText('no-measurement').waitFor()
  t.same(await seriousFindings(page), [], 'axe: a plan')
  await tabTo(page, page.getByRole('button', { name: 'Start', exact: true }))
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/load\/\d{8}T/)
  const id = page.url().split('/').at(-1)
  const cancelled = await ask('DELETE', `/api/loadtest/runs/${id}`)
  t.match(cancelled, { status: 200 })
  const { workload } = cancelled.body as LoadTestRun
  t.match(workload, {
    name: 'steady',
    rate: { kind: 'constant', perSecond: 300 },
    durationSeconds: 90,
    topic: { kind: 'temporary', partitions: 3 },
    thresholds: ['p99 < 5s']
  })

  // That run as text, all of it, on a phone.
  await page.setViewportSize({ width: 320, height: 700 })
  await page.goto(`/load/new?run=${id}`)
  await page.getByRole('button', { name: 'Text, with all fields' }).click()
  const text = page.getByLabel('Workload, as YAML or JSON')
  t.match(await text.inputValue(), /perSecond: 300/)
  await text.fill(`${await text.inputValue()}\nname: again`)
  await page
    .getByText(/unique/)
    .first()
    .waitFor()
  t.same(await seriousFindings(page), [], 'axe: a text that is no workload')
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, 'nothing is wider than the screen')
  await text.fill('{"name": "mine", "topic": {"kind": "temporary", "partitions": 1}, "records": 5}')
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByText('topic.replicationFactor').first().waitFor()
  t.same(errors, [])
  t.same(elsewhere, [])
})

t.test('the capacity says what is missing, and a measurement asks for the name of its broker', async (t) => {
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto('/capacity')
  const figure = page.getByRole('region', { name: 'All brokers' })
  await figure.getByText('not measured', { exact: true }).waitFor()
  await figure.getByText('not measured yet').waitFor()
  await page.getByRole('cell', { name: 'kafka-1', exact: true }).waitFor()
  t.same(await seriousFindings(page), [], 'axe: capacity')
  await tabTo(page, page.getByRole('button', { name: 'Measure', exact: true }))
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Measure the capacity' })
  await dialog.getByLabel('Then again while one broker is stopped').check()
  await dialog.getByLabel('Broker to stop').selectOption('kafka-3')
  const measure = dialog.getByRole('button', { name: 'Measure', exact: true })
  t.equal(await measure.getAttribute('aria-disabled'), 'true')
  await dialog.getByLabel('Type kafka-3', { exact: false }).fill('kafka-3')
  t.equal(await measure.getAttribute('aria-disabled'), 'false')
  t.same(await seriousFindings(page), [], 'axe: a measurement')
  t.same(errors, [])
})

t.test('two runs are laid over one another; so few are not judged, and the page says what is missing', async (t) => {
  const workload = {
    name: 'console-compare',
    topic: { kind: 'temporary', partitions: 1, replicationFactor: 1 },
    rate: { kind: 'constant', perSecond: 1000 },
    durationSeconds: 2
  }
  const ids: string[] = []
  for (const _ of ['a', 'b']) {
    const { body } = await ask<LoadTestRun>('POST', '/api/loadtest/runs?wait=true', workload)
    t.equal(body.status, 'completed')
    ids.push(body.id)
  }
  const [a = '', b = ''] = ids
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto('/load/compare')
  const table = page.getByRole('table', { name: 'Runs to compare' })
  const rowOf = (id: string) => table.getByRole('row').filter({ hasText: id })
  await rowOf(a).getByRole('checkbox', { name: /^a/ }).press('Space')
  await rowOf(b).getByRole('checkbox', { name: /^b/ }).press('Space')
  await page.waitForURL(`**/load/compare?a=${a}&b=${b}`)
  await page.getByRole('region', { name: 'Verdict' }).getByText('not compared').waitFor()
  await page.getByRole('heading', { name: 'Response time p99' }).waitFor()
  t.same(await seriousFindings(page), [], 'axe: a comparison')
  t.same(errors, [])
})
