import { once } from 'node:events'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { buildApp, type Overrides } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import { streamRoutes } from '#services/health/routes/stream.ts'
import { createClient } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { HealthState } from '#shared/contracts/health-stream.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { drainPlugin } from '#shared/http/drain.ts'
import { createFakeClock } from './fake-clock.ts'
import {
  answering,
  metadata,
  partition,
  plainCluster,
  plainParts,
  plainReader,
  silent,
  topic
} from './plain-cluster.ts'

async function build(t: Test, settings: Record<string, string> = {}, overrides: Overrides = {}) {
  const clock = createFakeClock()
  const cluster = plainCluster()
  const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent', ...settings }), {
    ...plainParts(cluster),
    clock,
    ...overrides
  })
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const client = createClient({ urls: { admin: url, health: url, loadTest: url } })
  return { app, url, client, clock, cluster }
}

/** Opens a stream as a browser does; closed after the test at the latest. */
async function open(t: Test, url: string, headers: Record<string, string> = {}) {
  const leaving = new AbortController()
  t.teardown(() => leaving.abort())
  const response = await fetch(`${url}/api/health/stream`, { headers, signal: leaving.signal })
  return { response, leave: () => leaving.abort() }
}

async function untilText(response: Response, pattern: RegExp): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!pattern.test(text)) {
    const read = await reader?.read()
    if (!read || read.done) throw new Error(`the stream ended after ${text}`)
    text += read.value
  }
  return text
}

t.test('a watcher gets the state at once and a dying broker with its reading, without polling', async (t) => {
  const { client, clock, cluster } = await build(t)
  const got: string[] = []
  for await (const { event, data } of client.watch(endpoints.watchHealth, { timeoutMs: 20_000 })) {
    got.push(event)
    if (event === 'state') {
      t.match(data, { status: 'HEALTHY', groups: [{ group: 'g' }] })
      const told = metadata(
        [topic('a', partition({ isr: [1, 2] })), topic('b', partition({ replicas: [1, 2], isr: [1, 2] }))],
        [1, 2]
      )
      const dead = silent(3, new KopsError('broker_unreachable', 'connect ECONNREFUSED'))
      cluster.views = [answering(1, told), answering(2, told), dead]
      // Less than a full sweep away: the stream itself requests a quick reading.
      clock.advance(6000)
    }
    if (event === 'status')
      t.match(data, { status: 'DEGRADED', previous: 'HEALTHY', reasons: [{ code: 'broker_unreachable' }, {}] })
    if (event === 'broker') {
      t.match(data, { name: 'kafka-3', status: 'DOWN', previous: 'HEALTHY' })
      break
    }
  }
  t.same(got, ['state', 'alert', 'alert', 'status', 'score', 'broker'])
})

t.test('who comes back with the id of the last event gets no state', async (t) => {
  const { url, cluster, clock } = await build(t)
  const first = await open(t, url)
  t.match(first.response.headers.get('content-type'), /^text\/event-stream/)
  const text = await untilText(first.response, /\n\n/)
  const id = /^id: (\S+)\nevent: state\ndata: \{/.exec(text)?.[1] ?? ''
  t.ok(id)
  first.leave()
  cluster.groups = []
  clock.advance(31_000)
  const second = await open(t, url, { 'last-event-id': id })
  t.match(await untilText(second.response, /event: group\n.*\n\n/), /^id: \S+\nevent: group\ndata: .*"gone":true/)
})

t.test('a quiet stream says that it stands, and how new the last reading is', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const asOf = '2026-01-31T12:00:00.000Z'
  const state = { asOf } as HealthState
  const feed = { state: () => ({ id: 'x-0', state }), since: () => undefined, subscribe: () => () => {}, close() {} }
  app.decorate('monitor', { current: async () => ({}) } as never)
  app.decorate('healthEvents', { feed, attention: { enter: () => () => {} } } as never)
  app.decorateRequest('onceRefused', () => () => {})
  await app.register(drainPlugin)
  await app.register(streamRoutes, { maxStreams: 1, pingMs: 5 })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { response } = await open(t, url)
  t.match(await untilText(response, /event: ping\n.*\n\n/), `\n\nevent: ping\ndata: {"asOf":"${asOf}"}\n\n`)
})

t.test('streams are limited in number; a closed one makes room', async (t) => {
  const { url, app } = await build(t, { KOPS_HEALTH_STREAMS_MAX: '1' })
  const first = await open(t, url)
  const refused = await open(t, url)
  t.equal(refused.response.status, 429)
  t.match(await refused.response.json(), { code: 'too_many_streams' })
  first.leave()
  let status = 429
  while (status === 429) status = (await open(t, url)).response.status
  t.equal(status, 200)
  await app.close()
  t.pass('the service ends though a stream is open')
})

t.test('a stream before anything could be read is an error', async (t) => {
  const reader = plainReader(plainCluster(), { views: () => Promise.reject(new TypeError('defect')) })
  const { url } = await build(t, {}, { reader })
  t.equal((await open(t, url)).response.status, 500)
})

t.test('the stream is documented as one', async (t) => {
  const { app } = await build(t)
  const { paths } = (await app.inject('/docs/json')).json()
  t.match(paths['/api/health/stream'].get, {
    'x-role': 'viewer',
    parameters: [{ in: 'header', name: 'last-event-id' }],
    responses: { 200: { content: { 'text/event-stream': {} } } }
  })
  t.ok(paths['/api/health/history'].get)
})

t.test('history is refused without Prometheus, queried with it, and wrong requests name the field', async (t) => {
  const without = await build(t)
  await t.rejects(without.client.call(endpoints.healthHistory, { query: { metric: 'score' } }), {
    code: 'prometheus_not_configured'
  })
  const prometheus = {
    range: async () => ({ series: [{ labels: {}, points: [] }], warnings: [] }),
    close: async () => {}
  }
  const { client, url } = await build(t, {}, { prometheus })
  t.match(await client.call(endpoints.healthHistory, { query: { metric: 'score' } }), { unit: 'points', series: [{}] })
  for (const [search, field] of [
    ['metric=nonsense', 'metric'],
    ['', 'metric'],
    ['metric=score&step=0', 'step'],
    ['metric=score&from=yesterday', 'from'],
    ['metric=score&query=up', 'query']
  ] as const) {
    const response = await fetch(`${url}/api/health/history?${search}`)
    t.equal(response.status, 400, search)
    t.match(await response.json(), { code: 'validation_failed', errors: [{ field }] }, search)
  }
})

t.test('events are written to Kafka where that is set, and counted', async (t) => {
  const written: string[] = []
  const wrote = new EventTarget()
  const eventWriter = {
    place: async () => [],
    async write(topic: string, records: readonly unknown[]) {
      for (const _ of records) written.push(topic)
      wrote.dispatchEvent(new Event('written'))
      return records.map((_, offset) => ({ status: 'acknowledged' as const, partition: 0, offset }))
    },
    close: async () => {
      written.push('closed')
    }
  }
  const off = await build(t, {}, { eventWriter })
  await off.client.call(endpoints.healthStatus, {})
  await off.app.close()
  t.same(written, [], 'not by itself')

  const { app, client } = await build(t, { KOPS_HEALTH_EVENTS: 'true' }, { eventWriter })
  await client.call(endpoints.healthStatus, {})
  while (!written.includes('health-status') || !written.includes('health-scores')) await once(wrote, 'written')
  await new Promise((resolve) => setImmediate(resolve))
  const { body } = await app.inject('/metrics')
  t.match(body, /kops_health_events_published_total\{topic="health-status",outcome="acknowledged"\} 7/)
  await app.close()
  t.equal(written.at(-1), 'closed')
})

t.test('labels of this cluster in Prometheus are name=value', async (t) => {
  t.equal(loadConfig({ KOPS_PROMETHEUS_LABELS: 'cluster=c,job=health-service' }).KOPS_PROMETHEUS_LABELS.length, 28)
  for (const value of ['cluster', 'a b=c', '="x"']) {
    t.throws(() => loadConfig({ KOPS_PROMETHEUS_LABELS: value }), /KOPS_PROMETHEUS_LABELS/, value)
  }
  t.throws(() => loadConfig({ KOPS_HEALTH_EVENTS_HEARTBEAT_MS: '5' }), /KOPS_HEALTH_EVENTS_HEARTBEAT_MS/)
})
