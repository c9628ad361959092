import t, { type Test } from 'tap'
import { consoleBrowser, openPage, seriousFindings, type WatchedPage } from '../../browser/console-browser.ts'
import { ownTopic } from '../../integration/admin/service.ts'
import { startServiceProcess } from '../../integration/support/service-process.ts'
import { freePorts } from '../../integration/support/test-cluster.ts'
import { definitionUnderTest, healthUrl, loadTestUrl } from '../../integration/support/under-test.ts'

t.setTimeout(240_000)

const browser = await consoleBrowser(t)

const away = /health-service does not answer/

/** Services on the cluster under test of which one can be killed or stopped, and come back to the same port. */
async function ownServices(t: Test, service: 'health' | 'load-test') {
  const [port = 0, adminPort = 0] = await freePorts(2)
  const url = `http://127.0.0.1:${port}`
  const env = {
    KOPS_ZOOKEEPER_SERVERS: (await definitionUnderTest()).ports.zookeeper.map((port) => `127.0.0.1:${port}`).join(','),
    KOPS_POLL_INTERVAL_MS: '3000'
  }
  const ready = service === 'health' ? '/api/health/status' : '/api/loadtest/runs'
  const dataDir = t.testdir({ admin: {}, other: {} })
  const start = () => startServiceProcess(t, service, { dataDir: `${dataDir}/other`, ready, port, env })
  const [admin, other] = await Promise.all([
    startServiceProcess(t, 'admin', {
      ...{ dataDir: `${dataDir}/admin`, ready: '/api/caller', port: adminPort },
      env: {
        KOPS_HEALTH_URL: service === 'health' ? url : healthUrl,
        KOPS_LOADTEST_URL: service === 'load-test' ? url : loadTestUrl
      }
    }),
    start()
  ])
  return { url: admin.url.replace('127.0.0.1', 'localhost'), other, again: start }
}

/** Opens each page, and finds its words on it; where those are that something is away, axe looks, too. */
async function visit({ page }: WatchedPage, t: Test, pages: [path: string, words: RegExp][]): Promise<void> {
  for (const [path, words] of pages) {
    await page.goto(path)
    await page.locator('h1').waitFor()
    await page.locator('main').getByText(words).filter({ visible: true }).first().waitFor()
    await page.locator('.loading').first().waitFor({ state: 'detached' })
    if (words === away) t.same(await seriousFindings(page), [], path)
  }
}

t.test(
  'health-service is killed: the page says so and since when, everything else works, and it recovers',
  async (t) => {
    const topic = ownTopic(t, 'console-no-health')
    const { url, other, again } = await ownServices(t, 'health')
    const watched = await openPage(t, browser, url)
    const { page, errors } = watched
    page.setDefaultTimeout(30_000)
    const status = page.locator('.topbar .cluster-status').getByText(/^(HEALTHY|DEGRADED|DOWN)$/)
    const notice = page.locator('.notice').filter({ hasText: 'health-service does not answer' }).first()
    await page.goto('/')
    await status.waitFor()
    await page.getByRole('link', { name: 'kafka-1', exact: true }).waitFor()

    await other.kill()
    await notice.waitFor()
    await notice.getByText(/^health-service does not answer for \d+ s, since .*UTC\. .*Everything else works/).waitFor()
    await page.locator('.topbar').getByText('Status not known').waitFor()
    await page
      .locator('.topbar')
      .getByText(/^not live for/)
      .waitFor()
    await page.getByRole('link', { name: 'kafka-1', exact: true }).waitFor()
    await page.getByText(/Not read again:/).waitFor()
    t.same(await seriousFindings(page), [], 'the overview, as it was read')

    await page.goto('/topics?do=create')
    await page.getByLabel('Name', { exact: true }).fill(topic)
    await page.getByLabel('Partitions', { exact: true }).fill('1')
    await page.getByRole('button', { name: 'Show the plan' }).click()
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByRole('heading', { name: topic, exact: true, level: 1 }).waitFor()
    await page.goto(`/topics/${topic}/messages`)
    await page.getByRole('button', { name: 'Write a record' }).click()
    await page.getByLabel('Value, as text').fill('written without health-service')
    await page.getByRole('button', { name: 'Show the plan' }).click()
    await page.getByRole('button', { name: 'Write', exact: true }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    await visit(watched, t, [
      ['/', away],
      [`/topics?q=${topic}`, /^1 topic$/],
      [`/topics/${topic}`, /in sync/],
      [`/topics/${topic}/config`, /cleanup\.policy/],
      [`/topics/${topic}/messages?from=earliest`, /written without health-service/],
      [`/topics/${topic}/groups`, away],
      ['/groups', away],
      ['/groups/none', away],
      ['/brokers', /in sync/],
      ['/brokers/1', away],
      ['/reassignments', /reassignment|moves/i],
      ['/load', /load/i],
      ['/capacity', /Disks/],
      ['/drills', /drill/i],
      ['/drills/new?kind=broker-stop', /Node to break/],
      ['/alerts', away],
      ['/catalogs', /log-streaming/],
      ['/acls', /ACLs/],
      ['/dead-letters', /dead|queue/i],
      ['/connect', /connect/i],
      ['/audit', /create/],
      ['/settings', /may do/]
    ])

    // A page that was not open before says since when, too.
    const { page: fresh } = await openPage(t, browser, url)
    await fresh.goto('/groups')
    await fresh.getByText(/^health-service does not answer for .*, since .*UTC\. /).waitFor()

    await page.goto('/groups')
    await again()
    await page
      .getByLabel(/Groups|groups/)
      .first()
      .waitFor()
    await notice.waitFor({ state: 'detached' })
    await status.waitFor()
    await page
      .locator('.topbar')
      .getByText(/^not live for/)
      .waitFor({ state: 'detached', timeout: 60_000 })
    t.same(errors, [])
  }
)

t.test('load-test-service hangs: the page says so, nothing of it can be started, and it recovers', async (t) => {
  const { url, other } = await ownServices(t, 'load-test')
  const watched = await openPage(t, browser, url)
  const { page, errors } = watched
  // A call waits for 15 s.
  page.setDefaultTimeout(60_000)
  const notice = page.locator('.notice').filter({ hasText: 'load-test-service does not answer' }).first()
  await page.goto('/load')
  await page.getByText('There are no load tests.').waitFor()

  other.signal('SIGSTOP')
  await notice.getByText(/^load-test-service does not answer for .*, since .*UTC\. /).waitFor()
  await page.getByText('There are no load tests.').waitFor()
  t.same(await seriousFindings(page), [], 'load tests, as they were read')
  const navigation = page.getByRole('navigation', { name: 'Pages' })
  await navigation.getByRole('link', { name: 'Topics' }).click()
  await page.getByText(/^\d+ topics?$/).waitFor()
  await navigation.getByRole('link', { name: 'Groups' }).click()
  await page.getByRole('heading', { name: 'Consumer groups' }).waitFor()
  await page.locator('.loading').first().waitFor({ state: 'detached' })
  await navigation.getByRole('link', { name: 'Capacity' }).click()
  await page.getByRole('button', { name: 'Measure : load-test-service does not answer' }).waitFor()
  await notice.waitFor()

  other.signal('SIGCONT')
  await notice.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Measure', exact: true }).waitFor()
  await page.getByRole('heading', { name: 'Disks' }).waitFor()
  t.same(errors, [])
})
