import t from 'tap'
import { KopsError } from '#shared/errors/catalog.ts'
import type { RecordToWrite, WriteResult } from '#shared/kafka/records/port.ts'
import { createDeadLetterWriter, deadLetterTopic } from '#shared/streams/dead-letters/dead-letter-writer.ts'
import { parseDeadLetter } from '#shared/streams/dead-letters/headers.ts'

const record = {
  ...{ topic: 'orders', partition: 2, offset: 41, timestampMs: 1_700_000_000_000, sizeBytes: 3 },
  key: Buffer.from('k'),
  value: Buffer.from([0xff, 0xfe]),
  headers: [['trace', Buffer.from('t1')]] as [string, Buffer | null][]
}

function writing(result: WriteResult) {
  const written: { topic: string; record: RecordToWrite | undefined }[] = []
  const writer = createDeadLetterWriter({
    ...{ group: 'g', deadlineMs: 10 },
    writer: {
      async write(topic, [first]) {
        written.push({ topic, record: first })
        return [result]
      }
    }
  })
  return { writer, written }
}

t.test('a letter is the record itself, with its death in the headers', async (t) => {
  const { writer, written } = writing({ status: 'acknowledged', partition: 0, offset: 0 })
  await writer.put(record, new SyntaxError('not JSON'), 3)
  t.equal(written[0]?.topic, deadLetterTopic('orders'))
  const letter = written[0]?.record
  t.match(letter, { key: record.key, value: record.value, timestampMs: record.timestampMs })
  t.same(letter?.headers[0], ['trace', Buffer.from('t1')])
  t.match(parseDeadLetter(letter?.headers ?? []), {
    ...{ format: 'share-group', topic: 'orders', partition: 2, offset: 41, timestampMs: record.timestampMs },
    ...{ group: 'g', errorClass: 'SyntaxError', message: 'not JSON', deliveries: 3 }
  })
})

t.test('a record without a timestamp gets none, and what is no error is told as it is', async (t) => {
  const { writer, written } = writing({ status: 'acknowledged', partition: 0, offset: 0 })
  await writer.put({ ...record, timestampMs: -1 }, 'no', 1)
  t.notOk('timestampMs' in Object(written[0]?.record))
  t.match(parseDeadLetter(written[0]?.record?.headers ?? []), {
    timestampMs: null,
    errorClass: 'string',
    message: 'no'
  })
})

for (const status of ['refused', 'indeterminate'] as const) {
  t.test(`a letter that is ${status} is not written`, async (t) => {
    const error = new KopsError('not_enough_replicas', 'too few')
    const { writer } = writing({ status, partition: 0, error })
    await t.rejects(writer.put(record, new Error('x'), 1), { code: 'not_enough_replicas' })
  })
}
