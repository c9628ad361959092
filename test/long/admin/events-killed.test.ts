import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import t from 'tap'
import { independentAdmin, ownTopic } from '../../integration/admin/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { kafkajsConnection } from '../../integration/support/under-test.ts'

t.setTimeout(300_000)

const keys = 40
const perKey = 250
/** Every so many records, one that nobody can read. */
const badEvery = 50
/** Records that have been handled when a consumer is killed. */
const kills = [1500, 4000, 6500]
const patienceMs = 60_000

const kafka = new kafkajs.Kafka({ clientId: 'test', ...kafkajsConnection, logLevel: kafkajs.logLevel.NOTHING })

t.test('consumers killed in the middle handle every event at least once, and those of a key in order', async (t) => {
  const topic = ownTopic(t, 'killed-events')
  const group = topic
  const admin = await independentAdmin(t)
  await admin.createTopics({ topics: [topic, `${topic}.dlq`].map((name) => ({ topic: name, numPartitions: 3 })) })
  t.teardown(() => admin.deleteTopics({ topics: [`${topic}.dlq`] }))
  const file = join(t.testdir({}), 'handled')
  await writeFile(file, '')
  const { written, bad } = await writeAll(topic)

  const handled = async () => (await readFile(file, 'utf8')).split('\n').slice(0, -1)
  const start = (): ChildProcess => {
    const child = fork(join(import.meta.dirname, '../support/event-consumer-process.ts'), [topic, group, file])
    t.teardown(() => child.kill('SIGKILL'))
    return child
  }
  for (const count of kills) {
    const child = start()
    await eventually(`${count} are handled`, handled, ({ length }) => length >= count, patienceMs)
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const last = start()
  const isComplete = (lines: string[]) => new Set(lines.map(withoutPid)).size >= written - bad.length
  await eventually('all are handled', handled, isComplete, patienceMs)
  const ends = await admin.fetchTopicOffsets(topic)
  last.kill('SIGTERM')
  await once(last, 'exit')
  t.equal(last.exitCode, 0)

  const lines = await handled()
  t.equal(new Set(lines.map(withoutPid)).size, written - bad.length)
  t.ok(lines.length > written - bad.length, 'some were handled twice: the kills were in the middle')
  const lives = Map.groupBy(lines, (line) => line.slice(0, line.lastIndexOf(' ')))
  let unordered = 0
  for (const ofKey of lives.values()) {
    const numbers = ofKey.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
    unordered += numbers.filter((number, nth) => nth > 0 && number <= (numbers[nth - 1] ?? 0)).length
  }
  t.equal(unordered, 0, 'each consumer has handled the events of a key in order, each once')
  for (let key = 0; key < keys; key += 1) {
    const seen: number[] = []
    for (const line of lines.map(withoutPid)) {
      const [of, number] = line.split(' ')
      if (of === `k${key}` && !seen.includes(Number(number))) seen.push(Number(number))
    }
    t.same(
      seen,
      seen.toSorted((a, b) => a - b),
      `k${key}: none was handled before one that came earlier`
    )
  }

  const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  t.same(
    committed?.partitions.map(({ partition, offset }) => [partition, offset]).toSorted(),
    ends.map(({ partition, high }) => [partition, high]).toSorted(),
    'one that ends by itself has committed everything'
  )
  t.same([...new Set(await deadLetters(topic))].toSorted(), bad.toSorted())
})

const withoutPid = (line: string) => line.slice(line.indexOf(' ') + 1)

/** Numbers of each key in order. @returns the places of those that are bad */
async function writeAll(topic: string): Promise<{ written: number; bad: string[] }> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const bad: string[] = []
  let written = 0
  for (let number = 0; number < perKey; number += 1) {
    const messages = Array.from({ length: keys }, (_, key) => {
      const isBad = ++written % badEvery === 0
      const id = `k${key}-${number}`
      if (isBad) bad.push(id)
      return { key: `k${key}`, value: isBad ? 'bad' : String(number), headers: { id } }
    })
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
  return { written, bad }
}

/** The ids of the records in the dead-letter topic. */
async function deadLetters(topic: string): Promise<string[]> {
  const admin = kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(`${topic}.dlq`)
  await admin.disconnect()
  const total = ends.reduce((sum, { high }) => sum + Number(high), 0)
  const reader = kafka.consumer({ groupId: `${topic}-letters` })
  await reader.connect()
  await reader.subscribe({ topics: [`${topic}.dlq`], fromBeginning: true })
  const ids: string[] = []
  await new Promise<void>((resolve) => {
    reader.run({
      async eachMessage({ message }) {
        ids.push(String(message.headers?.['id']))
        if (ids.length === total) resolve()
      }
    })
  })
  await reader.disconnect()
  return ids
}
