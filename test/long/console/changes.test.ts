import t from 'tap'
import { consoleBrowser, openPage, tabTo } from '../../browser/console-browser.ts'
import { ask, independentAdmin, ownTopic } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { adminUrl } from '../../integration/support/under-test.ts'

const browser = await consoleBrowser(t)

t.test('a topic is created and deleted by the keyboard alone', async (t) => {
  const topic = ownTopic(t, 'console-keys')
  const { page, errors } = await openPage(t, browser, adminUrl)
  const { keyboard } = page
  const type = async (label: string, text: string) => {
    await tabTo(page, page.getByLabel(label, { exact: true }))
    await keyboard.press('Control+a')
    await keyboard.type(text)
  }
  const press = async (name: string, key = 'Enter') => {
    await tabTo(page, page.getByRole('button', { name, exact: true }))
    await keyboard.press(key)
  }
  await page.goto('/topics')
  await page.getByRole('table', { name: 'Topics' }).waitFor()
  await press('Create topic')
  await type('Name', topic)
  await type('Partitions', '2')
  await keyboard.press('Enter')
  await page.getByText('2 partitions × 3 replicas').waitFor()
  await press('Create')
  await page.getByRole('heading', { name: topic, exact: true, level: 1 }).waitFor()
  await eventually(
    'the topic is there',
    () => ask('GET', `/api/topics/${topic}`),
    ({ status }) => status === 200
  )

  await press('Delete')
  const dialog = page.getByRole('dialog', { name: `Delete ${topic}` })
  await dialog.getByText('gone for ever').waitFor()
  await tabTo(page, dialog.getByLabel('When'))
  await keyboard.press('End')
  await tabTo(page, dialog.getByLabel(/^Type/))
  await keyboard.type(topic)
  await press('Delete now', ' ')
  await page.getByRole('heading', { name: 'Topics' }).waitFor()
  await eventually(
    'the topic is gone',
    () => ask('GET', `/api/topics/${topic}`),
    ({ status }) => status === 404
  )
  t.same(errors, [])
})

t.test('a group is moved to other offsets, by the plan that was shown', async (t) => {
  const kafka = await independentAdmin(t)
  const topic = ownTopic(t, 'console-reset')
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=1&replicationFactor=3`)).status, 201)
  const records = Array.from({ length: 5 }, (_, index) => ({ value: `${index}` }))
  t.equal((await ask('POST', `/api/topics/${topic}/messages`, { records })).status, 201)
  const group = `${topic}-group`
  t.teardown(() => ask('DELETE', `/api/groups/${group}`))
  await kafka.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '4' }] })
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto(`/groups/${group}`)
  await page.getByRole('button', { name: 'Reset offsets' }).click()
  await page.getByLabel('It goes on with').selectOption('shiftBy')
  await page.getByLabel('Records; back if negative').fill('-3')
  await page.getByRole('button', { name: 'Show the plan' }).click()
  await page.getByRole('table', { name: 'What moves' }).getByText('reads 3 again').waitFor()
  const committed = async () =>
    (await kafka.fetchOffsets({ groupId: group, topics: [topic] }))[0]?.partitions[0]?.offset
  t.equal(await committed(), '4', 'nothing is moved yet')
  await page.getByRole('button', { name: 'Reset', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  t.equal(await committed(), '1')
  t.same(errors, [])
})
