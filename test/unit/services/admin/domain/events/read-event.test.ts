import t from 'tap'
import { readEvent } from '#services/admin/domain/events/read-event.ts'

const timestamp = '2026-01-31T12:34:56.789Z'
const custom = { timestamp, event_type: 'user_signup', data: { a: 1 } }
const request = { timestamp, event_type: 'http_request', data: { user_ip: '::1', method: 'GET', endpoint: '/' } }
const response = {
  ...{ timestamp, event_type: 'http_response' },
  data: { user_ip: '::1', status_code: 200, response_time_ms: 45.5 }
}
const error = {
  ...{ timestamp, event_type: 'error' },
  data: { error_message: 'Database connection failed', error_type: 'database_error', service: 'auth-service' }
}

t.test('the events of the time service are events, with further fields too', async (t) => {
  for (const event of [custom, request, response, error]) {
    t.same(readEvent(Buffer.from(JSON.stringify(event))), event)
    const more = { ...event, version: 2, data: { ...event.data, more: [] } }
    t.same(readEvent(Buffer.from(JSON.stringify(more))), more)
  }
})

t.test('times are those of RFC 3339', (t) => {
  const times: [time: string, isOne: boolean][] = [
    ['2026-01-31T12:34:56.789Z', true],
    ['2026-11-30T00:00:00Z', true],
    ['2026-12-31T23:59:59.1Z', true],
    ['2024-02-29T12:00:00Z', true],
    ['2026-02-29T12:00:00Z', false],
    ['2026-02-30T12:00:00Z', false],
    ['2026-04-31T12:00:00Z', false],
    ['2026-00-10T12:00:00Z', false],
    ['2026-13-10T12:00:00Z', false],
    ['2026-01-32T12:00:00Z', false],
    ['2026-01-00T12:00:00Z', false],
    ['2026-01-31T24:00:00Z', false],
    ['2026-01-31T12:60:00Z', false],
    ['2026-01-31T23:59:60Z', true],
    ['2026-01-31T12:34:60Z', false],
    ['2026-01-31T12:34:56.789+02:00', true],
    ['2026-01-31T12:34:56.789', false],
    ['2026-01-31T12:34:56.Z', false],
    ['2026-01-31 12:34:56Z', false],
    ['2026-01-31T12:34:56Z\n', false],
    ['2026-01-31', false]
  ]
  for (const [time, isOne] of times) {
    const bytes = Buffer.from(JSON.stringify({ ...custom, timestamp: time }))
    if (isOne) t.equal(readEvent(bytes).timestamp, time)
    else t.throws(() => readEvent(bytes), { code: 'event_invalid', errors: [{ field: 'timestamp' }] }, time)
  }
  t.end()
})

const invalid: { name: string; value: Buffer | object | null; says: RegExp; fields?: string[] }[] = [
  { name: 'no value', value: null, says: /no value/ },
  { name: 'bytes that are no text', value: Buffer.from([0x7b, 0xff, 0x7d]), says: /UTF-8/ },
  { name: 'text that is no JSON', value: Buffer.from('{"event_type":'), says: /JSON/ },
  { name: 'JSON that is no object', value: ['x'], says: /event must be object/, fields: ['event'] },
  { name: 'no time', value: { event_type: 'x', data: {} }, says: /timestamp is required/, fields: ['timestamp'] },
  { name: 'a time of another kind', value: { ...custom, timestamp: 'noon' }, says: /timestamp/, fields: ['timestamp'] },
  { name: 'no type', value: { ...custom, event_type: '' }, says: /event_type/, fields: ['event_type'] },
  { name: 'data that are a list', value: { ...custom, data: [] }, says: /data/, fields: ['data'] },
  {
    name: 'a request with more than it may have',
    value: {
      ...request,
      data: { ...request.data, ...Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [n, n])) }
    },
    says: /data/,
    fields: ['data']
  },
  {
    name: 'a request without its fields',
    value: { ...request, data: {} },
    says: /data.user_ip is required; data.method is required; data.endpoint is required/,
    fields: ['data.user_ip', 'data.method', 'data.endpoint']
  },
  {
    name: 'a response with a status that is none',
    value: { ...response, data: { ...response.data, status_code: '200' } },
    says: /data.status_code must be integer/,
    fields: ['data.status_code']
  },
  {
    name: 'an error without a service',
    value: { ...error, data: { ...error.data, service: '' } },
    says: /data.service/,
    fields: ['data.service']
  }
]

for (const { name, value, says, fields } of invalid) {
  t.test(`${name}: the error names what is wrong`, async (t) => {
    const bytes = value === null || Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))
    const expected = {
      code: 'event_invalid',
      message: says,
      ...(fields && { errors: fields.map((field) => ({ field })) })
    }
    t.throws(() => readEvent(bytes), expected)
  })
}
