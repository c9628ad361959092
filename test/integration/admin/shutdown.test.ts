import kafkajs from 'kafkajs'
import t from 'tap'
import { eventually } from '../support/eventually.ts'
import { startServiceProcess } from '../support/service-process.ts'
import { kafkajsConnection } from '../support/under-test.ts'
import { ask, independentAdmin, ownTopic } from './service.ts'

t.setTimeout(120_000)

/** Callers that publish one event after the other. */
const callers = 16
const enough = 300

/** The `id` of every event in a topic, as another client reads them. */
async function idsIn(topic: string): Promise<Set<string>> {
  const kafka = new kafkajs.Kafka({ clientId: 'kops-test', ...kafkajsConnection, logLevel: kafkajs.logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]))
  const groupId = `${topic}-reader`
  const consumer = kafka.consumer({ groupId })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const ids = new Set<string>()
  let left = [...ends.values()].reduce((sum, end) => sum + end, 0)
  const read = new Promise<void>((resolve) => {
    if (left === 0) resolve()
    void consumer.run({
      eachMessage: async ({ message }) => {
        ids.add(JSON.parse(String(message.value)).data.id)
        left -= 1
        if (left === 0) resolve()
      }
    })
  })
  await read
  await consumer.disconnect()
  await admin.deleteGroups([groupId]).catch(() => {})
  await admin.disconnect()
  return ids
}

t.test('SIGTERM under load: the service ends within 10 s, and no event that it confirmed is missing', async (t) => {
  const topic = ownTopic(t, 'shutdown')
  t.equal((await ask('POST', `/api/topics?topicName=${topic}&partitions=3&replicationFactor=3`)).status, 201)
  const service = await startServiceProcess(t, 'admin', {
    dataDir: t.testdir(),
    ready: '/readyz',
    env: { KOPS_EVENTS_TOPIC: topic, KOPS_EVENTS_REQUESTS_TOPIC: topic, KOPS_EVENTS_GROUP: topic }
  })
  const confirmed = new Set<string>()
  const seen = { refused: 0, broken: 0 }
  let ended = false
  let number = 0

  async function publish(): Promise<void> {
    number += 1
    const id = String(number)
    const answer = await service
      .ask('POST', '/kafka/publish', { event_type: 'shutdown_test', data: { id }, key: id })
      .catch(() => undefined)
    if (answer === undefined) seen.broken += 1
    else if (answer.status < 300) confirmed.add(id)
    else seen.refused += 1
  }

  const calling = Array.from({ length: callers }, async () => {
    while (!ended) await publish()
  })
  await eventually(
    'events are confirmed',
    () => confirmed.size,
    (count) => count >= enough,
    60_000
  )
  const before = confirmed.size
  const { code, signal, ms } = await service.terminate()
  ended = true
  await Promise.all(calling)
  t.comment(
    `${before} events confirmed before SIGTERM, ${confirmed.size - before} after it; gone after ${Math.round(ms)} ms`
  )
  t.same({ code, signal }, { code: 0, signal: null })
  t.ok(ms < 10_000, `${Math.round(ms)} ms`)

  const admin = await independentAdmin(t)
  t.teardown(() => admin.deleteGroups([topic]).catch(() => {}))
  const written = await idsIn(topic)
  t.same(
    [...confirmed].filter((id) => !written.has(id)),
    [],
    'every confirmed event is in the topic'
  )
})
