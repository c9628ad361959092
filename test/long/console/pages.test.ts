// Brings its own cluster: services on plain data, of which no broker is needed
import t from 'tap'
import { assertFits, assertUsable, consoleBrowser, openPage, seriousFindings } from '../../browser/console-browser.ts'
import { fakeKops } from '../../browser/fake-kops.ts'

const browser = await consoleBrowser(t)
const topics = Array.from({ length: 10_000 }, (_, index) => `orders.${String(index).padStart(5, '0')}`)
const { url, closeHealth } = await fakeKops(t, { topics })

const pages = [
  '/',
  '/topics',
  '/topics/orders.00001',
  '/topics/orders.00001/config',
  '/topics/orders.00001/messages',
  '/groups',
  '/groups/g',
  '/brokers',
  '/brokers/1',
  '/alerts',
  '/audit',
  '/settings',
  '/drills',
  '/reassignments',
  '/catalogs',
  '/catalogs/log-streaming',
  '/acls',
  '/dead-letters',
  '/dead-letters/orders.dlq',
  '/connect',
  '/connect/sink',
  '/topics/a/b/c'
]

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(
    `every page fits 320 px without scrolling sideways, and axe finds nothing serious, in the ${colorScheme} theme`,
    async (t) => {
      const { page, errors, elsewhere } = await openPage(t, browser, url, {
        colorScheme,
        viewport: { width: 320, height: 640 }
      })
      for (const path of pages) {
        await page.goto(path)
        await assertUsable(t, page, path)
      }
      t.same([errors, elsewhere], [[], []])
    }
  )
}

t.test('names as long as Kafka allows make no page wider than its window, however wide that is', async (t) => {
  const long = 'a-very-long-name-of-a-topic.'.repeat(9).slice(0, 249)
  const group = `g${'x'.repeat(300)}`
  const { url, health } = await fakeKops(t, { topics: [long, 'b'] })
  health.groups = health.groups.map((each) => ({ ...each, group }))
  for (const width of [320, 660, 768, 1000, 1280]) {
    const { page } = await openPage(t, browser, url, { viewport: { width, height: 700 } })
    for (const path of ['/', '/topics', `/topics/${long}`, '/groups', `/groups/${group}`]) {
      await page.goto(path)
      await assertFits(t, page, `${path} at ${width}`)
    }
  }
})

t.test('without a mouse: to a topic and its setting by keys alone, and back', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await page.goto('/')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('orders.04711')
  await page.getByRole('option', { name: 'orders.04711' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'orders.04711' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Configuration' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Change segment.bytes' }).waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.getByLabel('New value').fill('1048576')
  await page.keyboard.press('Enter')
  await page.getByRole('list', { name: 'What changes' }).getByText('1.00 MiB').waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: 'Topics' }).waitFor()
  t.same(errors, [])
})

t.test('a running drill is on every page, and one click aborts it', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  const drill = {
    id: 'd1',
    kind: 'broker-stop',
    node: 'kafka-1',
    status: 'running',
    createdAt: new Date().toISOString()
  }
  let running = true
  const aborts: string[] = []
  await page.route('**/api/drills/running', (route) => route.fulfill({ json: { drill: running ? drill : null } }))
  await page.route('**/api/drills/d1/abort', (route) => {
    aborts.push(route.request().method())
    running = false
    return route.fulfill({ json: {} })
  })
  for (const path of ['/', '/settings']) {
    await page.goto(path)
    await page.getByText('Drill broker-stop on kafka-1').waitFor()
    t.same(await seriousFindings(page), [], path)
  }
  await page.getByRole('button', { name: 'Abort' }).click()
  await page.getByText('Drill broker-stop on kafka-1').waitFor({ state: 'detached' })
  t.same([aborts, errors], [['POST'], []])
})

t.test('a second tab learns from the first, and takes over when that one closes', async (t) => {
  const { page } = await openPage(t, browser, url)
  await page.goto('/')
  await page.getByText('HEALTHY').first().waitFor()
  const second = await page.context().newPage()
  const streams: string[] = []
  second.on('request', (request) => {
    if (request.url().endsWith('/api/health/stream')) streams.push(request.url())
  })
  await second.goto('/settings')
  await second.locator('.topbar').getByText('HEALTHY', { exact: true }).waitFor()
  t.equal(streams.length, 0)
  await page.close()
  await second.waitForRequest('**/api/health/stream').catch(() => undefined)
  t.equal(streams.length, 1)
})

t.test('without health-service the page says so, what was read stays, and the rest works', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await page.goto('/')
  await page.getByRole('link', { name: 'kafka-1', exact: true }).waitFor()
  await page.locator('.topbar').getByText('HEALTHY', { exact: true }).waitFor()
  await closeHealth()
  await page.keyboard.press('r')
  await page.getByText('A service of kops cannot be reached').first().waitFor()
  await page.getByRole('link', { name: 'kafka-1', exact: true }).waitFor()
  await page.getByText(/not live/).waitFor()
  t.same(await seriousFindings(page), [])
  await page.goto('/topics')
  await page.getByText(/^10.000 topics$/).waitFor()
  await page.goto('/groups')
  await page.getByText('health-service does not answer').first().waitFor()
  t.same(errors, [])
})
