// Runs alone: it stops a broker
import t from 'tap'
import type { GameDayPlan } from '#shared/contracts/gameday-plan.ts'
import type { StartGameDay } from '#shared/contracts/gameday-request.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import { builtConsole, openBrowser, openPage, seriousFindings, tabTo } from '../../browser/console-browser.ts'
import { ask } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { adminUrl, agentUnderTest } from '../../integration/support/under-test.ts'

t.setTimeout(300_000)
await builtConsole()
const browser = await openBrowser(t)

/** What a test that failed has left running. */
async function abortAll(): Promise<void> {
  const { body } = await ask<{ gameDays: GameDay[] }>('GET', '/api/gamedays')
  for (const { id, verdict } of body.gameDays) if (verdict === null) await ask('POST', `/api/gamedays/${id}/abort`)
}
t.afterEach(abortAll)

const short: StartGameDay = {
  name: 'short',
  steps: [
    { until: { inSync: true, timeout: '2m' } },
    { drill: { kind: 'broker-stop', node: 'kafka-2', faultDurationMs: 5000 } }
  ]
}

t.test('by keys alone: a game day is checked and started, and its page follows it to its verdict', async (t) => {
  await eventually(
    'nothing would refuse it',
    () => ask<GameDayPlan>('POST', '/api/gamedays/plan', short),
    ({ body }) => body.admitted,
    120_000
  )
  const { page, errors, elsewhere } = await openPage(t, browser, adminUrl)
  await page.goto('/drills/gamedays/new')
  // Those of this checkout, as the service knows them.
  for (const name of [/^bad-night: 7 steps/, /^first: 4 steps/])
    await page.getByRole('option', { name }).waitFor({ state: 'attached' })
  // A shorter one in their place: what follows is the service's own.
  await page.route('**/api/gamedays/ready', (route) =>
    route.fulfill({ json: { gameDays: [{ file: 'short', plan: short }] } })
  )
  await page.reload()
  await tabTo(page, page.getByRole('button', { name: 'Check' }))
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'It would be started' }).waitFor({ timeout: 60_000 })
  await page.getByText('holds now: 0 broker(s) do not answer', { exact: false }).waitFor()
  await tabTo(page, page.getByText('new leaders', { exact: false }))
  await page.keyboard.press('Enter')
  await page.getByRole('table', { name: 'Guards' }).getByText('no-under-replicated').waitFor()
  t.same(await seriousFindings(page), [], 'axe: the check')
  t.same(
    (await ask<{ gameDays: GameDay[] }>('GET', '/api/gamedays')).body.gameDays.filter(({ name }) => name === 'short'),
    []
  )

  await tabTo(page, page.getByRole('button', { name: 'Start the game day' }))
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Start short' })
  await dialog.getByText('This breaks kafka-2 on purpose', { exact: false }).waitFor({ timeout: 60_000 })
  await tabTo(page, dialog.getByLabel(/^Type/))
  await page.keyboard.type('short')
  await tabTo(page, dialog.getByRole('button', { name: 'Start' }))
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/drills\/gamedays\/\d{8}T/, { timeout: 60_000 })
  await page.getByRole('link', { name: 'its drill' }).waitFor({ timeout: 120_000 })
  await page.locator('main').getByRole('button', { name: 'Abort' }).waitFor()
  t.same(await seriousFindings(page), [], 'axe: while it runs')
  await page.locator('.status-line').getByText('pass', { exact: true }).waitFor({ timeout: 180_000 })
  await page.getByText('all 2 step(s) passed').waitFor()
  await page.getByRole('link', { name: 'Run again' }).waitFor()
  t.same([errors, elsewhere], [[], []])
})

t.test('a game day is aborted from its page, another one is refused meanwhile, and it can be run again', async (t) => {
  const { page, errors } = await openPage(t, browser, adminUrl)
  const started = await ask<GameDay>('POST', '/api/gamedays', { name: 'waits', steps: [{ wait: '1h' }] })
  t.equal(started.status, 202)
  await page.goto(`/drills/gamedays/new?again=${started.body.id}`)
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByRole('heading', { name: 'It is refused now' }).waitFor()
  await page.getByText('At most 1 game day at a time', { exact: false }).first().waitFor()
  t.same(await seriousFindings(page), [], 'axe: refused')
  await page.goto(`/drills/gamedays/${started.body.id}`)
  await page.locator('main').getByRole('button', { name: 'Abort' }).click()
  await page.locator('.status-line').getByText('aborted', { exact: true }).waitFor({ timeout: 60_000 })
  await page.getByRole('link', { name: 'Run again' }).click()
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByRole('heading', { name: 'It would be started' }).waitFor({ timeout: 60_000 })
  const agent = await agentUnderTest()
  t.teardown(() => agent.close())
  t.same((await agent.status()).faults, [])
  t.same(errors, [])
})
