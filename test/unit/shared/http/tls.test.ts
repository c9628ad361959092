import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { Agent, request } from 'undici'
import { createClient } from '#shared/client/client.ts'
import { topicEndpoints } from '#shared/contracts/topics.ts'
import { createApp } from '#shared/http/create-app.ts'
import { followCertificate } from '#shared/http/tls.ts'
import { certificateFiles } from '../certificates.ts'
import { plainConfig } from './plain-config.ts'

t.test('a service with a certificate speaks TLS, and takes over a certificate that replaces it', async (t) => {
  const files = await certificateFiles(t)
  const app = await createApp({
    title: 'test',
    description: 'test',
    config: { ...plainConfig(), KOPS_TLS_CERT: files.cert, KOPS_TLS_KEY: files.key }
  })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `https://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const live = async (ca: string) => {
    const agent = new Agent({ connect: { ca } })
    const { body } = await request(`${url}/livez`, { dispatcher: agent })
    const answer = await body.json()
    await agent.close()
    return answer
  }
  const ca = await readFile(files.ca, 'utf8')
  t.same(await live(ca), { status: 'ok' })

  const urls = { admin: url, health: url, loadTest: url }
  const list = (authority?: string) =>
    createClient({ urls, ca: authority }).call(topicEndpoints.listTopics, { query: {} })
  await t.rejects(list(), { code: 'service_unreachable', message: /KOPS_CA/ })
  await t.rejects(list(ca), { code: 'not_found' }, 'it is trusted, and has no topics')

  const end = followCertificate(app.server, { cert: files.cert, key: files.key }, 10)
  t.teardown(end)
  const { authority } = await files.replace()
  const deadline = Date.now() + 5000
  let answer: unknown
  while (answer === undefined && Date.now() < deadline)
    answer = await live(authority.certificate).catch(() => undefined)
  t.same(answer, { status: 'ok' })
  await t.rejects(live(ca))
})
