// Runs alone: it stops a broker
import t from 'tap'
import type { Drill } from '#shared/contracts/drills.ts'
import { consoleBrowser, openPage, seriousFindings } from '../../browser/console-browser.ts'
import { ask } from '../load-test/service.ts'
import { adminUrl } from '../support/under-test.ts'

const browser = await consoleBrowser(t)

t.test(
  'by keys alone: a broker is stopped, its guards seen before, its lanes meanwhile, its verdict after',
  async (t) => {
    const { page, errors, elsewhere } = await openPage(t, browser, adminUrl)
    t.teardown(async () => {
      const { body } = await ask<{ drill: { id: string } | null }>('GET', '/api/drills/running')
      if (body.drill) await ask('POST', `/api/drills/${body.drill.id}/abort`)
    })
    const press = (key: string) => page.keyboard.press(key)
    await page.goto('/')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await press('g')
    await press('d')
    await page.getByRole('link', { name: 'New drill' }).focus()
    await press('Enter')
    await page.getByLabel('What happens').focus()
    await press('ArrowDown')
    await press('ArrowUp')
    await page.waitForURL('**/drills/new?kind=broker-stop')
    await page.getByRole('radio', { name: /kafka-2/ }).focus()
    await press('Space')
    await page.getByLabel('The fault lasts, seconds').focus()
    await page.keyboard.type('5')
    await press('Enter')
    await page.getByRole('heading', { name: 'It would be started' }).waitFor()
    await page.getByRole('table', { name: 'Guards' }).getByText('no-under-replicated').waitFor()
    await page.getByText('new leaders', { exact: true }).waitFor()
    t.same(await seriousFindings(page), [], 'axe: the check')

    await page.getByRole('button', { name: 'Start the drill' }).focus()
    await press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Start broker-stop' })
    await dialog.getByText('This breaks kafka-2 on purpose', { exact: false }).waitFor()
    await dialog.getByLabel(/^Type/).focus()
    await page.keyboard.type('kafka-2')
    await dialog.getByRole('button', { name: 'Start' }).focus()
    await press('Enter')
    await page.getByRole('heading', { name: 'broker-stop on kafka-2' }).waitFor()
    const id = new URL(page.url()).pathname.split('/').at(-1)

    // While it runs: the lanes are those of a drill without an end.
    const lanes = page.getByRole('img', { name: /^The drill until/ })
    await lanes.waitFor({ timeout: 60_000 })
    t.match((await ask<Drill>('GET', `/api/drills/${id}`)).body, {
      ...{ finishedAt: null, rates: { everyMs: 250 } },
      answers: [{ node: 'kafka-1' }, { node: 'kafka-2' }, { node: 'kafka-3' }]
    })
    await page.getByText('Acknowledged per second').waitFor()
    await page.getByText('Brokers that answer kops').waitFor()
    t.same(await seriousFindings(page), [], 'axe: while it runs')

    await page.locator('.status-line').getByText('pass', { exact: true }).waitFor({ timeout: 120_000 })
    const { answers = [] } = (await ask<Drill>('GET', `/api/drills/${id}`)).body
    const ofStopped = answers.find(({ node }) => node === 'kafka-2')
    t.match(ofStopped?.lanes.map(({ answers }) => answers).slice(0, 2), [true, false], 'then the broker did not answer')
    await page.getByRole('table', { name: 'Measured beside predicted' }).getByText('new leaders').waitFor()
    await page.getByText('Whether the fault took effect').waitFor()
    const moment = page.getByRole('slider', { name: 'Moment, seconds since the fault' })
    await moment.focus()
    await press('ArrowRight')
    await page.waitForURL('**/drills/*?t=0.1')
    t.same(await seriousFindings(page), [], 'axe: the verdict')
    t.same([errors, elsewhere], [[], []])
  }
)
