import { join } from 'node:path'
import t from 'tap'
import { createApp } from '#shared/http/create-app.ts'
import { plainConfig } from './plain-config.ts'

async function build(dataDir?: string) {
  const parts = { title: 'x', description: 'x', config: plainConfig() }
  const app = await createApp(dataDir === undefined ? parts : { ...parts, dataDir })
  t.teardown(() => app.close())
  return app
}

t.test('a service is ready that can keep its state, and creates the folder for it', async (t) => {
  const app = await build(join(t.testdir(), 'new', 'state'))
  const answer = await app.inject('/readyz')
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), { status: 'ready' })
  t.equal((await (await build()).inject('/readyz')).statusCode, 200, 'one without state, too')
})

t.test('a service that cannot keep its state is alive, and not ready', async (t) => {
  const folder = t.testdir({ file: '' })
  const app = await build(join(folder, 'file', 'state'))
  t.match((await app.inject('/readyz')).json(), { status: 503, code: 'storage_unavailable' })
  t.equal((await app.inject('/livez')).statusCode, 200)
})
