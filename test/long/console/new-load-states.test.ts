// Runs alone: a measurement is refused while anything else is under way
import t from 'tap'
import { asViewer, consoleBrowser, openPage, seriousFindings, tabTo } from '../../browser/console-browser.ts'
import { adminUrl } from '../../integration/support/under-test.ts'

t.setTimeout(180_000)

const browser = await consoleBrowser(t)

t.test('a measurement is started, watched and cancelled by keys alone', async (t) => {
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto('/capacity?do=measure')
  const dialog = page.getByRole('dialog', { name: 'Measure the capacity' })
  await tabTo(page, dialog.getByRole('button', { name: 'Measure', exact: true }))
  await page.keyboard.press('Enter')
  const measurement = page.getByRole('region', { name: 'Measurement' })
  await measurement.getByText(/^Trial \d+/).waitFor({ timeout: 60_000 })
  await page.getByText('a measurement is under way').first().waitFor()
  t.same(await seriousFindings(page), [], 'axe: a measurement under way')
  await tabTo(page, measurement.getByRole('button', { name: 'Cancel' }))
  await page.keyboard.press('Enter')
  await measurement.waitFor({ state: 'detached', timeout: 120_000 })
  const rows = page.getByRole('table', { name: 'Measurements' })
  await rows.getByText('aborted', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: 'Measure', exact: true }).waitFor()
  t.same(errors, [])
})

t.test('a viewer checks a load test and sees why it cannot be started, nor the capacity measured', async (t) => {
  const { page, errors } = await openPage(t, browser, adminUrl)
  await asViewer(page)
  await page.goto('/load/new')
  await page.getByLabel('For', { exact: true }).fill('soon')
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByText('is no length of time').waitFor()
  t.equal(
    await page.getByLabel('For', { exact: true }).and(page.locator(':focus')).count(),
    1,
    'what is wrong has the focus'
  )
  await page.getByLabel('For', { exact: true }).fill('1m')
  await page.keyboard.press('Enter')
  await page.getByRole('list', { name: 'Guards' }).waitFor()
  const start = page.getByRole('button', { name: 'Start' })
  t.match(await start.textContent(), 'needs operator; you are viewer (vera)')
  await page.goto('/capacity?do=measure')
  await page.getByText('needs admin; you are viewer (vera)').first().waitFor()
  t.equal(await page.getByRole('dialog').count(), 0)

  // Without contact nothing can be started; what was read stays.
  await page.unroute('**/api/caller')
  await page.goto('/load/new')
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByRole('list', { name: 'Guards' }).waitFor()
  await page.route('**/api/**', (route) => route.abort())
  await page.getByText('No contact with kops').waitFor()
  t.match(await start.textContent(), 'admin-service cannot be reached')
  t.same(await seriousFindings(page), [], 'axe: offline')
  t.same(errors, [])
})
