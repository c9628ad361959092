import t from 'tap'
import { type Format, showRecord } from '#services/admin/domain/messages/render.ts'
import type { LogRecord } from '#shared/kafka/records/port.ts'

const cases: [name: string, bytes: Buffer | string | null, format: Format, encoding: string | null, value: unknown][] =
  [
    ['a JSON object', '{"a":[1]}', 'auto', 'json', { a: [1] }],
    ['a JSON array', ' [1]', 'auto', 'json', [1]],
    ['a number is text unless JSON is asked for', '12', 'auto', 'text', '12'],
    ['a number as JSON', '12', 'json', 'json', 12],
    ['text as JSON stays text', 'hello', 'json', 'text', 'hello'],
    ['JSON as text', '{"a":1}', 'text', 'text', '{"a":1}'],
    [
      'an integer that JSON would change is text',
      '{"id":12345678901234567891}',
      'auto',
      'text',
      '{"id":12345678901234567891}'
    ],
    [
      'such digits in a string are JSON',
      '{"id":"12345678901234567891"}',
      'auto',
      'json',
      { id: '12345678901234567891' }
    ],
    ['a fraction with many digits is JSON', '{"x":0.1234567890123456}', 'auto', 'json', { x: 0.1234567890123456 }],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe]), 'auto', 'base64', '//4='],
    ['bytes that are no text, asked for as text', Buffer.from([0, 1]), 'text', 'base64', 'AAE='],
    ['anything as base64', 'hi', 'base64', 'base64', 'aGk='],
    ['an empty value is text', '', 'auto', 'text', ''],
    ['a tombstone', null, 'auto', null, null]
  ]

for (const [name, bytes, format, encoding, value] of cases) {
  t.test(name, async (t) => {
    const shown = showRecord(recordOf(bytes === null ? null : Buffer.from(bytes)), undefined, format, {})
    t.equal(shown?.valueEncoding, encoding)
    t.same(shown?.value, value)
  })
}

t.test('a filter matches values that contain it, and no record without a value', async (t) => {
  t.ok(showRecord(recordOf(Buffer.from('abc')), undefined, 'base64', { valueContains: 'bc' }))
  t.equal(showRecord(recordOf(Buffer.from('abc')), undefined, 'auto', { valueContains: 'x' }), undefined)
  t.equal(showRecord(recordOf(null), undefined, 'auto', { valueContains: 'x' }), undefined)
  t.equal(showRecord(recordOf(Buffer.from('abc')), undefined, 'auto', { keyContains: 'a' }), undefined)
})

t.test('a time that is none is null', async (t) => {
  for (const timestampMs of [-1, 1e20]) {
    t.match(showRecord({ ...recordOf(null), timestampMs }, undefined, 'auto', {}), { timestamp: null })
  }
})

t.test('what nests too deeply for a serializer is shown as written', async (t) => {
  const nested = (levels: number) => `${'['.repeat(levels)}"[[{",1234567890123456789${']'.repeat(levels)}`
  for (const format of ['auto', 'json', 'text'] as const) {
    const deep = nested(100_000)
    t.match(showRecord(recordOf(Buffer.from(deep)), undefined, format, {}), { value: deep, valueEncoding: 'text' })
  }
  t.match(showRecord(recordOf(Buffer.from(nested(200))), undefined, 'json', {}), { valueEncoding: 'json' })
  t.match(showRecord(recordOf(Buffer.from(nested(201))), undefined, 'json', {}), { valueEncoding: 'text' })
})

function recordOf(value: Buffer | null): LogRecord {
  return { partition: 0, offset: 1, timestampMs: 1000, key: null, value, headers: [], sizeBytes: 1 }
}
