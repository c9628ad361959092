// Brings its own cluster: services on plain data, and answers of load-test-service that no test cluster has
import t from 'tap'
import { assertUsable, asViewer, consoleBrowser, openPage, seriousFindings } from '../../browser/console-browser.ts'
import { answerDrills, drillPages, gameDay, refusedPlan, runningDrill } from '../../browser/fake-drills.ts'
import { fakeKops } from '../../browser/fake-kops.ts'

t.setTimeout(240_000)
const browser = await consoleBrowser(t)
const { url } = await fakeKops(t, { topics: ['orders'] })

/** What of a page a narrow window cuts off: labels of the picture, and tables. */
const cutOff = `[
  ...[...document.querySelectorAll('.drill-chart .label')].filter((each) => each.getBoundingClientRect().right > innerWidth),
  ...[...document.querySelectorAll('.wide:has(.stacked)')].filter((each) => each.scrollWidth > each.clientWidth)
].map((each) => each.textContent)`

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(
    `pages of drills fit 320 px, and axe finds nothing serious, in the ${colorScheme} theme`,
    { timeout: 180_000 },
    async (t) => {
      const viewport = { width: 320, height: 640 }
      const { page, errors, elsewhere } = await openPage(t, browser, url, { colorScheme, viewport })
      await answerDrills(page)
      for (const path of drillPages) {
        await page.goto(path)
        await assertUsable(t, page, path)
        t.same(await page.evaluate(cutOff), [], `${path}: cut off`)
      }
      t.same([errors, elsewhere], [[], []])
    }
  )
}

t.test('guards that refuse keep a drill from starting, and say what overrides them', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await answerDrills(page)
  const asked: unknown[] = []
  await page.route('**/api/drills/plan', (route) => {
    asked.push(route.request().postDataJSON())
    return route.fulfill({ json: refusedPlan })
  })
  await page.goto('/drills/new?kind=broker-stop&node=kafka-2')
  await page.getByLabel('The fault lasts, seconds').fill('7.5')
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByRole('heading', { name: 'Its guards would refuse it' }).waitFor()
  await page.getByText('Can be overridden.').waitFor()
  t.equal(await page.getByRole('button', { name: /^Start the drill/ }).getAttribute('aria-disabled'), 'true')
  await page.getByText('Override guards', { exact: true }).click()
  await page.getByLabel('Id of this cluster').fill('c-1')
  await page.getByText('The drill was changed since it was checked').waitFor()
  await page.getByLabel('Reason, for the record and the audit trail').fill('agreed')
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByRole('heading', { name: 'Its guards would refuse it' }).waitFor()
  t.same(asked, [
    { kind: 'broker-stop', node: 'kafka-2', faultDurationMs: 7500 },
    { kind: 'broker-stop', node: 'kafka-2', faultDurationMs: 7500, clusterId: 'c-1', force: { reason: 'agreed' } }
  ])
  await page.goto('/drills/new?kind=disk-slow')
  await page.getByText('It needs the io controller of cgroup v2', { exact: false }).waitFor()
  t.same(errors, [])
})

t.test('what is wrong with a drill stands at its field, and another drill is repeated as it was', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await answerDrills(page)
  await page.route('**/api/drills/plan', (route) =>
    route.fulfill({
      status: 422,
      json: {
        ...{ type: 'urn:kops:error:validation_failed', title: 'Not valid', status: 422, detail: 'queueMs: too long' },
        ...{ instance: '/api/drills/plan', code: 'validation_failed', retriable: false, requestId: 'r' },
        errors: [{ field: 'queueMs', message: 'must be <= 3600000' }]
      }
    })
  )
  await page.goto('/drills/new?kind=broker-stop&repeat=20260203T040506-9f3a1c')
  await page.getByRole('radio', { name: /kafka-2/, checked: true }).waitFor()
  t.equal(await page.getByLabel('The fault lasts, seconds').inputValue(), '20')
  await page.getByText('End it early, or let it wait').click()
  const wait = page.getByLabel('Wait for its turn, minutes at most')
  await wait.fill('999')
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByText('must be <= 3600000').waitFor()
  t.equal(await wait.getAttribute('aria-invalid'), 'true')
  t.same(errors, [])
})

t.test('a load beside a drill is a ready workload, or one that is written as JSON', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await answerDrills(page)
  const asked: { load?: unknown }[] = []
  await page.route('**/api/drills/plan', (route) => {
    asked.push(route.request().postDataJSON())
    return route.fulfill({ json: refusedPlan })
  })
  await page.goto('/drills/new?kind=broker-stop&node=kafka-2')
  await page.getByText('Consumers and load', { exact: true }).click()
  const load = page.getByLabel('A load test beside it')
  await load.selectOption('steady')
  await page.getByText('A minute at a rate that every cluster should sustain.').waitFor()
  await page.getByText('Copy as', { exact: true }).first().click()
  await page.getByText('kops drill plan broker-stop --node kafka-2 --load steady', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByRole('heading', { name: 'Its guards would refuse it' }).waitFor()
  await load.selectOption('a workload of your own, as JSON')
  const text = page.getByLabel('Its workload, as JSON')
  t.match(JSON.parse(await text.inputValue()), { name: 'steady', durationSeconds: 60 })
  t.same(await seriousFindings(page), [], 'axe: JSON')
  await text.fill('{')
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByText('A load test beside it is not JSON').waitFor()
  await text.fill('{"name": "mine"}')
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByRole('heading', { name: 'Its guards would refuse it' }).waitFor()
  t.match(asked, [{ load: { name: 'steady', rate: { perSecond: 2000 } } }, { load: { name: 'mine' } }])
  t.same(errors, [])
})

t.test('a moment of a drill has an address, and a list is filtered by what became of drills', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await answerDrills(page)
  await page.goto('/drills/20260203T040506-9f3a1c?t=6.6')
  await page.getByText('no leader: 2', { exact: false }).waitFor()
  await page.getByRole('slider').fill('20')
  await page.waitForURL('**?t=20')
  await page.getByText('kafka-1: 2, kafka-3: 4', { exact: false }).waitFor()
  await page.goto('/drills')
  await page.getByRole('button', { name: 'failed 1' }).click()
  await page.getByText('1 drill', { exact: true }).waitFor()
  await page.waitForURL('**/drills?verdict=fail')
  t.same(errors, [])
})

t.test('a viewer may plan a drill, and sees why they start and abort none', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await asViewer(page)
  await answerDrills(page)
  const why = 'needs admin; you are viewer (vera)'
  const admitted = { ...refusedPlan, admitted: true, guards: refusedPlan.guards.filter(({ passed }) => passed) }
  await page.route('**/api/drills/plan', (route) => route.fulfill({ json: admitted }))
  await page.route('**/api/drills/running', (route) => route.fulfill({ json: { drill: runningDrill(9000) } }))
  await page.route('**/api/gamedays/g1', async (route) =>
    route.fulfill({ json: { ...gameDay, status: 'running', finishedAt: null, verdict: null } })
  )
  const refused: [path: string, button: string][] = [
    ['/drills/new?kind=broker-stop&node=kafka-2', 'Start the drill'],
    ['/drills/running-one', 'Abort'],
    ['/drills/gamedays/g1', 'Abort'],
    ['/drills/scorecard', 'Abort']
  ]
  for (const [path, name] of refused) {
    await page.goto(path)
    if (name !== 'Abort') await page.getByRole('button', { name: 'Check' }).click()
    const buttons = page.getByRole('button', { name: `${name} : ${why}` })
    await buttons.last().waitFor()
    t.equal(await page.getByRole('button', { name, exact: true }).count(), 0, `${path}: none that can be pressed`)
    for (const button of await buttons.all()) await button.press('Enter')
    t.equal(await page.getByRole('dialog').count(), 0, `${path}: nothing opens`)
    // What the bar at the top half covers is too small to axe.
    await page.evaluate('scrollTo(0, 0)')
    await assertUsable(t, page, path)
  }
  t.same(errors, [])
})

t.test('without contact a drill stays as it was read, and nobody starts or aborts one', async (t) => {
  const { page } = await openPage(t, browser, url)
  await answerDrills(page)
  const lost = 'admin-service cannot be reached'
  await page.goto('/drills/running-one')
  await page.getByRole('main').getByRole('button', { name: 'Abort', exact: true }).waitFor()
  await page.route('**/api/**', (route) => route.abort())
  await page.getByText('No contact with kops').waitFor()
  await page
    .getByRole('main')
    .getByRole('button', { name: `Abort : ${lost}` })
    .waitFor()
  await page.getByRole('img', { name: /^The drill until/ }).waitFor()
  await assertUsable(t, page, 'a drill without contact')
  for (const [name, heading] of [
    ['Drills', 'Drills'],
    ['Load tests', 'Load tests']
  ] as const) {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()
    await page.getByRole('heading', { name: heading, exact: true }).waitFor()
    await page.getByRole('main').getByText(lost).first().waitFor()
    await assertUsable(t, page, `${name} without contact`)
  }
})
