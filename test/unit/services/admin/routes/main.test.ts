import t from 'tap'
import { describeCaller } from '#services/admin/domain/events/main.ts'
import { prefersHtml } from '#shared/http/prefers-html.ts'
import { buildNowhere } from '../../../services-without-cluster.ts'

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

const cases: { accept: string | undefined; html: boolean }[] = [
  { accept: undefined, html: false },
  { accept: '', html: false },
  { accept: '*/*', html: false },
  { accept: 'application/json', html: false },
  { accept: browser, html: true },
  { accept: 'text/html', html: true },
  { accept: 'TEXT/HTML; charset=utf-8', html: true },
  { accept: 'text/*', html: true },
  { accept: 'text/html, application/json', html: false },
  { accept: 'text/html;q=0.5, application/json;q=0.4', html: true },
  { accept: 'text/html;q=0.4, */*;q=0.5', html: false },
  { accept: 'text/html;q=0', html: false },
  { accept: 'text/html;q=nonsense', html: false },
  { accept: `${','.repeat(10_000)}text/html`, html: false }
]

for (const { accept, html } of cases) {
  t.test(`Accept ${accept?.slice(0, 80) ?? '(none)'}: ${html ? 'a page' : 'JSON'}`, async (t) => {
    t.equal(prefersHtml(accept), html)
  })
}

t.test('the chain has the proxies between the user and the service', async (t) => {
  const pod = { hostname: 'h', os: 'Linux', name: null, namespace: null, node: null }
  const of = (...addresses: string[]) => describeCaller(addresses, pod, new Date(0))
  t.match(of('127.0.0.1'), { user_ip: '127.0.0.1', proxy_chain: [], timestamp: '1970-01-01T00:00:00.000Z', pod })
  t.match(of('10.0.0.1', '10.0.0.2', '203.0.113.9'), { user_ip: '203.0.113.9', proxy_chain: ['10.0.0.2', '10.0.0.1'] })
})

t.test('GET / answers programs with JSON and browsers with the console, without a cluster too', async (t) => {
  const app = await buildNowhere(t, 'admin', { KOPS_POD_NAME: 'kops-0', KOPS_TRUSTED_PROXIES: '127.0.0.1' })
  const answer = await app.inject({ url: '/', headers: { accept: '*/*', 'x-forwarded-for': '203.0.113.9' } })
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers.vary, 'accept')
  t.match(answer.json(), { user_ip: '203.0.113.9', proxy_chain: ['127.0.0.1'], pod: { name: 'kops-0', node: null } })
  const page = await app.inject({ url: '/', headers: { accept: browser } })
  t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', vary: 'accept' })

  const status = await app.inject('/kafka/status')
  t.match(status.json(), {
    kafka_producer: 'disconnected',
    producer_statistics: { messages_sent: 0, messages_queued: 4, messages_dropped: 0 }
  })
})

t.test('the answers have what the time service has, and perhaps more', async (t) => {
  const app = await buildNowhere(t, 'admin', { KOPS_EVENTS_PUBLISH: 'off' })
  t.same((await app.inject('/healthz')).json(), { status: 'healthy' })
  const status = (await app.inject('/kafka/status')).json()
  t.match(status, {
    kafka_producer: String,
    kafka_consumer: String,
    consumer_topics: ['simple-time-service-events', 'simple-time-service-requests'],
    consumer_handlers: ['http_request', 'http_response', 'error']
  })
  const flushed = await app.inject({ method: 'POST', url: '/kafka/flush' })
  t.match(flushed.json(), { status: 'success', message: 'Kafka producer flushed' })
  await app.inject('/')
  t.equal(
    (await app.inject('/kafka/status')).json().producer_statistics.messages_queued,
    0,
    'off: nothing is published'
  )
})

t.test('the queue is bounded: what does not fit is dropped, and requests are answered', async (t) => {
  const app = await buildNowhere(t, 'admin', { KOPS_EVENTS_QUEUE_MAX: '3' })
  for (let nth = 0; nth < 4; nth += 1) t.equal((await app.inject('/')).statusCode, 200)
  const { producer_statistics } = (await app.inject('/kafka/status')).json()
  t.match(producer_statistics, { messages_queued: 3, messages_dropped: 5 })
  const metrics = (await app.inject('/metrics')).body
  t.match(metrics, /kops_events_dropped_total\{topic="simple-time-service-requests"\} 5/)
})
