import t from 'tap'
import { browseMessages } from '#services/admin/domain/messages/browse.ts'
import { parseMaskingRules } from '#services/admin/domain/messages/masking-rules.ts'
import type { LogRecord, RecordReader } from '#shared/kafka/records/port.ts'

/** A reader of values of one partition, as many as are taken. */
function readerOf(values: Buffer[]): RecordReader {
  const read: RecordReader['readForward'] = async (_topic, _options, onRecord) => {
    let records = 0
    for (const value of values) {
      records += 1
      const place = { partition: 0, offset: records - 1, timestampMs: 0, key: null, headers: [] }
      const record: LogRecord = { ...place, value, sizeBytes: value.length }
      if (!onRecord(record)) break
    }
    const finished = records === values.length
    const progress = { partition: 0, logStartOffset: 0, logEndOffset: values.length, position: records, finished }
    return { partitions: [progress], records, bytes: 0, cutBy: finished ? null : 'stopped', warnings: [] }
  }
  return { readForward: read, readBackwards: () => Promise.reject(new Error('not read')), close: async () => {} }
}

const options = { rules: parseMaskingRules(''), maxBytes: 1000, maxMs: 1000, now: () => new Date(0) }
const browse = (values: Buffer[], limit: number) =>
  browseMessages(readerOf(values), 'a', { from: 'earliest', limit }, options)

t.test('a page ends at its limit of messages, or once it shows its limit of bytes', async (t) => {
  const values = Array.from({ length: 10 }, () => Buffer.alloc(300, 'x'))
  const byBytes = await browse(values, 10)
  t.match(byBytes, { cutBy: 'bytes', nextCursor: String })
  t.equal(byBytes.messages.length, 4)
  const byLimit = await browse(values, 3)
  t.match(byLimit, { cutBy: 'limit', nextCursor: String })
  t.equal(byLimit.messages.length, 3)
  t.match(await browse(values.slice(0, 2), 10), { cutBy: null, nextCursor: undefined })
})

t.test('a page with records that nest beyond measure can be serialized', async (t) => {
  const deep = Buffer.from(`${'['.repeat(400)}${']'.repeat(400)}`)
  const page = await browse([deep, Buffer.from('{"a":1}')], 10)
  t.match(page.messages, [{ valueEncoding: 'text' }, { value: { a: 1 } }])
})
