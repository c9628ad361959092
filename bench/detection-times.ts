/**
 * How long a fault takes to show, by surface: `GET /api/health`, its stream, the metrics, the rule in Prometheus, `GET /api/alerts`;
 * and how long its end takes. Starts a local cluster of its own on free ports, with every time as it is shipped, and takes it down.
 * Times are from the fault; those of the end from when the cluster itself is well again, which is asked of it directly.
 *   node bench/detection-times.ts [--rounds 3] [--faults kill,pause,isolate,zookeeper,quorum,group] [--samples file.jsonl]
 * Prints a table of medians and ranges over all samples of the file, those of earlier runs included.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import kafkajs from 'kafkajs'
import { request } from 'undici'
import { clientOf } from '#cli/client.ts'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import { agentSocket, defaultHeap, saveDefinition } from '#shared/cluster/definition.ts'
import { createLocalStack } from '#shared/cluster/stack/local-stack.ts'
import type { NodeVerb } from '#shared/contracts/cluster.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { HealthReason } from '#shared/contracts/health.ts'
import { createClusterReader } from '#shared/kafka/cluster-reader.ts'
import { parseEndpoints } from '#shared/kafka/endpoints.ts'
import { mergeMetadata, metadataOf } from '#shared/kafka/merge-views.ts'
import type { BrokerView } from '#shared/kafka/ports.ts'
import type { ZookeeperView } from '#shared/zookeeper/ports.ts'
import { createZookeeperReader } from '#shared/zookeeper/srvr.ts'
import { defineTestCluster } from '../test/integration/support/test-cluster.ts'

const surfaces = ['cluster', 'health', 'stream', 'metrics', 'rule', 'alerts'] as const
type Surface = (typeof surfaces)[number]
type Seen = Record<Surface, boolean>

/** What the cluster itself says, asked directly. */
interface Truth {
  views: BrokerView[]
  zookeepers: ZookeeperView[]
  groupRuns: boolean
}

/** One thing that a fault shows in. */
interface Sign {
  name: string
  reason: HealthReason['code']
  /** A series of `/metrics`, and whether its value shows it; undefined where it is missing. */
  series: string
  shows: (value: number | undefined) => boolean
  alert?: string
  truth: (truth: Truth) => boolean
}

interface Sample {
  fault: string
  sign: string
  phase: 'begin' | 'end'
  /** Seconds; null: not within the limit. */
  seconds: Record<Surface, number | null>
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    faults: { type: 'string', default: 'kill,pause,isolate,zookeeper,quorum,group' },
    samples: { type: 'string' }
  }
})
const group = 'bench-detection'
const replicated = 'bench-detection-3'
const single = 'bench-detection-1'
const limitMs = 150_000
const stepMs = 200

async function main(): Promise<void> {
  const projectRoot = join(import.meta.dirname, '..')
  // The same folder each time: what a killed run left is mended by the next one.
  const stateDir = join(projectRoot, '.kops', 'bench-detection')
  const samplesFile = values.samples ?? join(projectRoot, '.kops', 'detection-times.jsonl')
  const definition = await defineTestCluster(stateDir, 'kops-bench-detection', defaultHeap, 'zookeeper')
  await saveDefinition(stateDir, definition)
  const stack = createLocalStack(definition, { projectRoot, stateDir })
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  const { ports } = definition
  const bootstrapServers = ports.kafka.map((port) => `127.0.0.1:${port}`)
  const agent = createAgentClient(agentSocket(definition))
  const reader = createClusterReader({ bootstrapServers, clientId: 'bench-detection' })
  const zookeepers = createZookeeperReader(parseEndpoints(ports.zookeeper.map((port) => `127.0.0.1:${port}`)))
  const client = clientOf(definition)
  let consumer: ChildProcess | undefined

  /** Reasons that the stream has sent last. */
  let streamed: readonly string[] = []
  const following = async () => {
    while (!interrupted.signal.aborted) {
      try {
        for await (const item of client.watch(endpoints.watchHealth, { signal: interrupted.signal })) {
          if (item.event === 'state' || item.event === 'status') streamed = item.data.reasons.map(({ code }) => code)
        }
      } catch {
        await delay(500)
      }
    }
  }

  async function look(signs: readonly Sign[]): Promise<Seen[]> {
    const deadline = { deadlineMs: 900 }
    const [views, nodes, health, metrics, rules, alerts] = await Promise.all([
      reader.views({ ...deadline, evenSilent: true }),
      zookeepers.views(deadline),
      client.call(endpoints.health, {}).then(({ reasons }) => reasons.map(({ code }) => String(code)), none),
      text(`http://127.0.0.1:${ports.health}/metrics/pulse`),
      text(`http://127.0.0.1:${ports.prometheus}/api/v1/alerts`),
      client
        .call(endpoints.alerts, { query: { status: 'firing' } })
        .then(({ alerts }) => alerts.map(({ name }) => name), none)
    ])
    const firing: { labels: Record<string, string>; state: string }[] =
      rules === '' ? [] : JSON.parse(rules).data.alerts
    const truth: Truth = { views, zookeepers: nodes, groupRuns: consumer?.exitCode === null && !consumer.killed }
    return signs.map(({ reason, series, shows, alert, truth: isTrue }) => {
      const line = metrics.split('\n').find((line) => line.startsWith(`${series} `))
      return {
        cluster: isTrue(truth),
        health: health.includes(reason),
        stream: streamed.includes(reason),
        metrics: shows(line === undefined ? undefined : Number(line.slice(series.length + 1))),
        rule: firing.some(({ labels, state }) => labels['alertname'] === alert && state === 'firing'),
        alerts: alert !== undefined && alerts.includes(alert)
      }
    })
  }

  /** Looks until every surface of every sign is as wanted. @returns when each first was so, in ms from now */
  async function watch(signs: readonly Sign[], wanted: boolean): Promise<Record<Surface, number | null>[]> {
    const startedAt = performance.now()
    const first = signs.map(() => Object.fromEntries(surfaces.map((surface) => [surface, null]))) as Record<
      Surface,
      number | null
    >[]
    const ofInterest = (sign: Sign, surface: Surface) =>
      sign.alert !== undefined || (surface !== 'rule' && surface !== 'alerts')
    for (;;) {
      const askedAt = performance.now()
      const seen = await look(signs)
      let complete = true
      for (const [index, sign] of signs.entries()) {
        const times = first[index]
        for (const surface of surfaces) {
          if (!times || !ofInterest(sign, surface)) continue
          // A sign that comes back has not ended: the time is that of the last change.
          if (seen[index]?.[surface] !== wanted) times[surface] = null
          else times[surface] ??= performance.now() - startedAt
          complete &&= times[surface] !== null
        }
      }
      if (complete || interrupted.signal.aborted || performance.now() - startedAt > limitMs) return first
      await delay(Math.max(0, stepMs - (performance.now() - askedAt)))
    }
  }

  async function record(fault: string, phase: Sample['phase'], signs: Sign[], times: Record<Surface, number | null>[]) {
    for (const [index, { name }] of signs.entries()) {
      const found = times[index]
      if (!found) continue
      const from = phase === 'end' ? (found.cluster ?? 0) : 0
      const seconds = Object.fromEntries(
        surfaces.map((surface) => {
          const ms = found[surface]
          return [surface, ms === null ? null : Math.round((ms - (surface === 'cluster' ? 0 : from)) / 100) / 10]
        })
      )
      const sample = { fault, sign: name, phase, seconds }
      console.log(JSON.stringify(sample))
      await appendFile(samplesFile, `${JSON.stringify(sample)}\n`)
    }
  }

  const act = (nodes: string[], verb: NodeVerb) => Promise.all(nodes.map((node) => agent.node(node, verb)))
  const broker = ['kafka-3']
  const lost = ['zookeeper-2', 'zookeeper-3']
  const ofBroker = [brokerGone, offlinePartitions, underReplicated]
  const faults: { name: string; signs: Sign[]; inject: () => Promise<unknown>; undo: () => Promise<unknown> }[] = [
    { name: 'kill', signs: ofBroker, inject: () => act(broker, 'kill'), undo: () => act(broker, 'start') },
    { name: 'pause', signs: ofBroker, inject: () => act(broker, 'pause'), undo: () => act(broker, 'resume') },
    { name: 'isolate', signs: ofBroker, inject: () => act(broker, 'isolate'), undo: () => act(broker, 'heal') },
    {
      name: 'zookeeper',
      signs: [zookeeperGone],
      inject: () => act(['zookeeper-3'], 'kill'),
      undo: () => act(['zookeeper-3'], 'start')
    },
    { name: 'quorum', signs: [quorumLost], inject: () => act(lost, 'kill'), undo: () => act(lost, 'start') },
    {
      name: 'group',
      signs: [groupStopped],
      inject: async () => consumer?.kill('SIGKILL'),
      undo: async () => {
        consumer = startConsumer(bootstrapServers)
      }
    }
  ]

  const kafka = new kafkajs.Kafka({ brokers: bootstrapServers, logLevel: kafkajs.logLevel.NOTHING })
  const producer = kafka.producer()
  let follower: Promise<void> | undefined
  let writer: Promise<void> | undefined
  try {
    await stack.wipe(() => {})
    await stack.up(({ step, state }) => console.error(`${step} ${state}`))
    await makeTopics(kafka.admin())
    await producer.connect()
    writer = write(producer, interrupted.signal)
    consumer = startConsumer(bootstrapServers)
    follower = following()
    const chosen = values.faults.split(',')
    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const { name, signs, inject, undo } of faults.filter(({ name }) => chosen.includes(name))) {
        if (interrupted.signal.aborted) break
        await watch(signs, false)
        await calm(() => client.call(endpoints.health, {}), interrupted.signal)
        if (name === 'group') await delay(60_000, undefined, { signal: interrupted.signal })
        // The verbs of the agent resolve when they have taken effect; a kill does at once.
        const injected = inject()
        const begin = await watch(signs, true)
        await injected
        await record(name, 'begin', signs, begin)
        const undone = undo()
        const end = await watch(signs, false)
        await undone
        await record(name, 'end', signs, end)
      }
    }
  } finally {
    interrupted.abort()
    consumer?.kill('SIGKILL')
    await Promise.allSettled([writer, follower])
    await producer.disconnect().catch(() => undefined)
    await Promise.all([agent.close(), reader.close()])
    await stack.wipe(({ step, state }) => console.error(`${step} ${state}`))
  }
  console.log(tableOf(parseSamples(await readFile(samplesFile, 'utf8'))))
}

const brokerGone: Sign = {
  name: 'broker gone',
  reason: 'broker_unreachable',
  series: 'kafka_cluster_brokers_healthy',
  shows: (value) => value !== undefined && value < 3,
  alert: 'KafkaBrokersUnhealthy',
  truth: ({ views }) => views.some(({ reachable }) => !reachable)
}
const offlinePartitions: Sign = {
  name: 'partitions offline',
  reason: 'partitions_offline',
  series: 'kafka_cluster_offline_partitions',
  shows: (value) => (value ?? 0) > 0,
  alert: 'KafkaOfflinePartitions',
  truth: ({ views }) => partitionsOf(views).some(({ leader }) => leader === null)
}
const underReplicated: Sign = {
  name: 'under-replicated',
  reason: 'partitions_under_replicated',
  series: 'kafka_cluster_under_replicated_partitions',
  shows: (value) => (value ?? 0) > 0,
  truth: ({ views }) => partitionsOf(views).some(({ isr, replicas }) => isr.length < replicas.length)
}
const zookeeperGone: Sign = {
  name: 'ZooKeeper node gone',
  reason: 'zookeeper_unreachable',
  series: 'kafka_cluster_zookeepers_healthy',
  shows: (value) => value !== undefined && value < 3,
  alert: 'KafkaZookeeperNodesUnhealthy',
  truth: ({ zookeepers }) => zookeepers.some((view) => !view.reachable || view.mode === null)
}
const quorumLost: Sign = {
  name: 'quorum lost',
  reason: 'zookeeper_no_quorum',
  series: 'kops_zookeeper_quorum',
  shows: (value) => value === 0,
  alert: 'KafkaZookeeperQuorumLost',
  truth: ({ zookeepers }) => zookeepers.every((view) => !view.reachable || view.mode === null)
}
const groupStopped: Sign = {
  name: 'group stopped',
  reason: 'groups_stopped',
  series: `kops_group_verdict{group="${group}",verdict="STOP"}`,
  shows: (value) => value === 1,
  alert: 'KafkaConsumerGroupStuck',
  truth: ({ groupRuns }) => !groupRuns
}

function partitionsOf(views: readonly BrokerView[]) {
  return mergeMetadata(metadataOf(views)).topics.flatMap(({ partitions }) => partitions)
}

/** One topic of three replicas, and one whose only replica is on the broker that the faults are of. */
async function makeTopics(admin: kafkajs.Admin): Promise<void> {
  await admin.connect()
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      { topic: replicated, numPartitions: 6, replicationFactor: 3 },
      { topic: single, replicaAssignment: [{ partition: 0, replicas: [3] }] }
    ]
  })
  await admin.disconnect()
}

/** Some hundred records a second, whatever happens. */
async function write(producer: kafkajs.Producer, signal: AbortSignal): Promise<void> {
  const messages = Array.from({ length: 20 }, (_, key) => ({ key: String(key), value: 'x'.repeat(100) }))
  while (!signal.aborted) {
    await producer.send({ topic: replicated, messages }).catch(() => undefined)
    await delay(100)
  }
}

/** Consumes in a process of its own, which can die as a program does. */
function startConsumer(bootstrapServers: string[]): ChildProcess {
  return fork(import.meta.filename, { env: { ...process.env, BENCH_CONSUME: bootstrapServers.join(',') } })
}

async function consume(bootstrapServers: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: bootstrapServers.split(','), logLevel: kafkajs.logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: group, sessionTimeout: 10_000 })
  await consumer.connect()
  await consumer.subscribe({ topic: replicated, fromBeginning: false })
  await consumer.run({ autoCommitInterval: 2000, eachMessage: async () => {} })
  await once(process, 'disconnect')
  process.exit(0)
}

function none(): string[] {
  return []
}

async function text(url: string): Promise<string> {
  try {
    const { body } = await request(url, { headersTimeout: 2000, bodyTimeout: 2000 })
    return await body.text()
  } catch {
    return ''
  }
}

async function calm(ask: () => Promise<{ status: string }>, signal: AbortSignal): Promise<void> {
  const until = performance.now() + limitMs
  while (performance.now() < until && !signal.aborted) {
    if ((await ask()).status === 'HEALTHY') return
    await delay(500)
  }
}

function parseSamples(lines: string): Sample[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Sample)
}

function tableOf(samples: readonly Sample[]): string {
  const rows = Map.groupBy(samples, ({ fault, sign, phase }) => `${fault} | ${sign} | ${phase}`)
  const lines = Array.from(rows, ([row, found]) => {
    const cells = surfaces.map((surface) => cellOf(found.map(({ seconds }) => seconds[surface])))
    return `| ${row} | ${found.length} | ${cells.join(' | ')} |`
  })
  return [
    `| fault | sign | | rounds | ${surfaces.join(' | ')} |`,
    `|---|---|---|---|${surfaces.map(() => '---').join('|')}|`,
    ...lines
  ].join('\n')
}

/** Median and range, seconds. */
function cellOf(values: readonly (number | null)[]): string {
  const found = values.filter((value) => value !== null).sort((a, b) => a - b)
  const [least] = found
  if (least === undefined) return ''
  const middle = [found[Math.floor((found.length - 1) / 2)] ?? least, found[Math.floor(found.length / 2)] ?? least]
  const median = Math.round(5 * ((middle[0] ?? 0) + (middle[1] ?? 0))) / 10
  const most = found.at(-1) ?? least
  const missing = values.length - found.length
  return `${median} (${least}-${most})${missing > 0 ? `, ${missing} not` : ''}`
}

if (process.env['BENCH_CONSUME'] !== undefined) await consume(process.env['BENCH_CONSUME'])
else await main()
