// Runs alone: drills break brokers.
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import t, { type Test } from 'tap'
import type { Problem } from '#shared/contracts/common.ts'
import type { Drill, DrillPlan } from '#shared/contracts/drills.ts'
import { registerSnappy } from '#shared/kafka/verifying/snappy-codec.ts'
import {
  ask,
  assertPassed,
  deleteRecordsBefore,
  drillUntil,
  ended,
  independentAdmin,
  ownTopic,
  reached,
  recordCount,
  startDrill
} from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { agentUnderTest, kafkajsConnection } from '../../integration/support/under-test.ts'

// Drills compress by it, and kafkajs brings no codec.
registerSnappy()
const kafka = new kafkajs.Kafka({
  ...{ clientId: 'kops-test', ...kafkajsConnection },
  ...{ logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 20, initialRetryTime: 200 } }
})
const groupId = `test-billing-${Date.now().toString(36)}`

/** Somebody writes to a topic all the time, until it is stopped. Resolves to how many records were acknowledged. */
async function writeAllTheTime(t: Test, topic: string): Promise<() => Promise<number>> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const stopping = new AbortController()
  let written = 0
  async function write(): Promise<void> {
    while (!stopping.signal.aborted) {
      // One record at a time: where a leader moves to a broker that has answered for others, kafkajs leaves its records out.
      const keys = Array.from({ length: 5 }, (_, nth) => `order-${written + nth}`)
      await Promise.all(keys.map((key) => producer.send({ topic, messages: [{ key, value: 'x'.repeat(200) }] })))
      written += keys.length
      await sleep(50, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const writing = write()
  writing.catch(() => undefined)
  async function stop(): Promise<number> {
    stopping.abort()
    await writing
    await producer.disconnect()
    return written
  }
  t.teardown(() => stop().catch(() => undefined))
  return stop
}

/** Somebody reads a topic all the time. @returns the keys that it got, once each */
async function readAllTheTime(t: Test, topic: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>()
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false })
  await consumer.connect()
  t.teardown(() => consumer.disconnect())
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => void keys.add(String(message.key)) })
  return keys
}

t.test(
  'a drill on a topic that others write to and read counts its own records only, and leaves the topic',
  async (t) => {
    const admin = await independentAdmin(t)
    const topic = await ownTopic(t, admin, 'orders', 6, [{ name: 'min.insync.replicas', value: '1' }])
    const stopWriting = await writeAllTheTime(t, topic)
    const keys = await readAllTheTime(t, topic)
    await eventually(
      'they read',
      () => keys.size,
      (size) => size > 100
    )
    const request = { kind: 'broker-stop', node: 'kafka-2', faultDurationMs: 5000, topic } as const

    const refused = await ask<Problem>('POST', '/api/drills', request)
    t.match(refused, { status: 400, body: { code: 'validation_failed', errors: [{ field: 'confirmTopic' }] } })
    const { body: plan } = await ask<DrillPlan>('POST', '/api/drills/plan', request)
    const guardOf = (name: string) => plan.guards.find((guard) => guard.name === name)
    t.match(guardOf('topic-confirmed'), { passed: false, reading: new RegExp(`go to ${groupId}`) })
    t.match(guardOf('replicas-suffice')?.reading, /its topic: replication factor 3, min.insync.replicas 1/)

    const { id } = await startDrill(t, { ...request, confirmTopic: topic })
    const queued = await startDrill(t, { kind: 'broker-stop', node: 'kafka-1', queueMs: 60_000 })
    t.equal(queued.status, 'queued')
    await drillUntil(queued.id, reached('waiting'))
    const cancelled = await ask<Drill>('POST', `/api/drills/${queued.id}/abort`)
    t.match(cancelled, { status: 200, body: { status: 'aborted', verdict: { result: 'aborted', counts: null } } })
    t.notOk(ended((await ask<Drill>('GET', `/api/drills/${id}`)).body), 'which waits for no other drill')

    const drill = await drillUntil(id, ended)
    assertPassed(t, drill)
    t.equal(drill.partitions?.length, 6)
    t.ok(drill.partitions?.every((partition) => partition.topic === topic))
    t.match(drill.fingerprint?.parts, { 'topic.replicationFactor': '3', 'topic.min.insync.replicas': '1' })

    const written = await stopWriting()
    const { acknowledged = 0 } = drill.verdict?.counts ?? {}
    t.ok(written > 200 && acknowledged > 1000)
    const all = () => recordCount(admin, topic)
    await eventually('all of them are still there', all, (count) => count >= written + acknowledged)
    const ofDrill = () => Array.from(keys).filter((key) => key.startsWith(`${id}-`)).length
    await eventually('the other group got the records of the drill, too', ofDrill, (got) => got >= acknowledged, 30_000)
  }
)

t.test(
  'what somebody deletes from a topic of others before it is read is not lost, and the next drill has its turn',
  async (t) => {
    const agent = await agentUnderTest()
    t.teardown(() => agent.close())
    const admin = await independentAdmin(t)
    const topic = await ownTopic(t, admin, 'short', 3)
    const request = {
      kind: 'broker-pause',
      node: 'kafka-3',
      faultDurationMs: 5000,
      topic,
      confirmTopic: topic
    } as const
    const { id } = await startDrill(t, request)
    const next = await startDrill(t, { kind: 'broker-stop', node: 'kafka-1', queueMs: 60_000 })
    await drillUntil(id, (drill) => reached('healed')(drill) || ended(drill))
    await deleteRecordsBefore(admin, topic, 0, 25)
    const { verdict } = await drillUntil(id, ended)
    t.match(verdict, { result: 'inconclusive', counts: { ackedLost: 0, unseen: 25 } })
    t.match(verdict?.findings, [{ class: 'deleted', severity: 'doubt', count: 25 }])

    await drillUntil(next.id, (drill) => reached('fault-injecting')(drill) || ended(drill))
    const injecting = async () => (await agent.status()).faults.map(({ state }) => state)
    await eventually('the agent stops the broker', injecting, (states) => states.length > 0)
    const { body: aborted } = await ask<Drill>('POST', `/api/drills/${next.id}/abort`)
    t.match(aborted, { status: 'aborted', failure: 'Cancelled on request' })
    t.ok(reached('admitted')(aborted) && reached('healed')(aborted), JSON.stringify(aborted.timeline))
    t.notOk(reached('fault-injected')(aborted))
    const { faults, nodes } = await agent.status()
    t.same(faults, [])
    t.match(
      nodes.find(({ name }) => name === 'kafka-1'),
      { state: 'running', ready: true }
    )
  }
)
