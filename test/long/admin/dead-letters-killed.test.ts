import t from 'tap'
import type { ReplayResult } from '#shared/contracts/dead-letter-changes.ts'
import type { DeadLetterQueueList } from '#shared/contracts/dead-letters.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { ask, ownTopic } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { startServiceProcess } from '../../integration/support/service-process.ts'
import { connection, kafkaSettings } from '../../integration/support/under-test.ts'

t.setTimeout(300_000)

const total = 3000
const kills = 4

t.test(
  'kill -9 in the middle of replays: nothing arrives twice unless it was asked for, and nothing is lost',
  async (t) => {
    const origin = ownTopic(t, 'dlq-killed')
    const queue = `${origin}.dlq`
    t.teardown(() => ask('DELETE', `/api/topics/${queue}?force=true&reason=test`))
    for (const topic of [origin, queue]) {
      t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=3&replicationFactor=3`)).status, 201)
    }
    const writer = createRecordWriter(connection)
    t.teardown(() => writer.close())
    const letters = Array.from({ length: total }, (_, index) => ({
      key: Buffer.from(`k${index}`),
      value: Buffer.from(String(index)),
      headers: [
        ['__dlq.errors.topic', Buffer.from(origin)],
        ['__dlq.errors.partition', Buffer.from(String(index % 3))]
      ] as [string, Buffer][]
    }))
    const written = await writer.write(queue, letters, { deadlineMs: 20_000 })
    t.ok(written.every(({ status }) => status === 'acknowledged'))
    const reader = createRecordReader(connection)
    t.teardown(() => reader.close())
    const valuesIn = async (topic: string) => {
      const values: string[] = []
      const bounds = { isolation: 'read_uncommitted' as const, bytes: 100_000_000, deadlineMs: 20_000 }
      await reader.readForward(topic, { ...bounds, start: { at: 'earliest' } }, ({ value }) => {
        values.push(String(value))
        return true
      })
      return values
    }

    const dataDir = t.testdir()
    const start = () =>
      startServiceProcess(t, 'admin', {
        dataDir,
        ready: '/api/dead-letters',
        env: { ...kafkaSettings, KOPS_AUDIT: 'spool' }
      })
    const path = `/api/dead-letters/${queue}/replay`
    for (let kill = 0; kill < kills; kill++) {
      const service = await start()
      const before = (await valuesIn(origin)).length
      const running = service.ask('POST', path, { limit: total, maxPerSecond: 400 }).catch(() => undefined)
      await eventually(
        'some letters have arrived',
        async () => (await valuesIn(origin)).length,
        (now) => now > before,
        20_000
      )
      await service.kill()
      await running
      const values = await valuesIn(origin)
      t.equal(
        new Set(values).size,
        values.length,
        `after kill ${kill + 1}, ${values.length} letters are there once each`
      )
    }

    const service = await start()
    const rest = await service.ask<ReplayResult>('POST', path, { limit: total, maxPerSecond: 100_000 })
    t.match(rest, { status: 200, body: { applied: true } })
    const once = await valuesIn(origin)
    t.equal(new Set(once).size, once.length)
    const unconfirmed = rest.body.skipped.find(({ reason }) => reason === 'unconfirmed')?.letters ?? 0
    const missing = total - once.length
    t.comment(`${kills} kills: ${once.length} of ${total} arrived, ${missing} did not, ${unconfirmed} are unconfirmed`)
    t.ok(missing <= unconfirmed, 'what has not arrived is unconfirmed')
    const list = await service.ask<DeadLetterQueueList>('GET', '/api/dead-letters')
    t.match(
      list.body.queues.find(({ topic }) => topic === queue),
      { undecided: unconfirmed, unconfirmed }
    )
    const all = { limit: total, maxPerSecond: 100_000, includeUnconfirmed: true }
    t.match(await service.ask<ReplayResult>('POST', path, all), {
      status: 200,
      body: { replayed: unconfirmed, skipped: [] }
    })
    const values = await valuesIn(origin)
    t.equal(new Set(values).size, total, 'every letter has arrived')
    t.equal(values.length, once.length + unconfirmed, 'those that were asked for again may be there twice')
  }
)
