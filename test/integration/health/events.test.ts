// Runs alone: it breaks nodes.
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { createClient } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type HealthEventTopic, healthEventSchemas, healthEventTopics } from '#shared/contracts/health-events.ts'
import type { HealthStreamEvent } from '#shared/contracts/health-stream.ts'
import { agentOf, kafka, ownTopic, readMetric, removed, untilHealth, untilHealthy } from './cluster-under-test.ts'

const broker = 'kafka-3'
const url = process.env['KOPS_TEST_HEALTH_URL'] ?? ''
const client = createClient({ urls: { admin: url, health: url, loadTest: url } })
const topics = Object.values(healthEventTopics)

interface Read {
  topic: HealthEventTopic
  key: string
  value: Record<string, unknown>
  writtenAt: number
}

/** Reads the topics from the start with a client other than the writer, until it finds the expected record. */
async function readEvents(enough: (events: readonly Read[]) => boolean): Promise<Read[]> {
  const consumer = kafka.consumer({ groupId: `events-test-${Date.now()}` })
  await consumer.connect()
  const events: Read[] = []
  try {
    await consumer.subscribe({ topics, fromBeginning: true })
    const found = Promise.withResolvers<void>()
    await consumer.run({
      eachMessage: async ({ topic, message }) => {
        const known = topics.find((name) => name === topic)
        if (!known) return
        events.push({
          topic: known,
          key: String(message.key),
          value: JSON.parse(String(message.value)),
          writtenAt: Number(message.timestamp)
        })
        if (enough(events)) found.resolve()
      }
    })
    await Promise.race([found.promise, delay(60_000, undefined, { ref: false })])
    return events
  } finally {
    await consumer.disconnect()
  }
}

/** All further events of the stream. */
async function watch(t: Test) {
  const leaving = new AbortController()
  const events: HealthStreamEvent[] = []
  const open = Promise.withResolvers<void>()
  const watching = (async () => {
    for await (const event of client.watch(endpoints.watchHealth, { timeoutMs: 60_000, signal: leaving.signal })) {
      events.push(event)
      open.resolve()
    }
  })().catch((error: unknown) => {
    if (!leaving.signal.aborted) open.reject(error)
  })
  t.teardown(async () => {
    leaving.abort()
    await watching
  })
  await open.promise
  return events
}

async function until<T>(what: string, ask: () => Promise<T> | T, enough: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + 90_000
  for (;;) {
    const answer = await ask()
    if (enough(answer)) return answer
    if (performance.now() > end) throw new Error(`never came: ${what}; last: ${JSON.stringify(answer)}`)
    await delay(250)
  }
}

/** The statuses of a node in their order, each once. */
function courseOf(statuses: readonly unknown[]): unknown[] {
  return statuses.filter((status, nth) => status !== statuses[nth - 1])
}

t.test('without its topics nothing is created and nothing breaks', async (t) => {
  await untilHealthy()
  const admin = kafka.admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  // Tests before may have applied the catalog that has them.
  const present = await admin.listTopics()
  for (const topic of topics.filter((topic) => present.includes(topic))) await removed(topic)
  await until(
    'an event is counted as having no topic',
    () => readMetric('kops_health_events_published_total{topic="health-status",outcome="no_topic"}'),
    (count) => (count ?? 0) > 0
  )
  const existing = await admin.listTopics()
  t.same(
    topics.filter((topic) => existing.includes(topic)),
    []
  )
})

t.test('a broker stops and comes back: Kafka, the stream and the history agree', async (t) => {
  for (const topic of topics) await ownTopic(t, topic, 3, { configs: [{ name: 'min.insync.replicas', value: '2' }] })
  await untilHealthy()
  const agent = await agentOf(t)
  t.teardown(async () => {
    const { nodes } = await agent.status()
    if (nodes.find(({ name }) => name === broker)?.state !== 'running') await agent.node(broker, 'start')
    await untilHealthy()
  })
  const seen = await watch(t)
  t.match(seen[0], { event: 'state', data: { status: 'HEALTHY' } })
  const from = new Date(Date.now() - 15_000).toISOString()

  await agent.node(broker, 'stop')
  const reports = (status: string) => seen.some(({ event, data }) => event === 'broker' && data.status === status)
  await until('the stream reports that it is DOWN', () => reports('DOWN'), Boolean)
  await untilHealth('the cluster is DEGRADED', ({ status }) => status === 'DEGRADED', 60_000)
  const counted = 'kops_health_events_published_total{topic="health-status",outcome="acknowledged"}'
  await until(
    'events are acknowledged while it is away',
    () => readMetric(counted),
    (count) => (count ?? 0) >= 2
  )
  const away = await until(
    'the history has it away',
    () => client.call(endpoints.healthHistory, { query: { metric: 'broker_up', broker, from, step: 1 } }),
    ({ series }) => series[0]?.values.includes(0) ?? false
  )
  t.match(away.series[0], { labels: { broker } })
  const startedAt = Date.now()
  await agent.node(broker, 'start')
  await until('the stream reports that it is HEALTHY', () => reports('HEALTHY'), Boolean)
  await untilHealthy()
  await until(
    'the stream reports that the cluster is HEALTHY',
    () => seen.findLast(({ event }) => event === 'status'),
    (last) => last?.event === 'status' && last.data.status === 'HEALTHY'
  )

  // A KRaft node that is broker and controller has a status of each.
  const statusesOf = (events: readonly Read[], key: string) =>
    events.filter(
      ({ topic, key: of, value }) => topic === 'health-status' && of === key && value['serviceId'] !== 'kafka-quorum'
    )
  const clusterId = (await untilHealthy()).health.clusterId ?? ''
  const alertsOf = (events: readonly Read[]) =>
    events.filter(({ topic, value }) => topic === 'alerts' && value['alert'] === 'broker_unreachable')
  const scoreFell = (events: readonly Read[]) =>
    events.some(({ topic, value }) => topic === 'health-scores' && Number(value['score']) < 100)
  const healed = (events: readonly Read[]) => {
    const last = statusesOf(events, clusterId).at(-1)
    const [before, after] = courseOf(statusesOf(events, broker).map(({ value }) => value['status'])).slice(-2)
    const states = alertsOf(events).map(({ value }) => value['state'])
    return (
      last?.value['status'] === 'HEALTHY' &&
      before === 'DOWN' &&
      after === 'HEALTHY' &&
      states.includes('RESOLVED') &&
      scoreFell(events) &&
      statusesOf(events, clusterId).some(({ value }) => value['status'] === 'DEGRADED')
    )
  }
  const events = await readEvents(healed)
  for (const { topic, key, value } of events) {
    if (!Value.Check(healthEventSchemas[topic], value))
      t.fail(`${topic} is not as its contract: ${JSON.stringify(value)}`)
    if (key !== value['instanceId']) t.fail(`the key of ${JSON.stringify(value)} is ${key}`)
  }
  const ofBroker = courseOf(statusesOf(events, broker).map(({ value }) => value['status']))
  t.match(ofBroker.slice(-2), ['DOWN', 'HEALTHY'])
  const degraded = statusesOf(events, clusterId).find(({ value }) => value['status'] === 'DEGRADED')
  t.ok(degraded && degraded.writtenAt < startedAt, 'it was reported while the broker was down')
  t.match(courseOf(alertsOf(events).map(({ value }) => value['state'])), ['FIRING', 'RESOLVED'])
  t.ok(scoreFell(events), 'the score fell')

  const streamed = seen.flatMap((event) => (event.event === 'broker' && event.data.name === broker ? [event.data] : []))
  t.same(courseOf(streamed.map(({ status }) => status)), ['DOWN', 'HEALTHY'], 'the stream has the same course')
  const history = await until(
    'the history has it back',
    () => client.call(endpoints.healthHistory, { query: { metric: 'brokers_healthy', from, step: 1 } }),
    ({ series }) => series[0]?.values.findLast((value) => value !== null) === 3
  )
  t.ok(history.series[0]?.values.includes(2))
})
