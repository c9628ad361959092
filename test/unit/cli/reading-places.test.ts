import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createReadingPlaces } from '#cli/reading-places.ts'

t.test('a place is kept for each topic, found again, and gone when nothing is left', async (t) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'kops-reading-'))
  t.teardown(() => rm(stateDir, { recursive: true }))
  const places = createReadingPlaces(stateDir)
  await t.rejects(places.find('orders'), { name: 'UsageError' })
  await places.forget('orders')
  t.ok(await places.keep('orders', 'abc', { valueContains: 'x' }))
  t.ok(await places.keep('a.b', 'def', {}))
  t.same(await places.find('orders'), { cursor: 'abc', filters: { valueContains: 'x' } })
  t.same(await createReadingPlaces(stateDir).find('a.b'), { cursor: 'def', filters: {} })
  await places.forget('orders')
  await t.rejects(places.find('orders'), { message: /no more of orders/ })
  await writeFile(join(stateDir, 'reading', 'orders.json'), '{"cursor":')
  await t.rejects(places.find('orders'), { name: 'UsageError' }, 'what was cut off is nothing')
})

t.test('where nothing can be written the caller hears of it', async (t) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'kops-reading-'))
  t.teardown(() => rm(stateDir, { recursive: true }))
  await writeFile(join(stateDir, 'reading'), 'a file, where the folder should be')
  await chmod(stateDir, 0o700)
  t.notOk(await createReadingPlaces(stateDir).keep('orders', 'abc', {}))
})
