import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createTokenSource } from '#shared/kafka/connection/token-source.ts'

interface Answer {
  status?: number
  body: unknown
}

/** A token endpoint with these answers, one after the other, and what it was asked. */
async function endpoint(t: Test, answers: Answer[]) {
  const asked: { authorization: string | undefined; body: string }[] = []
  const server = createServer(async (request, response) => {
    asked.push({ authorization: request.headers.authorization, body: await text(request) })
    const { status = 200, body } = answers[asked.length - 1] ?? { status: 500, body: 'asked too often' }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  return { asked, source: createTokenSource({ url, clientId: 'kops', clientSecret: () => 's=cret', scope: 'kafka' }) }
}

t.test('one token serves all connections until it is about to expire', async (t) => {
  const { asked, source } = await endpoint(t, [{ body: { access_token: 'a', expires_in: 600 } }])
  t.same(await Promise.all([source(), source()]), ['a', 'a'])
  t.equal(await source(), 'a')
  t.same(asked, [
    {
      authorization: `Basic ${Buffer.from('kops:s%3Dcret').toString('base64')}`,
      body: 'grant_type=client_credentials&scope=kafka'
    }
  ])
})

t.test('a token without a life is used once', async (t) => {
  const { source } = await endpoint(t, [{ body: { access_token: 'a' } }, { body: { access_token: 'b' } }])
  t.equal(await source(), 'a')
  t.equal(await source(), 'b')
})

t.test('a refusal is reported without the secret, and the next call asks again', async (t) => {
  const { source } = await endpoint(t, [
    { status: 401, body: { error: 'invalid_client' } },
    { body: { token: 'a' } },
    { body: { access_token: 'c', expires_in: 60 } }
  ])
  await t.rejects(source(), { message: 'KOPS_KAFKA_SASL_TOKEN_URL answered 401' })
  await t.rejects(source(), { message: 'KOPS_KAFKA_SASL_TOKEN_URL answered without a token' })
  t.equal(await source(), 'c')
})
