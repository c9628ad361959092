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
