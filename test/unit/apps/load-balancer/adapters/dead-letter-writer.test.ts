import t from 'tap'
import { createDeadLetterWriter } from '#apps/load-balancer/adapters/dead-letter-writer.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { RecordToWrite, WriteResult } from '#shared/kafka/records/port.ts'
import { parseDeadLetter } from '#shared/streams/dead-letters/headers.ts'
import { manualClock } from '../../../manual-clock.ts'

const record = {
  offset: 42,
  timestampMs: 1_702_468_800_123,
  key: Buffer.from('12345'),
  value: Buffer.from('{}'),
  headers: [['trace', Buffer.from('abc')] satisfies [string, Buffer]]
}
const problem = { errorClass: 'ValidationError', message: 'request_id is required' }

function letters(outcomes: (() => WriteResult[])[]) {
  const written: { topic: string; record: RecordToWrite | undefined }[] = []
  const said: string[] = []
  const stop = new AbortController()
  const writer = createDeadLetterWriter({
    writer: {
      async write(topic, [record]) {
        written.push({ topic, record })
        return outcomes.shift()?.() ?? [{ status: 'acknowledged', partition: 0, offset: 7 }]
      }
    },
    ...{ topic: 'load-balancer-requests', group: 'load-balancer-group', clock: manualClock() },
    ...{ signal: stop.signal, say: (line) => said.push(line) }
  })
  return { writer, written, said, stop }
}

t.test('a dead letter is the record as it was, with where it comes from and what is wrong with it', async (t) => {
  const { writer, written, said } = letters([])
  await writer.put(2, record, problem)
  t.match(written, [
    {
      topic: 'load-balancer-requests.dlq',
      record: { key: record.key, value: record.value, timestampMs: record.timestampMs }
    }
  ])
  const { headers = [] } = written[0]?.record ?? {}
  t.equal(headers.find(([name]) => name === 'trace')?.[1]?.toString(), 'abc')
  t.match(parseDeadLetter(headers), {
    ...{
      format: 'share-group',
      topic: 'load-balancer-requests',
      partition: 2,
      offset: 42,
      timestampMs: record.timestampMs
    },
    ...{ group: 'load-balancer-group', deliveries: 1, ...problem }
  })
  t.same(said, ['load-balancer-requests-2:42 went to load-balancer-requests.dlq: request_id is required'])
})

t.test('it is written again until it is acknowledged, and said once why that takes so long', async (t) => {
  const error = new KopsError('kafka_timeout', 'no answer')
  const { writer, written, said } = letters([
    () => {
      throw new KopsError('topic_not_found', 'there is no queue')
    },
    () => [{ status: 'indeterminate', partition: 0, error }],
    () => [{ status: 'refused', partition: 0, error }]
  ])
  await writer.put(2, record, problem)
  t.equal(written.length, 4)
  t.match(said, [/^load-balancer-requests-2 waits at 42, because .* there is no queue$/, /went to/])
})

t.test('it ends with the signal only', async (t) => {
  const { writer, stop } = letters([
    () => {
      stop.abort(new Error('the end'))
      throw new Error('away')
    }
  ])
  await t.rejects(writer.put(2, record, problem), { message: 'the end' })
})
