import { createRandom } from '#shared/seeded-random.ts'

/** A log event to produce: the key decides its partition. */
export interface LogEvent {
  key: string
  value: string
}

/** Generates the events of one run, one by one. */
export type LogEventSource = (timestampMs: number) => LogEvent

const services = [
  { name: 'api-gateway', hosts: 4, logger: 'com.acme.gateway.AccessLog' },
  { name: 'checkout', hosts: 3, logger: 'com.acme.checkout.OrderController' },
  { name: 'payment', hosts: 3, logger: 'com.acme.payment.PaymentClient' },
  { name: 'inventory', hosts: 2, logger: 'com.acme.inventory.StockRepository' },
  { name: 'search', hosts: 4, logger: 'com.acme.search.QueryHandler' },
  { name: 'notification', hosts: 2, logger: 'com.acme.notification.MailSender' },
  { name: 'auth', hosts: 2, logger: 'com.acme.auth.TokenService' },
  { name: 'recommendation', hosts: 3, logger: 'com.acme.recommend.ModelServer' }
]
const routes = [
  { method: 'GET', path: '/api/v1/products', message: 'Listed products of category' },
  { method: 'GET', path: '/api/v1/products/{id}', message: 'Served product' },
  { method: 'POST', path: '/api/v1/orders', message: 'Accepted order' },
  { method: 'GET', path: '/api/v1/orders/{id}', message: 'Served order' },
  { method: 'PUT', path: '/api/v1/carts/{id}/items', message: 'Updated cart' },
  { method: 'DELETE', path: '/api/v1/carts/{id}', message: 'Emptied cart' },
  { method: 'POST', path: '/api/v1/sessions', message: 'Opened session for user' },
  { method: 'GET', path: '/api/v1/search', message: 'Answered query' }
]
const regions = ['eu-central-1', 'eu-west-1', 'us-east-1']
const failures = [
  { status: 500, error: 'java.net.SocketTimeoutException: Read timed out after 3000 ms' },
  { status: 502, error: 'upstream connect error or disconnect/reset before headers' },
  { status: 503, error: 'HikariPool-1 - Connection is not available, request timed out after 5000ms' }
]
const rejections = [400, 401, 403, 404, 409, 429]

/**
 * Application logs of a gateway and seven services: 400 to 600 bytes of JSON, no two alike (trace, span, user, product,
 * address and duration differ), one in twenty a rejection, one in a hundred a failure. The key is the trace, so that
 * the events of one request stay in order and requests spread over all partitions.
 * @param seed the same seed generates the same events, except for their timestamps
 */
export function createLogEventSource(seed: number): LogEventSource {
  const random = createRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
  const hex = (words: number) => {
    let text = ''
    for (let i = 0; i < words; i += 1) text += below(0x100000000).toString(16).padStart(8, '0')
    return text
  }

  return (timestampMs) => {
    const service = pick(services)
    const route = pick(routes)
    const traceId = hex(4)
    const lot = random()
    const failure = lot < 0.01 ? pick(failures) : undefined
    const status = failure?.status ?? (lot < 0.06 ? pick(rejections) : route.method === 'POST' ? 201 : 200)
    const subject = 100_000 + below(900_000)
    // Service durations have a long tail.
    const durationMs = Math.round(Math.exp(1.5 + random() * 3 + (failure ? 3 : 0)) * 100) / 100
    const event = {
      timestamp: new Date(timestampMs).toISOString(),
      level: failure ? 'ERROR' : status >= 400 ? 'WARN' : lot < 0.25 ? 'DEBUG' : 'INFO',
      service: service.name,
      version: `2.${service.name.length}.${service.hosts}`,
      host: `${service.name}-${below(service.hosts) + 1}.${pick(regions)}.internal`,
      thread: `http-nio-8080-exec-${below(64) + 1}`,
      logger: service.logger,
      traceId,
      spanId: hex(2),
      requestId: hex(4),
      message: `${route.message} ${subject} in ${durationMs} ms`,
      http: {
        method: route.method,
        path: route.path.replace('{id}', String(subject)),
        status,
        durationMs,
        bytes: below(48_000)
      },
      user: { id: `u-${below(2_000_000)}`, session: hex(3), ip: `10.${below(256)}.${below(256)}.${below(256)}` },
      ...(failure ? { error: failure.error } : {})
    }
    return { key: traceId, value: JSON.stringify(event) }
  }
}
