import { Reader, readRecordsBatch } from '@platformatic/kafka'
import t, { type Test } from 'tap'
import { createSureWriter } from '#apps/load-balancer/adapters/sure-writer.ts'
import { startStubLeaders } from '../../../shared/kafka/stub-leaders.ts'

/** POLICY_VIOLATION, which no retry of the producer's own would change. */
const refused = 44

/** A writer to a topic of three partitions that refuses so many requests first; a negative number: it never answers. */
async function writerOf(t: Test, refusals: number) {
  const written: { partition: number; key: string; message: { id: number } }[] = []
  const problems: string[] = []
  let left = refusals
  const leaders = await startStubLeaders({
    ...{ brokers: 2, partitions: 3 },
    receive(batches) {
      if (left < 0) return []
      if (left > 0) {
        left -= 1
        return batches.map(({ partition }) => ({ partition, errorCode: refused, baseOffset: -1 }))
      }
      return batches.map(({ partition, batch }) => {
        const { records } = readRecordsBatch(Reader.from(Buffer.from(batch)))
        for (const { key, value } of records) {
          written.push({ partition, key: String(key), message: JSON.parse(String(value)) })
        }
        return { partition, errorCode: 0, baseOffset: 0 }
      })
    }
  })
  const writer = createSureWriter({
    ...{ bootstrapServers: leaders.bootstrap, clientId: 'kops', topic: 'load-balancer-responses' },
    onProblem: (code) => problems.push(code)
  })
  t.teardown(async () => {
    await writer.close()
    leaders.close()
  })
  await writer.open()
  return { writer, written, problems }
}

const messages = Array.from({ length: 10 }, (_, id) => ({ key: String(id), message: { id } }))

t.test('messages are JSON documents, in the partition of their key', async (t) => {
  const { writer, written } = await writerOf(t, 0)
  await Promise.all([writer.write(messages), writer.write(messages), writer.write([])])
  t.equal(written.length, 20)
  t.same(new Set(written.map(({ key, message }) => `${key} ${message.id}`)).size, 10)
  const places = Map.groupBy(written, ({ key }) => key)
  for (const [key, of] of places) t.equal(new Set(of.map(({ partition }) => partition)).size, 1, key)
})

t.test('what is not acknowledged is sent again, and said so, until it is', async (t) => {
  const { writer, written, problems } = await writerOf(t, 2)
  await writer.write(messages)
  t.same(
    written.map(({ message }) => message.id).toSorted((a, b) => a - b),
    messages.map(({ message }) => message.id)
  )
  t.ok(problems.length >= 2)
  t.same([...new Set(problems)], ['POLICY_VIOLATION'])
})

t.test('closed, it gives up what is not acknowledged', async (t) => {
  const { writer } = await writerOf(t, -1)
  const writing = t.rejects(writer.write(messages), { code: 'kafka_timeout' })
  await writer.close()
  await writing
  await t.rejects(writer.write(messages), { code: 'kafka_timeout' })
})
