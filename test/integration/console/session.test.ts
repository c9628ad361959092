import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import { hashToken } from '#shared/http/auth/tokens.ts'
import { consoleBrowser, openPage } from '../../browser/console-browser.ts'
import { ask, ownTopic } from '../admin/service.ts'
import { bootstrapServers, healthUrl, kafkaSettings, loadTestUrl } from '../support/under-test.ts'

const browser = await consoleBrowser(t)
const tokens = { viewer: randomBytes(32).toString('base64url'), admin: randomBytes(32).toString('base64url') }

/** admin-service with tokens, on the cluster under test. */
async function secured(t: Test) {
  const app = await buildApp(
    loadConfig({
      KOPS_LOG_LEVEL: 'silent',
      KOPS_DATA_DIR: t.testdir(),
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
      ...kafkaSettings,
      KOPS_HEALTH_URL: healthUrl,
      KOPS_LOADTEST_URL: loadTestUrl,
      KOPS_TOKENS: Object.entries(tokens)
        .map(([role, token]) => `${role}-1:${role}:sha256:${hashToken(token).toString('hex')}`)
        .join(',')
    })
  )
  t.teardown(() => app.close())
  return (await app.listen({ host: '127.0.0.1', port: 0 })).replace('127.0.0.1', 'localhost')
}

t.test('a browser logs in with a token that it does not keep, sees what it may not, and logs out', async (t) => {
  const url = await secured(t)
  const { page, errors, elsewhere } = await openPage(t, browser, url)
  await page.goto('/topics')
  await page.getByLabel('Token').fill('wrong')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('Token').fill(tokens.viewer)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Topics' }).waitFor()

  const [cookie, ...others] = await page.context().cookies()
  t.match(cookie, { httpOnly: true, sameSite: 'Strict', domain: 'localhost' })
  t.same(others, [])
  const readable = await page.evaluate('JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])')
  t.notMatch(String(readable), /kops-session/)
  t.notMatch(String(readable), tokens.viewer)

  await page.goto('/')
  await page.getByRole('link', { name: 'kafka-1', exact: true }).waitFor()
  await page.goto('/audit')
  await page.getByText('needs operator; you are viewer (viewer-1)').first().waitFor()
  await page.goto('/settings')
  await page.getByText('viewer-1').first().waitFor()
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByLabel('Token').waitFor()
  t.same(await page.context().cookies(), [])
  const { value = '', name = '' } = cookie ?? {}
  const again = await fetch(`${url}/api/caller`, {
    headers: { cookie: `${name}=${value}`, 'sec-fetch-site': 'same-origin' }
  })
  t.equal(again.status, 401, 'the session has ended at the service, too')
  t.same([errors, elsewhere], [[], []])
})

t.test('a viewer sees at every change what it needs, and the service refuses it, too', async (t) => {
  const topic = ownTopic(t, 'console-viewer')
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=1&replicationFactor=3`)).status, 201)
  const { page, errors } = await openPage(t, browser, await secured(t))
  await page.goto('/topics')
  await page.getByLabel('Token').fill(tokens.viewer)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Topics' }).waitFor()
  const changes: [path: string, action: string, role: string][] = [
    ['/topics', 'Create topic', 'operator'],
    [`/topics/${topic}`, 'Delete', 'admin'],
    [`/topics/${topic}/config`, 'Change a setting', 'operator'],
    [`/topics/${topic}/messages`, 'Read messages', 'reader']
  ]
  for (const [path, action, role] of changes) {
    await page.goto(path)
    const button = page.getByRole('button', {
      name: new RegExp(`^${action} ?: needs ${role}; you are viewer \\(viewer-1\\)$`)
    })
    await button.waitFor()
    t.equal(await button.getAttribute('aria-disabled'), 'true', action)
    await button.focus()
    await page.keyboard.press('Enter')
    t.equal(await page.getByRole('dialog').count(), 0, `${action} opens nothing`)
  }
  const status = await page.evaluate(
    (path) => fetch(path, { method: 'DELETE' }).then((answer) => answer.status),
    `/api/topics/${topic}`
  )
  t.equal(status, 403)
  t.same(errors, [])
})

t.test('a page on another port of this host gets nothing with the cookie of a session', async (t) => {
  const [url, other] = [await secured(t), await secured(t)]
  const { page } = await openPage(t, browser, url)
  await page.goto('/')
  await page.getByLabel('Token').fill(tokens.admin)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  // The console there may call its own origin only: that policy is not what is tested here.
  const context = await browser.newContext({ bypassCSP: true, storageState: await page.context().storageState() })
  t.teardown(() => context.close())
  const attacker = await context.newPage()
  await attacker.goto(other)
  const statuses = await attacker.evaluate(async (target) => {
    const tries: RequestInit[] = [
      { credentials: 'include', mode: 'no-cors' },
      { credentials: 'include' },
      { credentials: 'include', method: 'DELETE' },
      { credentials: 'include', mode: 'no-cors', method: 'POST' }
    ]
    return Promise.all(
      tries.map((init) =>
        fetch(`${target}/api/caller`, init).then(
          ({ status, type }) => `${type} ${status}`,
          () => 'refused'
        )
      )
    )
  }, url)
  t.same(statuses, ['opaque 0', 'refused', 'refused', 'opaque 0'], 'no answer can be read')
  await page.reload()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
})
