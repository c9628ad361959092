import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { createApp } from '#shared/http/create-app.ts'
import { secondPortPlugin } from '#shared/http/second-port.ts'
import { plainConfig } from './plain-config.ts'

async function build(t: Test, port: number) {
  const app = await createApp({ title: 'test', description: 'test', config: plainConfig() })
  t.teardown(() => app.close())
  await app.register(secondPortPlugin, { host: '127.0.0.1', port, config: {} })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

t.test('a service answers at its second port as at its first, checks included, until it closes', async (t) => {
  const port = await freePort()
  const { app } = await build(t, port)
  const second = `http://127.0.0.1:${port}`
  t.equal((await fetch(`${second}/livez`)).status, 200)
  const foreign = await fetch(`${second}/livez`, { headers: { origin: 'http://127.0.0.1:9' } })
  t.equal(foreign.status, 403)
  await app.close()
  await t.rejects(fetch(`${second}/livez`))
})

t.test('where another program has the port, the service does without', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { url } = await build(t, (other.address() as AddressInfo).port)
  t.equal((await fetch(`${url}/livez`)).status, 200)
})
