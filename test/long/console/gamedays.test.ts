// Brings its own cluster: services on plain data, and answers of load-test-service that no test cluster has
import t from 'tap'
import { consoleBrowser, openPage, seriousFindings, tabTo } from '../../browser/console-browser.ts'
import { answerDrills, gameDayPlan } from '../../browser/fake-drills.ts'
import { fakeKops } from '../../browser/fake-kops.ts'

t.setTimeout(240_000)
const browser = await consoleBrowser(t)
const { url } = await fakeKops(t, { topics: ['orders'] })

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`a refused game day cannot be started, and says why, in the ${colorScheme} theme on a phone`, async (t) => {
    const viewport = { width: 320, height: 640 }
    const { page, errors } = await openPage(t, browser, url, { colorScheme, viewport })
    await answerDrills(page)
    await page.route('**/api/gamedays/plan', (route) => route.fulfill({ json: gameDayPlan(false) }))
    await page.goto('/drills/gamedays')
    await page.getByRole('link', { name: 'New game day' }).click()
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByRole('heading', { name: 'It is refused now' }).waitFor()
    await page.getByText('no-under-replicated: 2 partitions: a-1, b-2').waitFor()
    await page.getByRole('table', { name: 'Guards' }).waitFor()
    const start = page.getByRole('button', { name: /^Start the game day/ })
    t.equal(await start.getAttribute('aria-disabled'), 'true')
    t.match(await start.locator('..').textContent(), /step 2 would be refused/)
    t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
    t.same(await seriousFindings(page), [], 'axe: refused')
    await page.route('**/api/gamedays/plan', (route) => route.fulfill({ json: gameDayPlan(true) }))
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByRole('heading', { name: 'It would be started' }).waitFor()
    await page.getByText('new leaders 4 to 9 s', { exact: false }).click()
    await page.getByText('Leaders move', { exact: true }).waitFor()
    t.same(await seriousFindings(page), [], 'axe: admitted')
    t.same(errors, [])
  })
}

t.test('by keys alone: a ready game day is chosen, checked, confirmed by its name, and watched', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await answerDrills(page)
  const asked: { dryRun: string | null; name: string }[] = []
  let refuses = true
  await page.route('**/api/gamedays/plan', (route) =>
    route.fulfill({ json: { ...gameDayPlan(true), name: 'quiet-day' } })
  )
  await page.route(/\/api\/gamedays(?:\?|$)/, (route) => {
    const request = route.request()
    if (request.method() !== 'POST') return route.fallback()
    const dryRun = new URL(request.url()).searchParams.get('dryRun')
    asked.push({ dryRun, name: request.postDataJSON().name })
    if (dryRun !== null) return route.fulfill({ json: { ...gameDayPlan(!refuses), name: 'quiet-day' } })
    return route.fulfill({ status: 202, json: { id: 'g1' } })
  })
  const press = (key: string) => page.keyboard.press(key)
  await page.goto('/')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await press('Control+k')
  await page.keyboard.type('start a game day')
  await page.getByRole('option', { name: 'Start a game day', selected: true }).waitFor()
  await press('Enter')
  await tabTo(page, page.getByLabel('What happens'))
  await press('ArrowDown')
  await page.waitForURL('**/drills/gamedays/new?file=mine')
  await page.getByText('Every step is carried out').waitFor()
  await tabTo(page, page.getByRole('button', { name: 'Check' }))
  await press('Enter')
  await tabTo(page, page.getByRole('button', { name: 'Start the game day' }))
  await press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Start quiet-day' })
  await dialog.getByText('step 2 would be refused').waitFor()
  await press('Escape')
  await dialog.waitFor({ state: 'detached' })
  refuses = false
  await tabTo(page, page.getByRole('button', { name: 'Start the game day' }))
  await press('Enter')
  await dialog.getByText('This breaks kafka-2 on purpose', { exact: false }).waitFor()
  t.same(await seriousFindings(page), [], 'axe: the confirmation')
  await tabTo(page, dialog.getByText('Copy as'))
  await press('Enter')
  await dialog.getByText('kops drill gameday mine', { exact: true }).waitFor()
  await tabTo(page, dialog.getByLabel(/^Type/))
  await page.keyboard.type('quiet-day')
  await tabTo(page, dialog.getByRole('button', { name: 'Start' }))
  await press('Enter')
  await page.waitForURL('**/drills/gamedays/g1')
  await page.getByRole('heading', { name: 'bad-night' }).waitFor()
  t.same(asked, [
    { dryRun: 'true', name: 'quiet-day' },
    { dryRun: 'true', name: 'quiet-day' },
    { dryRun: null, name: 'quiet-day' }
  ])
  t.same(errors, [])
})

t.test('the palette finds runs by what they are and what became of them, and reads them once', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await answerDrills(page)
  const read: string[] = []
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url())
    if (/^\/api\/(?:drills|gamedays|loadtest\/runs)$/.test(pathname))
      read.push(`${pathname} ${searchParams.get('limit')}`)
  })
  await page.goto('/')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('fail')
  await page.getByRole('option', { name: 'Drill broker-stop on kafka-2: fail, failed' }).waitFor()
  await page.getByRole('option', { name: 'Game day bad-night: fail, g1' }).waitFor()
  t.same(await seriousFindings(page), [], 'axe: runs in the palette')
  await page.keyboard.type(' bad')
  await page.getByRole('option', { name: 'Game day bad-night: fail, g1', selected: true }).waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL('**/drills/gamedays/g1')
  t.same(read.filter((each) => each.endsWith(' 20')).toSorted(), [
    '/api/drills 20',
    '/api/gamedays 20',
    '/api/loadtest/runs 20'
  ])
  t.same(errors, [])
})
