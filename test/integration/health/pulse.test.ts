// Runs alone: it breaks brokers.
import t from 'tap'
import { createClient } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { mergeMetadata, metadataOf } from '#shared/kafka/model.ts'
import { connection } from '../support/under-test.ts'
import { agentOf, ownTopic, untilHealthy } from './cluster-under-test.ts'
import { busyMs, ownService, until } from './own-service.ts'

const node = 'kafka-3'

const answers = ({ brokers }: ClusterHealth) => brokers.find(({ name }) => name === node)?.reachable === true

t.test('a broker is killed: the pulse reports unconfirmed replicas, and then what Kafka knows', async (t) => {
  const topic = `test-pulse-${Date.now().toString(36)}`
  await ownTopic(t, topic, 6)
  const agent = await agentOf(t)
  await untilHealthy()
  const { app, ask, metric } = await ownService(t)
  await until('the own service sees a healthy cluster', ask, ({ status }) => status === 'HEALTHY', 30_000)
  await t.test('pulses that find nothing new send a watcher nothing', async (t) => {
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const client = createClient({ urls: { admin: url, health: url, loadTest: url } })
    const leaving = new AbortController()
    t.teardown(() => leaving.abort())
    const received: string[] = []
    const opened = Promise.withResolvers<void>()
    const watching = (async () => {
      for await (const { event } of client.watch(endpoints.watchHealth, { signal: leaving.signal })) {
        received.push(event)
        opened.resolve()
      }
    })().catch((error: unknown) => opened.reject(error))
    await opened.promise
    let pulses = 0
    t.teardown(
      app.monitor.subscribe(({ kind }) => {
        if (kind === 'quick') pulses += 1
      })
    )
    const counted = async () => pulses
    await until('four pulses', counted, (count) => count >= 4, 4 * 2000 + busyMs)
    leaving.abort()
    await watching
    // Sweeps judge groups, which other tests have left behind.
    t.same(
      received.filter((event) => event !== 'group'),
      ['state']
    )
  })

  const kafka = createClusterReader({ ...connection, clientId: 'test-pulse' })
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

  const noticed = await until('it is reported as silent', ask, (health) => !answers(health), 4000 + busyMs)
  t.comment(`noticed after ${Math.round(noticed.tookMs)} ms`)
  await until('Kafka has taken it out of the ISRs', underReplicated, (count) => count > 0, 30_000)
  const shrunk = await until(
    'health reports as many under-replicated partitions as Kafka',
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
  // It shrinks the ISRs one after the other.
  const unconfirmed = () => metric('kops_cluster_unconfirmed_partitions')
  await until('the controller has noticed everywhere', unconfirmed, (count) => count === 0, 4000 + busyMs)
})
