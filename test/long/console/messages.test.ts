import { randomBytes } from 'node:crypto'
import t from 'tap'
import { consoleBrowser, openPage } from '../../browser/console-browser.ts'
import { ask, ownTopic } from '../../integration/admin/service.ts'
import { adminUrl } from '../../integration/support/under-test.ts'

const browser = await consoleBrowser(t)

const large = 10 * 2 ** 20

t.test('messages of 10 MB are listed at once, cut, and shown whole on demand', async (t) => {
  const topic = ownTopic(t, 'console-large')
  t.equal(
    (
      await ask('POST', '/api/topics', {
        ...{ name: topic, partitions: 1, replicationFactor: 3 },
        configs: { 'max.message.bytes': String(large + 2 ** 20) }
      })
    ).status,
    201
  )
  const records = [{ value: `${'x'.repeat(large - 4)} end`, valueEncoding: 'text' }]
  t.equal((await ask('POST', `/api/topics/${topic}/messages`, { records })).status, 201)
  const { page, errors } = await openPage(t, browser, adminUrl)
  const startedAt = performance.now()
  await page.goto(`/topics/${topic}/messages?from=earliest`)
  const value = page.locator('.content-value pre')
  await value.waitFor()
  const cut = (await value.textContent())?.length
  t.comment(`${Math.round(performance.now() - startedAt)} ms until it is listed`)
  t.equal(cut, 16_384)
  // A page that is stuck on the layout does not answer within this time.
  page.setDefaultTimeout(30_000)
  const shownAt = performance.now()
  await page.getByRole('button', { name: 'Show all 10.0 MiB' }).click()
  await page.waitForFunction(`document.querySelector('.content-value pre').textContent.length === ${large}`)
  t.comment(`${Math.round(performance.now() - shownAt)} ms until all of it is shown`)
  t.equal((await value.textContent())?.slice(-4), ' end')
  await page.getByRole('link', { name: 'Partitions' }).click()
  await page.getByText('in sync').first().waitFor()
  t.same(errors, [])
})

t.test('binary contents are Base64, and say so', async (t) => {
  const topic = ownTopic(t, 'console-binary')
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=1&replicationFactor=3`)).status, 201)
  // No UTF-8 begins with these.
  const value = Buffer.concat([Buffer.from([0xff, 0xfe, 0x00]), randomBytes(61)]).toString('base64')
  const key = Buffer.from([0x80, 0x81]).toString('base64')
  const records = [
    { key, keyEncoding: 'base64', value, valueEncoding: 'base64' },
    { key: null, value: null },
    { value: '', valueEncoding: 'text' }
  ]
  t.equal((await ask('POST', `/api/topics/${topic}/messages`, { records })).status, 201)
  const { page, errors } = await openPage(t, browser, adminUrl)
  await page.goto(`/topics/${topic}/messages?from=earliest`)
  const items = page.locator('.records > li')
  await items.nth(2).waitFor()
  t.equal(await items.nth(0).locator('pre').textContent(), value)
  t.equal(await items.nth(0).locator('.key code').textContent(), key)
  t.equal(await items.nth(0).getByText('Base64', { exact: true }).count(), 2)
  await items.nth(1).getByText('null (a tombstone)').waitFor()
  t.equal(await items.nth(2).locator('pre').textContent(), '')
  t.same(errors, [])
})

t.test('64-bit integers are exact everywhere: in keys, headers, values, formatted, and as they arrive', async (t) => {
  const topic = ownTopic(t, 'console-integers')
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=1&replicationFactor=3`)).status, 201)
  const [most, least, beyond] = ['9223372036854775807', '-9223372036854775808', '9007199254740993']
  const value = `{"most":${most},"nested":[${least},{"beyond":${beyond}}],"exponent":1.0e400}`
  const record = {
    ...{ key: most, keyEncoding: 'text', value, valueEncoding: 'text' },
    headers: [{ name: 'id', value: beyond, encoding: 'text' }]
  }
  const write = () => ask('POST', `/api/topics/${topic}/messages`, { records: [record] })
  t.equal((await write()).status, 201)
  const { page, errors } = await openPage(t, browser, adminUrl)
  const check = async () => {
    const item = page.locator('.records > li').first()
    await item.waitFor()
    t.equal(await item.locator('pre').textContent(), value)
    t.equal(await item.locator('.key code').textContent(), most)
    t.equal(await item.locator('.headers code').textContent(), beyond)
    await item.getByRole('button', { name: 'Formatted' }).click()
    const formatted = (await item.locator('pre').textContent()) ?? ''
    t.equal(formatted.replaceAll(/\s/g, ''), value, 'formatted: other white space and nothing else')
    t.ok(formatted.includes('\n'))
  }
  await page.goto(`/topics/${topic}/messages?from=earliest`)
  await check()
  await page.getByRole('button', { name: 'Follow new records' }).click()
  await page.getByText('Following: 0 messages').waitFor()
  t.equal((await write()).status, 201)
  await page.getByText('Following: 1 message', { exact: false }).waitFor()
  await check()
  t.same(errors, [])
})
