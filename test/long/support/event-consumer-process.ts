/**
 * A consumer of events that can be killed: `node event-consumer-process.ts <topic> <group> <file>`. It appends a line to the file for
 * each record that it has handled, `<pid> <key> <number>`, takes up to 20 ms for each, fails now and then in passing, and cannot read
 * values that are `bad`. SIGTERM ends it as a service ends.
 */
import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '#shared/clock.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createGroupConsumer } from '#shared/kafka/consuming/group-consumer.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { createDeadLetterWriter } from '#shared/streams/dead-letters/dead-letter-writer.ts'
import { createSlots } from '#shared/streams/keyed-work.ts'
import { createPartitionWork } from '#shared/streams/partition-work.ts'
import { connection } from '../../integration/support/under-test.ts'

const [topic = '', group = '', file = ''] = process.argv.slice(2)
const reader = createClusterReader(connection)
const writer = createRecordWriter(connection)
const slots = createSlots(16)
const deadLetters = createDeadLetterWriter({ writer, group, deadlineMs: 5000 })

const consumer = createGroupConsumer({
  ...{ ...connection, group, topics: [topic], fromBeginning: true, lookEveryMs: 500 },
  async existing(names) {
    const { value } = await reader.metadata({ topics: [...names], deadlineMs: 2000 })
    return value.topics.map(({ name, partitions }) => ({ name, partitions: partitions.length }))
  },
  createWork: (_topic, _partition, from) =>
    createPartitionWork({
      ...{ from, slots, deadLetters, mostAttempts: 20, backoff: { firstMs: 10, longestMs: 100 }, mostOpen: 500 },
      ...{ clock: systemClock, random: Math.random },
      observer: { retried() {}, buried() {}, refused() {}, stuck() {} },
      async handle({ key, value }) {
        await delay(Math.random() * 20)
        if (String(value) === 'bad') throw new KopsError('event_invalid', 'bad')
        if (Math.random() < 0.02) throw new KopsError('kafka_timeout', 'in passing')
        appendFileSync(file, `${process.pid} ${key} ${value}\n`)
      }
    }),
  onProblem: (error, what) => console.error(what, error)
})
consumer.start()

process.once('SIGTERM', async () => {
  await consumer.close()
  await Promise.all([reader.close(), writer.close()])
})
