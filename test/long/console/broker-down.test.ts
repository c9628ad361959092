// Runs alone: it stops a broker.
import t from 'tap'
import { consoleBrowser, openPage, seriousFindings } from '../../browser/console-browser.ts'
import { agentOf } from '../../integration/admin/node-under-test.ts'
import { ask, independentAdmin, ownTopic } from '../../integration/admin/service.ts'
import { adminUrl } from '../../integration/support/under-test.ts'

const browser = await consoleBrowser(t)

t.test('with a broker down every page says what it knows and how old that is, and nothing is blank', async (t) => {
  const kafka = await independentAdmin(t)
  const topic = ownTopic(t, 'console-down')
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=3&replicationFactor=3`)).status, 201)
  const records = [0, 1, 2].map((partition) => ({ partition, value: `before ${partition}` }))
  t.equal((await ask('POST', `/api/topics/${topic}/messages`, { records })).status, 201)
  const group = `${topic}-group`
  t.teardown(() => ask('DELETE', `/api/groups/${group}`))
  await kafka.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '0' }] })

  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto('/')
  await page.locator('.topbar').getByText('HEALTHY', { exact: true }).waitFor()
  const agent = await agentOf(t, 'kafka-2')
  await agent.node('kafka-2', 'stop')
  // Nobody reads the page again.
  await page
    .locator('.topbar')
    .getByText(/^(DEGRADED|DOWN)$/)
    .waitFor()
  await page
    .getByRole('region', { name: 'Status' })
    .getByText(/kafka-2/)
    .first()
    .waitFor()
  t.match(await page.title(), /^(▲|■)/, 'the tab of the browser says it, too')

  /** Each page with words that it must have. */
  const pages: [path: string, words: RegExp][] = [
    ['/', /kafka-2/],
    [`/topics?q=${topic}`, /under-replicated/],
    [`/topics/${topic}`, /under-replicated/],
    [`/topics/${topic}/config`, /cleanup\.policy/],
    [`/topics/${topic}/messages?from=earliest`, /before \d/],
    [`/topics/${topic}/groups`, /group/],
    ['/groups', /Verdict/],
    [`/groups/${group}`, /Committed/],
    ['/brokers', /does not answer/],
    ['/brokers/2', /does not answer|cannot be reached/],
    ['/brokers/1', /kafka-1/],
    ['/alerts', /KafkaBrokerDown|alert/i],
    ['/drills', /drill/i],
    ['/load', /load/i],
    ['/audit', /create/],
    ['/settings', /may do/]
  ]
  for (const [path, words] of pages) {
    await page.goto(path)
    await page.locator('h1').waitFor()
    await page.locator('.loading').first().waitFor({ state: 'detached' })
    await page.locator('main').getByText(words).first().waitFor()
    t.match(await page.locator('.topbar .age').textContent(), /now|ago/, `${path}: the age of the status`)
    t.same(await seriousFindings(page), [], path)
  }
  for (const path of ['/', '/topics', `/topics/${topic}`, '/groups', `/groups/${group}`, '/brokers']) {
    await page.goto(path)
    await page.locator('main .age').first().waitFor()
    t.match(await page.locator('main .age').first().textContent(), /now|ago/, `${path}: its age`)
  }

  await page.goto('/')
  await agent.node('kafka-2', 'start')
  page.setDefaultTimeout(90_000)
  await page.locator('.topbar').getByText('HEALTHY', { exact: true }).waitFor()
  t.same(errors, [])
})
