// Brings its own cluster: brokers with an authorizer.
import t from 'tap'
import { consoleBrowser, openPage, seriousFindings } from '../../browser/console-browser.ts'
import { serviceWithAcls } from '../admin/service-with-acls.ts'

t.setTimeout(180_000)

const browser = await consoleBrowser(t)
const { app } = await serviceWithAcls(t)
const url = (await app.listen({ host: '127.0.0.1', port: 0 })).replace('127.0.0.1', 'localhost')
const list = async () => (await app.inject('/api/acls')).json().acls

t.test('ACLs are created and deleted as their plans say, and a page shows what they amount to', async (t) => {
  const { page, errors } = await openPage(t, browser, url)
  await page.goto('/acls')
  await page.getByText('There are no ACLs.').waitFor()
  await page.getByRole('button', { name: 'Create ACLs' }).click()
  const create = page.getByRole('dialog', { name: 'Create ACLs' })
  await create.getByLabel('Principal').fill('User:alice')
  for (const operation of ['READ', 'DELETE']) await create.getByLabel(operation, { exact: true }).check()
  await create.getByLabel('Its name; * is all of them').fill('orders-')
  await create.getByLabel('all resources whose names begin with this').check()
  await create.getByLabel('Reason, for the audit trail').fill('a test')
  await create.getByRole('button', { name: 'Show the plan' }).click()
  await create.getByText('User:alice ALLOW READ topics orders-…').waitFor()
  await create.getByText('This is its first ACL', { exact: false }).waitFor()
  t.same(await list(), [], 'only a plan yet')
  await create.getByText('Copy as').click()
  await create
    .getByText(
      "kops acls create --principal User:alice --resource topic:orders- --operation READ DELETE --prefix --reason 'a test'",
      { exact: true }
    )
    .waitFor()
  await create.getByRole('button', { name: 'Create', exact: true }).click()
  await page.getByText('2 ACLs.', { exact: false }).waitFor()
  t.equal((await list()).length, 2)
  t.same(await seriousFindings(page), [], 'axe: the list')

  await page.goto('/acls?type=TOPIC&name=orders-eu&pattern=MATCH')
  const rights = page.getByRole('region', { name: 'Rights' })
  await rights.getByText('READ, DELETE, DESCRIBE', { exact: true }).waitFor()
  t.same(await seriousFindings(page), [], 'axe: who may do what')

  await page.goto('/acls')
  await page.getByRole('button', { name: /^Actions of User:alice ALLOW DELETE/ }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  const remove = page.getByRole('dialog', { name: 'Delete ACLs' })
  await remove.getByText('User:alice ALLOW DELETE topics orders-…').waitFor()
  t.equal((await list()).length, 2, 'only a plan yet')
  await remove.getByRole('button', { name: 'Delete', exact: true }).click()
  await remove.waitFor({ state: 'detached' })
  t.match(await list(), [{ operation: 'READ' }])
  t.same(errors, [])
})
