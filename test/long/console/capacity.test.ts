// Runs alone: a measurement is refused while anything else is under way
import t from 'tap'
import { builtConsole, openBrowser, openPage, seriousFindings, tabTo } from '../../browser/console-browser.ts'
import { adminUrl } from '../../integration/support/under-test.ts'

t.setTimeout(180_000)

await builtConsole()
const browser = await openBrowser(t)

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
