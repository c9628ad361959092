import t from 'tap'
import { createOutbox } from '#services/load-test/adapters/load-workers/outbox.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { RecordWriter, WriteResult } from '#shared/kafka/records/port.ts'

const unclear = new KopsError('kafka_timeout', 'no answer')

/** A writer that decides about each call, and what it has written. */
function writerOf(decide: (call: number, values: string[]) => WriteResult['status'][]) {
  const written: string[][] = []
  let calls = 0
  const writer: Pick<RecordWriter, 'write'> = {
    async write(_topic, records) {
      const values = records.map(({ value }) => String(value))
      written.push(values)
      const statuses = decide(calls++, values)
      await new Promise((resolve) => setImmediate(resolve))
      return statuses.map(
        (status, offset): WriteResult =>
          status === 'acknowledged' ? { status, partition: 1, offset } : { status, partition: 1, error: unclear }
      )
    }
  }
  return { writer, written }
}
const never = () => {
  throw new Error('nothing is dropped')
}

t.test('what is put in while it writes goes next, together and in order', async (t) => {
  const { writer, written } = writerOf((_, values) => values.map(() => 'acknowledged'))
  const box = createOutbox({ writer, topic: 'x', partition: 1, onDropped: never })
  for (const value of ['a', 'b', 'c']) box.put(value)
  await box.close()
  t.same(written, [['a'], ['b', 'c']])
})

t.test('what may not have been written is sent again before what follows it', async (t) => {
  const { writer, written } = writerOf((call, values) =>
    values.map((_, nth) => (call === 1 && nth > 0 ? 'indeterminate' : 'acknowledged'))
  )
  const box = createOutbox({ writer, topic: 'x', partition: 1, onDropped: never })
  for (const value of ['a', 'b', 'c', 'd']) box.put(value)
  await box.close()
  t.same(written, [['a'], ['b', 'c', 'd'], ['c', 'd']])
})
