import { writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { optionalBody } from '#shared/contracts/endpoint.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import { type App, createApp } from '#shared/http/create-app.ts'
import { plainConfig } from './plain-config.ts'

const open = { schema: { 'x-role': 'public' } } as const

async function build(t: Test): Promise<App> {
  const app = await createApp({ title: 'test', description: 'test', config: plainConfig() })
  t.teardown(() => app.close())
  app.post(
    '/things',
    {
      schema: {
        'x-role': 'operator',
        querystring: Type.Object(
          { size: Type.Optional(Type.Integer({ minimum: 1 })) },
          { additionalProperties: false }
        ),
        body: optionalBody(Type.Object({ name: Type.String() }, { additionalProperties: false }))
      }
    },
    async () => ({ ok: true })
  )
  app.get('/known', open, async () => {
    throw fieldError('topic_exists', 'topicName', 'log-events exists already', { kafkaError: 'TOPIC_ALREADY_EXISTS' })
  })
  app.get('/unknown', open, async () => {
    throw new Error('password=hunter2 at /secret/path')
  })
  app.get('/full', open, () => writeFile('/dev/full', 'x'))
  app.get('/unreachable', open, async () => {
    throw new KopsError('cluster_unreachable', 'no broker answers')
  })
  app.get('/later', open, async () => {
    throw new KopsError('cluster_unhealthy', 'replicas catch up', { retryAfterSeconds: 5 })
  })
  return app
}

t.test('an error of the catalog becomes problem+json with its code, field and Kafka error', async (t) => {
  const response = await (await build(t)).inject('/known?x=1')
  t.equal(response.statusCode, 409)
  t.equal(response.headers['content-type'], 'application/problem+json')
  t.match(response.json(), {
    type: 'urn:kops:error:topic_exists',
    status: 409,
    code: 'topic_exists',
    kafkaError: 'TOPIC_ALREADY_EXISTS',
    retriable: false,
    instance: '/known',
    errors: [{ field: 'topicName', message: 'log-events exists already' }]
  })
  t.equal(response.json().requestId, response.headers['x-request-id'])
})

t.test('a full disk is named wherever it is noticed, without the path', async (t) => {
  const response = await (await build(t)).inject('/full')
  t.equal(response.statusCode, 503)
  t.match(response.json(), { code: 'storage_unavailable', retriable: true, detail: /the disk is full \(ENOSPC\)$/ })
  t.notMatch(response.body, '/dev/full')
})

t.test('an unexpected error reveals nothing internal', async (t) => {
  const response = await (await build(t)).inject('/unknown')
  t.equal(response.statusCode, 500)
  t.equal(response.json().code, 'internal')
  t.notMatch(response.body, /hunter2|secret|at /)
})

t.test('an error that may pass is marked retriable', async (t) => {
  t.match((await (await build(t)).inject('/unreachable')).json(), { status: 503, retriable: true })
  const later = await (await build(t)).inject('/later')
  t.match(later.json(), { status: 409, retriable: true })
  t.equal(later.headers['retry-after'], '5')
})

const refused: { name: string; url: string; body?: string; status: number; code: string; field: string }[] = [
  { name: 'a number below its bound', url: '/things?size=0', status: 400, code: 'validation_failed', field: 'size' },
  { name: 'a word for a number', url: '/things?size=abc', status: 400, code: 'validation_failed', field: 'size' },
  {
    name: 'an unknown query parameter',
    url: '/things?sise=1',
    status: 400,
    code: 'validation_failed',
    field: 'sise'
  },
  { name: 'a missing field', url: '/things', body: '{}', status: 400, code: 'validation_failed', field: 'name' },
  {
    name: 'a number for text',
    url: '/things',
    body: '{"name":1}',
    status: 400,
    code: 'validation_failed',
    field: 'name'
  },
  {
    name: 'an unknown field',
    url: '/things',
    body: '{"name":"a","x":1}',
    status: 400,
    code: 'validation_failed',
    field: 'x'
  },
  { name: 'broken JSON', url: '/things', body: '{"name":', status: 400, code: 'malformed_json', field: 'body' },
  { name: 'an empty JSON body', url: '/things', body: '', status: 400, code: 'malformed_json', field: 'body' }
]
for (const { name, url, body, status, code, field } of refused) {
  t.test(`${name} is refused and the field is named`, async (t) => {
    const app = await build(t)
    const response = await app.inject({
      method: 'POST',
      url,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } })
    })
    t.equal(response.statusCode, status, response.body)
    t.match(response.json(), { code, errors: [{ field }] })
  })
}

t.test('a path that is not offered answers 404 as problem+json', async (t) => {
  const response = await (await build(t)).inject('/nowhere')
  t.match(response.json(), { status: 404, code: 'not_found', detail: 'GET /nowhere does not exist' })
})

t.test('the OpenAPI document and the metrics are served', async (t) => {
  const app = await build(t)
  t.equal((await app.inject('/docs/json')).json().openapi, '3.1.0')
  await app.inject('/known')
  t.match(
    (await app.inject('/metrics')).body,
    /http_request_duration_seconds_count\{method="GET",route="\/known",status="409"} 1/
  )
})

t.test('a body that is too large is refused with the limit', async (t) => {
  const payload = { name: 'x'.repeat(1_100_000) }
  const response = await (await build(t)).inject({ method: 'POST', url: '/things', payload })
  t.equal(response.statusCode, 413)
  t.match(response.json(), {
    code: 'payload_too_large',
    errors: [{ field: 'body', message: 'may have at most 1048576 bytes' }]
  })
})
