import kafkajs from 'kafkajs'
import t from 'tap'
import { consoleBrowser, openPage, seriousFindings } from '../../browser/console-browser.ts'
import { ask, ownTopic } from '../admin/service.ts'
import { eventually } from '../support/eventually.ts'
import { adminUrl, kafkajsConnection } from '../support/under-test.ts'

t.setTimeout(120_000)

const browser = await consoleBrowser(t)
const kafka = new kafkajs.Kafka({ clientId: 'test', ...kafkajsConnection, logLevel: kafkajs.logLevel.NOTHING })

t.test('the catalogs of the service are compared with the cluster, and one is applied as its plan says', async (t) => {
  const topic = ownTopic(t, 'console-catalog')
  const catalog = {
    name: 'console-test',
    topics: [{ name: topic, partitions: 2, replicationFactor: 3, configs: { 'retention.ms': '3600000' } }]
  }
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=1&replicationFactor=3`)).status, 201)
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto('/catalogs')
  await page.getByRole('link', { name: 'log-streaming', exact: true }).waitFor()
  await page.getByText('In no catalog').waitFor()
  t.same(await seriousFindings(page), [], 'axe: catalogs')

  // A catalog of the test, among those that the service has installed.
  await page.route('**/api/catalog', async (route) => {
    const answer = await (await route.fetch()).json()
    return route.fulfill({ json: { ...answer, catalogs: [catalog] } })
  })
  await page.goto('/catalogs/console-test')
  const differences = page.getByRole('list', { name: 'What differs' })
  await differences.getByText('1 -> 2 partitions', { exact: false }).waitFor()
  await differences.getByText('retention.ms=3600000', { exact: false }).waitFor()
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.getByLabel('Reason, for the audit trail').fill('a test of the console')
  await page.getByRole('button', { name: 'Show the plan' }).click()
  const dialog = page.getByRole('dialog', { name: 'Apply console-test' })
  await dialog.getByText('retention.ms=3600000', { exact: false }).waitFor()
  t.match(
    await ask('GET', `/api/topics/${topic}/configs?overridden=true`),
    { body: { configs: [] } },
    'only a plan yet'
  )
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await dialog.getByText('2 changes made.').waitFor()
  t.match(await ask('GET', `/api/topics/${topic}/configs?overridden=true`), {
    body: { configs: [{ name: 'retention.ms', value: '3600000' }] }
  })
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page.getByText('Every topic is as the catalog says.').waitFor()
  t.same(errors, [])
})

t.test('a dead letter is read with its error, discarded with a reason, and another one replayed', async (t) => {
  const topic = ownTopic(t, 'console-dlq')
  const queue = `${topic}.dlq`
  t.teardown(() => ask('DELETE', `/api/topics/${queue}?force=true&reason=test`))
  for (const name of [topic, queue]) {
    t.equal((await ask('POST', `/api/topics?topicName=${name}&partitions=1&replicationFactor=3`)).status, 201)
  }
  const producer = kafka.producer()
  await producer.connect()
  t.teardown(() => producer.disconnect())
  const headers = {
    '__connect.errors.topic': topic,
    '__connect.errors.partition': '0',
    '__connect.errors.offset': '7',
    '__connect.errors.connector.name': 'sink',
    '__connect.errors.exception.class.name': 'org.apache.kafka.connect.errors.DataException',
    '__connect.errors.exception.message': 'no schema'
  }
  await producer.send({
    topic: queue,
    messages: ['{"id":9007199254740993}', 'second'].map((value) => ({ key: 'k', value, headers }))
  })

  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto('/dead-letters')
  await page.getByRole('link', { name: queue, exact: true }).focus()
  await page.keyboard.press('.')
  await page.getByRole('menuitem', { name: 'Replay letters' }).waitFor()
  t.same(await seriousFindings(page), [], 'axe: the actions of a row')
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'hidden' })
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/dead-letters/${queue}`)
  await page.getByText('{"id":9007199254740993}').waitFor()
  await page
    .getByRole('link', { name: `${topic}-0:7` })
    .first()
    .waitFor()
  await page.getByText('no schema').first().waitFor()
  t.same(await seriousFindings(page), [], 'axe: letters')

  await page.goto(`/dead-letters/${queue}?do=discard&letters=0:0`)
  const discard = page.getByRole('dialog', { name: `Discard letters of ${queue}` })
  await discard.getByRole('button', { name: 'Show the plan' }).click()
  await discard.getByText('the reason is missing').waitFor()
  await discard.getByLabel('Reason, kept with the letters').fill('a test')
  await discard.getByRole('button', { name: 'Show the plan' }).click()
  await discard.getByText('1 letter would count no longer', { exact: false }).waitFor()
  t.match(
    await ask('GET', `/api/dead-letters/${queue}/letters`),
    { body: { letters: { length: 2 } } },
    'only a plan yet'
  )
  await discard.getByRole('button', { name: 'Discard', exact: true }).click()
  await discard.getByText('1 letter discarded.').waitFor()
  await discard.getByRole('button', { name: 'Close' }).click()
  await page.getByText('{"id":9007199254740993}').waitFor({ state: 'detached' })
  t.match(await ask('GET', `/api/dead-letters/${queue}/letters?status=discarded`), {
    body: { letters: [{ offset: 0, decidedBecause: 'a test' }] }
  })

  await page.getByRole('button', { name: 'Replay', exact: true }).click()
  const replay = page.getByRole('dialog', { name: `Replay letters of ${queue}` })
  await replay.getByRole('button', { name: 'Show the plan' }).click()
  await replay.getByText('1 letter would be written', { exact: false }).waitFor()
  await replay.getByText('Copy as').click()
  await replay.getByText(`kops dlq replay ${queue} --limit 100 --rate 100`, { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await replay.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Replay', exact: true }).click()
  await replay.getByRole('button', { name: 'Show the plan' }).click()
  await replay.getByText('1 letter would be written', { exact: false }).waitFor()
  await replay.getByRole('button', { name: 'Replay', exact: true }).click()
  await replay.getByText('1 letter replayed.').waitFor()
  t.match(await ask('GET', `/api/topics/${topic}/messages?from=earliest&format=text`), {
    body: { messages: [{ value: 'second' }] }
  })
  t.same(errors, [])
})

t.test('replicas are moved by keys alone: the plan, then the move until it has ended', async (t) => {
  const topic = ownTopic(t, 'console-moves')
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=1&replicationFactor=2`)).status, 201)
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto('/topics')
  await page.getByLabel('Topics whose name has').fill(topic)
  await page.getByText('1 topic', { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await page.keyboard.press('.')
  await page.getByRole('menu').waitFor()
  for (let row = 0; row < 4; row += 1) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Change a replication factor' })
  await dialog.getByLabel('Topic', { exact: true }).waitFor()
  t.equal(await dialog.getByLabel('Topic', { exact: true }).inputValue(), topic)
  await page.keyboard.press('Enter')
  await dialog.getByText(`${topic}: 2 replicas → 3`, { exact: false }).waitFor()
  t.match(await ask('GET', `/api/topics/${topic}`), { body: { replicationFactor: 2 } }, 'only a plan yet')
  await dialog.getByRole('button', { name: 'Change', exact: true }).focus()
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await page
    .getByText(/Nothing is moving|Moving/)
    .first()
    .waitFor()
  t.same(await seriousFindings(page), [], 'axe: moves')
  await eventually(
    'the topic has three replicas',
    () => ask('GET', `/api/topics/${topic}`),
    ({ body }) => (body as { replicationFactor: number }).replicationFactor === 3
  )
  await page.getByText('Nothing is moving').waitFor()
  t.same(errors, [])
})

t.test('without an authorizer the page says so, and without Connect where it comes from', async (t) => {
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto('/acls')
  await page
    .getByText('This cluster has no authorizer')
    .or(page.getByRole('table', { name: 'ACLs' }))
    .first()
    .waitFor()
  await page.goto('/connect')
  await page.getByText('No Kafka Connect is configured').or(page.getByText('There are no connectors')).first().waitFor()
  t.same(await seriousFindings(page), [])
  t.same(errors, [])
})
