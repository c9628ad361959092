import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { builtConsole, openBrowser, openPage, seriousFindings } from '../../browser/console-browser.ts'
import { ask, ownTopic } from '../admin/service.ts'
import { eventually } from '../support/eventually.ts'
import { adminUrl } from '../support/under-test.ts'

const console_ = await builtConsole()
const browser = await openBrowser(t)

/** Of files, compressed, in bytes. */
async function compressedSize(names: string[]): Promise<number> {
  const files = await Promise.all(names.map((name) => readFile(join(console_.folder, 'assets', `${name}.gz`))))
  return files.reduce((sum, { length }) => sum + length, 0)
}

t.test('the first view is small', async (t) => {
  const script = await compressedSize(console_.first.scripts)
  const style = await compressedSize(console_.first.styles)
  t.comment(`script ${script} bytes, style ${style} bytes`)
  const main = await readFile(join(console_.folder, 'assets', console_.files['main.js'] ?? ''), 'utf8')
  const imported = Array.from(main.matchAll(/from"\/assets\/([^"]+)"/g), ([, name = '']) => name)
  t.ok(imported.length > 0, 'pages share code with the first view')
  for (const name of imported) t.ok(console_.first.scripts.includes(name), `${name} is counted`)
  t.ok(script <= 90_000, `${script} bytes of script`)
  t.ok(style <= 12_000, `${style} bytes of style`)
})

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`overview and topics can be used in the ${colorScheme} theme, without errors and other hosts`, async (t) => {
    const topic = ownTopic(t, `console-${colorScheme}`)
    t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=3&replicationFactor=3`)).status, 201)
    const { page, errors, elsewhere } = await openPage(t, browser, adminUrl, { colorScheme })
    await page.goto('/')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page
      .getByRole('region', { name: 'Status' })
      .getByText(/HEALTHY|DEGRADED|DOWN/)
      .waitFor()
    for (const name of ['kafka-1', 'kafka-2', 'kafka-3']) await page.getByRole('link', { name, exact: true }).waitFor()
    await page.getByText('May be restarted').first().waitFor()
    t.same(await seriousFindings(page), [], 'axe: the overview')

    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.getByRole('heading', { name: 'Topics' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type(topic)
    await page.getByText('1 topic', { exact: true }).waitFor()
    await page.waitForURL(`**/topics?q=${topic}`)
    t.same(await seriousFindings(page), [], 'axe: topics')
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: topic }).waitFor()
    await page
      .getByRole('table', { name: `Partitions of ${topic}` })
      .getByText('in sync')
      .first()
      .waitFor()
    t.same(await seriousFindings(page), [], 'axe: a topic')
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: 'Topics' }).waitFor()
    t.same([errors, elsewhere], [[], []])
  })
}

t.test('a change of a setting is shown as a diff before it is made', async (t) => {
  const topic = ownTopic(t, 'console-config')
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=1&replicationFactor=3`)).status, 201)
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto(`/topics/${topic}/config`)
  await page.getByLabel('Settings whose name has').fill('retention.ms')
  await page.getByRole('button', { name: 'Change retention.ms', exact: true }).click()
  await page.getByLabel('New value').fill('3600000')
  await page.getByRole('button', { name: 'Show what changes' }).click()
  const changes = page.getByRole('list', { name: 'What changes' })
  await changes.getByText('604800000').waitFor()
  await changes.getByText('3600000').waitFor()
  t.match(
    await ask('GET', `/api/topics/${topic}/configs?overridden=true`),
    { body: { configs: [] } },
    'nothing is changed yet'
  )
  await page.getByText('Copy as').last().click()
  await page.getByText(`kops topics config set ${topic} retention.ms=3600000`, { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Apply' }).click()
  await page
    .getByRole('row', { name: /retention\.ms set here/ })
    .getByText('3600000')
    .waitFor()
  t.match(await ask('GET', `/api/topics/${topic}/configs?overridden=true`), {
    body: { configs: [{ name: 'retention.ms', value: '3600000' }] }
  })
  t.same(errors, [])
})

t.test('messages are shown exactly, each at an address of its own', async (t) => {
  const topic = ownTopic(t, 'console-messages')
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=1&replicationFactor=3`)).status, 201)
  const value = '{"id":9007199254740993,"text":"<b>x</b>"}'
  const records = [{ key: 'k', value, valueEncoding: 'text' }]
  t.equal((await ask('POST', `/api/topics/${topic}/messages`, { records })).status, 201)
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto(`/topics/${topic}/messages?from=earliest`)
  await page.getByText(value).waitFor()
  await page.getByText(/1 of 1 records read/).waitFor()
  await page.getByRole('link', { name: '0:0' }).click()
  await page.waitForURL(`**/topics/${topic}/messages/0/0`)
  await page.getByRole('button', { name: 'Formatted' }).click()
  await page.getByText('"id": 9007199254740993').waitFor()
  t.same(errors, [])
})

t.test('a record that one page writes arrives in another that follows the topic, as it was typed', async (t) => {
  const topic = ownTopic(t, 'console-write')
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=2&replicationFactor=3`)).status, 201)
  const { page: reader, errors: ofReader } = await openPage(t, browser, adminUrl)
  await reader.goto(`/topics/${topic}/messages`)
  await reader.getByText('There are no messages.').waitFor()
  await reader.getByRole('button', { name: 'Follow new records' }).click()
  await reader.getByText('Following: 0 messages').waitFor()

  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto(`/topics/${topic}/messages`)
  await page.getByRole('button', { name: 'Write a record' }).click()
  await page.getByLabel('Partition; by the key if empty').fill('two')
  await page.getByRole('button', { name: 'Show the plan' }).click()
  await page.getByRole('alert').getByText('partition is not a number').waitFor()
  await page.getByLabel('Partition; by the key if empty').fill('1')
  await page.getByLabel('Value, as text').fill('{"id":9007199254740993}')
  await page.getByLabel('Key; none if empty').fill('order-1')
  await page.getByLabel('Headers, one name=value a line').fill('source=console')
  await page.getByRole('button', { name: 'Show the plan' }).click()
  await page.getByText('to partition 1').waitFor()
  t.match(await ask('GET', `/api/topics/${topic}/messages?from=earliest`), { body: { messages: [] } }, 'only a plan')
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await page.getByRole('link', { name: '1:0' }).waitFor()

  await reader.getByText('{"id":9007199254740993}').waitFor()
  await reader.getByText('order-1').waitFor()
  t.match(await ask('GET', `/api/topics/${topic}/messages?from=earliest&format=text`), {
    body: {
      messages: [
        {
          ...{ partition: 1, key: 'order-1', value: '{"id":9007199254740993}' },
          headers: [{ name: 'source', value: 'console' }]
        }
      ]
    }
  })
  t.same([ofReader, errors], [[], []])
})

t.test('a topic is created, deleted with its impact shown and its name typed, and recreated', async (t) => {
  const topic = ownTopic(t, 'console-life')
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto('/topics')
  await page.getByRole('button', { name: 'Create topic' }).click()
  await page.getByLabel('Name', { exact: true }).fill(topic)
  await page.getByLabel('Partitions', { exact: true }).fill('4')
  await page.getByLabel('Settings, one name=value a line').fill('retention.ms=3600000')
  await page.getByRole('button', { name: 'Show the plan' }).click()
  await page.getByText('4 partitions × 3 replicas, in sync', { exact: false }).waitFor()
  t.match(await ask('GET', `/api/topics/${topic}`), { status: 404 }, 'nothing is created yet')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  await page.getByRole('heading', { name: topic, exact: true, level: 1 }).waitFor()
  await eventually(
    'every broker knows the topic',
    () => ask('POST', `/api/topics/${topic}/messages`, { records: [{ value: 'x' }, { value: 'y' }] }),
    ({ status }) => status === 201
  )

  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: `Delete ${topic}` })
  await dialog.getByText('2, gone for ever').waitFor()
  const confirm = dialog.getByRole('button', { name: 'Delete in 15 minutes' })
  await dialog.getByText('It is in use: say that').waitFor()
  await dialog.getByLabel('Delete it although it is in use').check()
  await dialog.getByLabel('Reason, for the audit trail').fill('a test')
  t.equal(await confirm.getAttribute('aria-disabled'), 'true')
  await dialog.getByLabel(/^Type/).fill(topic)
  await confirm.click()
  await page.getByText(/This topic will be deleted in 1[45] min/).waitFor()
  await page.getByRole('button', { name: 'Cancel the deletion' }).click()
  await page.getByText(/This topic will be deleted/).waitFor({ state: 'detached' })

  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await dialog.getByLabel('When').selectOption('')
  await dialog.getByLabel('Delete it although it is in use').check()
  await dialog.getByLabel('Reason, for the audit trail').fill('a test')
  await dialog.getByLabel(/^Type/).fill(topic)
  await dialog.getByRole('button', { name: 'Delete now' }).click()
  await page.getByRole('heading', { name: 'Topics' }).waitFor()

  await page.goto(`/topics/${topic}`)
  await page.getByRole('button', { name: 'Recreate' }).click()
  await page.getByText('2 records stay lost', { exact: false }).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Recreate' }).click()
  // The plan says the same: only without it is it the topic's page that does.
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByText('4 partitions × 3 replicas', { exact: false }).first().waitFor()
  t.match(await ask('GET', `/api/topics/${topic}/configs?overridden=true`), {
    body: { configs: [{ name: 'retention.ms', value: '3600000' }] }
  })
  t.same(errors, [])
})
