import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import type { Snapshot } from '#services/health/domain/monitor.ts'
import { loadDefinition } from '#shared/cluster/definition.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { createClusterReader } from '#shared/kafka/cluster-reader.ts'
import { mergeMetadata, metadataOf } from '#shared/kafka/merge-views.ts'
import { testMode } from '../support/test-cluster.ts'
import { agentOf, ownTopic, untilHealthy } from './cluster-under-test.ts'

const node = 'kafka-3'
const definition = await loadDefinition(process.env['KOPS_TEST_STATE_DIR'] ?? '')
if (!definition) throw new Error('there is no cluster under test')
const { ports } = definition
const listOf = (numbers: number[]) => numbers.map((port) => `127.0.0.1:${port}`).join(',')
const bootstrapServers = listOf(ports.kafka)
/** Sweeps are as far apart as they are by default: what is noticed in seconds is noticed by the pulse. */
const sweepMs = 30_000
/** What a busy machine may add. */
const busyMs = 3000

/** A health-service of the test's own. */
async function service(t: Test) {
  const app = await buildApp(
    loadConfig({
      KOPS_LOG_LEVEL: 'silent',
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers,
      KOPS_ZOOKEEPER_SERVERS: testMode === 'kraft' ? '' : listOf(ports.zookeeper),
      KOPS_JMX_TARGETS: listOf(ports.jmx),
      KOPS_POLL_INTERVAL_MS: String(sweepMs)
    })
  )
  t.teardown(() => app.close())
  await app.ready()
  const ask = async () => (await app.inject('/api/health')).json<ClusterHealth>()
  const metric = async (name: string) => {
    const { body } = await app.inject('/metrics')
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1] ?? Number.NaN)
  }
  return { app, ask, metric }
}

/** Asks again and again. @returns how long it took, and the answer that will do */
async function until<T>(what: string, ask: () => Promise<T>, enough: (answer: T) => boolean, timeoutMs: number) {
  const startedAt = performance.now()
  for (;;) {
    const answer = await ask()
    const tookMs = performance.now() - startedAt
    if (enough(answer)) return { answer, tookMs }
    if (tookMs > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}; ${JSON.stringify(answer)}`)
    await delay(200)
  }
}

const answers = ({ brokers }: ClusterHealth) => brokers.find(({ name }) => name === node)?.reachable === true
const blames = ({ reasons, warnings, brokers }: ClusterHealth) => {
  const { host, port } = brokers.find(({ name }) => name === node) ?? {}
  const told = [...reasons.map(({ message }) => message), ...warnings.map((warning) => JSON.stringify(warning))]
  return told.filter((text) => text.includes(node) || text.includes(`${host}:${port}`))
}

t.test('a broker is killed: the pulse tells what is not confirmed, and then what Kafka knows', async (t) => {
  const topic = `test-pulse-${Date.now().toString(36)}`
  await ownTopic(t, topic, 6)
  const agent = await agentOf(t)
  await untilHealthy()
  const { app, ask, metric } = await service(t)
  await until('the own service sees a healthy cluster', ask, ({ status }) => status === 'HEALTHY', 30_000)
  const changes: string[] = []
  const stopFeed = app.healthEvents.feed.subscribe(({ change }) => changes.push(change.event))
  let pulses = 0
  const stopCount = app.monitor.subscribe(() => {
    pulses += 1
  })
  await until(
    'three pulses',
    async () => pulses,
    (count) => count >= 3,
    6000 + busyMs
  )
  stopFeed()
  stopCount()
  t.same(
    changes.filter((event) => event !== 'group'),
    [],
    'pulses that find nothing new are no events'
  )

  const kafka = createClusterReader({ bootstrapServers, clientId: 'test-pulse' })
  t.teardown(() => kafka.close())
  const underReplicated = async () => {
    const told = metadataOf(await kafka.views({ deadlineMs: 900 }))
    const partitions = mergeMetadata(told).topics.flatMap((topic) => topic.partitions)
    return partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length
  }
  t.teardown(async () => {
    await agent.node(node, 'start')
    await untilHealthy()
  })
  let doubted: ClusterHealth | undefined
  const stop = app.monitor.subscribe(({ health }) => {
    if (!answers(health) && health.partitions?.underReplicated === 0) doubted ??= health
  })
  t.teardown(stop)
  await agent.node(node, 'kill')

  const noticed = await until('it is told as silent', ask, (health) => !answers(health), 4000 + busyMs)
  t.comment(`noticed after ${Math.round(noticed.tookMs)} ms`)
  await until('Kafka has taken it out of the ISRs', underReplicated, (count) => count > 0, 30_000)
  const shrunk = await until(
    'health tells as many under-replicated partitions as Kafka',
    async () => ({ own: (await ask()).partitions?.underReplicated, kafka: await underReplicated() }),
    (counts) => counts.own === counts.kafka && counts.kafka > 0,
    3000 + busyMs
  )
  t.comment(`under-replicated ${Math.round(shrunk.tookMs)} ms after Kafka's metadata`)
  t.match(doubted?.reasons.map(({ code }) => code).sort(), ['broker_unreachable', 'partitions_unconfirmed'])
  t.ok((doubted?.partitions?.unconfirmed ?? 0) >= 6, 'replicas on it were not confirmed before that')
  t.match(
    doubted?.topics.find(({ name }) => name === topic),
    { unconfirmed: 6, underReplicated: 0, healthy: false }
  )
  t.equal(await metric('kops_cluster_unconfirmed_partitions'), 0, 'the controller has noticed')
})

for (const { fault, undo } of [
  { fault: 'pause', undo: 'resume' },
  { fault: 'isolate', undo: 'heal' }
] as const) {
  t.test(`${fault}: the pulse goes on, and nothing blames the broker soon after it is back`, async (t) => {
    const agent = await agentOf(t)
    const { isolation } = await agent.status()
    if (fault === 'isolate' && !isolation.available) {
      t.plan(0, isolation.detail)
      return
    }
    await untilHealthy()
    t.teardown(async () => {
      await agent.node(node, undo)
      await untilHealthy()
    })
    await agent.node(node, fault)
    const { app, ask, metric } = await service(t)
    let ofSweep: Snapshot | undefined
    const pulsesAt: number[] = []
    const stop = app.monitor.subscribe((snapshot) => {
      if (snapshot.kind === 'full') ofSweep ??= snapshot
      else pulsesAt.push(performance.now())
    })
    t.teardown(stop)
    const swept = async () => ofSweep
    await until('the first sweep is over', swept, (snapshot) => snapshot !== undefined, 25_000)
    t.ok(ofSweep && blames(ofSweep.health).length > 0, 'it holds its silence against the broker')
    const first = pulsesAt.length
    await until(
      'pulses go on',
      async () => pulsesAt.length,
      (count) => count >= first + 4,
      4 * 2000 + busyMs
    )
    t.ok((await metric('kops_health_pulse_age_seconds')) < 4 + busyMs / 1000, 'and none hangs')
    t.notOk(answers(await ask()))

    await agent.node(node, undo)
    const back = await until('the broker answers again', ask, answers, 4000 + busyMs)
    const cleared = await until(
      'nothing blames it',
      async () => blames(await ask()),
      (found) => found.length === 0,
      8000
    )
    t.comment(`back after ${Math.round(back.tookMs)} ms, not blamed ${Math.round(cleared.tookMs)} ms later`)
    t.match(await ask(), { brokers: [{ reachable: true }, { reachable: true }, { reachable: true }] })
  })
}
