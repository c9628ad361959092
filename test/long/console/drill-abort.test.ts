// Runs alone: it stops a broker
import t from 'tap'
import type { Drill } from '#shared/contracts/drills.ts'
import { consoleBrowser, openPage } from '../../browser/console-browser.ts'
import { ask, drillUntil, startDrill } from '../../integration/load-test/service.ts'
import { adminUrl, agentUnderTest } from '../../integration/support/under-test.ts'

const browser = await consoleBrowser(t)

t.test('a drill is aborted from its page while its broker is down: it is healed, and the page says so', async (t) => {
  const { page, errors } = await openPage(t, browser, adminUrl)
  const { id } = await startDrill(t, { kind: 'broker-stop', node: 'kafka-1', faultDurationMs: 60_000 })
  await page.goto(`/drills/${id}`)
  await drillUntil(id, ({ timeline }) => timeline.some(({ event }) => event === 'fault-injected'))
  await page.getByRole('img', { name: /^The drill until/ }).waitFor()
  await page.locator('main').getByRole('button', { name: 'Abort' }).click()
  await page.getByText('Aborting: the fault is being healed').waitFor()
  await page.locator('.status-line').getByText('aborted', { exact: true }).waitFor({ timeout: 120_000 })
  await page.getByText('Cancelled on request').first().waitFor()
  t.match((await ask<Drill>('GET', `/api/drills/${id}`)).body, { status: 'aborted' })
  const agent = await agentUnderTest()
  t.teardown(() => agent.close())
  t.same((await agent.status()).faults, [])
  t.same(errors, [])
})
