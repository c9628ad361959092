/**
 * How long a fault takes to show, by surface: `GET /api/health`, its stream, the metrics, the rule in Prometheus, `GET /api/alerts`;
 * and how long its end takes. Starts a local cluster of its own on free ports, with every time as it is shipped, and takes it down.
 * Times are from the fault; those of the end from when the cluster itself is well again, which is asked of it directly.
 *   node bench/detection-times.ts [--mode zookeeper|kraft] [--rounds 3] [--faults kill,pause,isolate,zookeeper,quorum,group]
 *     [--samples file.jsonl]
 * Prints a table of medians and ranges over all samples of the file, those of earlier runs included.
 */
import type { ChildProcess } from 'node:child_process'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import kafkajs from 'kafkajs'
import Value from 'typebox/value'
import { request } from 'undici'
import { clientOf } from '#cli/client.ts'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import { agentSocket } from '#shared/cluster/agent-sockets.ts'
import { defaultHeap, saveDefinition } from '#shared/cluster/definition.ts'
import { loginHeaders } from '#shared/cluster/observability/index.ts'
import { createLocalStack } from '#shared/cluster/stack/local-stack.ts'
import { type ClusterMode, ClusterModeSchema, type NodeVerb } from '#shared/contracts/cluster.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { parseEndpoints } from '#shared/kafka/model.ts'
import { createZookeeperReader } from '#shared/zookeeper/srvr.ts'
import { defineTestCluster } from '../test/integration/support/test-cluster.ts'
import { noTimes, parseSamples, type Sample, surfaces, type Times, tableOf, toSample } from './detection/samples.ts'
import {
  brokerGone,
  groupStopped,
  offlinePartitions,
  quorumLostIn,
  type Sign,
  type Truth,
  underReplicated,
  zookeeperGone
} from './detection/signs.ts'
import { makeTopics, startConsumer, write } from './detection/workload.ts'

type Seen = Record<keyof Times, boolean>

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'zookeeper' },
    rounds: { type: 'string', default: '3' },
    faults: { type: 'string', default: 'kill,pause,isolate,zookeeper,quorum,group' },
    samples: { type: 'string' }
  }
})
const { mode } = values
if (!Value.Check(ClusterModeSchema, mode)) throw new Error(`--mode is zookeeper or kraft, not ${mode}`)
const limitMs = 150_000
const stepMs = 200

async function main(mode: ClusterMode): Promise<void> {
  const projectRoot = join(import.meta.dirname, '..')
  // The same directory each time: the next run repairs what a killed one left.
  const stateDir = join(projectRoot, '.kops', 'bench-detection')
  const samplesFile = values.samples ?? join(projectRoot, '.kops', `detection-times-${mode}.jsonl`)
  const definition = await defineTestCluster(stateDir, 'kops-bench-detection', defaultHeap, mode)
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
    const [views, nodes, quorumLeads, health, metrics, rules, alerts] = await Promise.all([
      reader.views({ ...deadline, evenSilent: true }),
      zookeepers.views(deadline),
      mode === 'zookeeper' || reader.describeQuorum(deadline).then(({ kind }) => kind === 'kraft', no),
      client.call(endpoints.health, {}).then(({ reasons }) => reasons.map(({ code }) => String(code)), none),
      text(`http://127.0.0.1:${ports.health}/metrics/pulse`),
      text(`http://127.0.0.1:${ports.prometheus}/api/v1/alerts`, loginHeaders(stateDir)),
      client
        .call(endpoints.alerts, { query: { status: 'firing' } })
        .then(({ alerts }) => alerts.map(({ name }) => name), none)
    ])
    const firing: { labels: Record<string, string>; state: string }[] =
      rules === '' ? [] : JSON.parse(rules).data.alerts
    const groupRuns = consumer?.exitCode === null && !consumer.killed
    const truth: Truth = { views, zookeepers: nodes, quorumLeads, groupRuns }
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
  async function watch(signs: readonly Sign[], wanted: boolean): Promise<Times[]> {
    const startedAt = performance.now()
    const first = signs.map(noTimes)
    const ofInterest = (sign: Sign, surface: keyof Times) =>
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

  async function record(fault: string, phase: Sample['phase'], signs: readonly Sign[], times: readonly Times[]) {
    for (const [index, { name }] of signs.entries()) {
      const sample = JSON.stringify(toSample(fault, phase, name, times[index] ?? noTimes()))
      console.log(sample)
      await appendFile(samplesFile, `${sample}\n`)
    }
  }

  const act = (nodes: string[], verb: NodeVerb) => Promise.all(nodes.map((node) => agent.node(node, verb)))
  const broker = ['kafka-3']
  const lost = mode === 'kraft' ? ['kafka-2', 'kafka-3'] : ['zookeeper-2', 'zookeeper-3']
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
    { name: 'quorum', signs: [quorumLostIn(mode)], inject: () => act(lost, 'kill'), undo: () => act(lost, 'start') },
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
    const chosen = values.faults.split(',').filter((name) => mode === 'zookeeper' || name !== 'zookeeper')
    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const { name, signs, inject, undo } of faults.filter(({ name }) => chosen.includes(name))) {
        if (interrupted.signal.aborted) break
        await calm(() => client.call(endpoints.health, {}), interrupted.signal)
        // An alert of what went before, or of the start, must not pass for one of the fault.
        await watch(signs, false)
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

function no(): false {
  return false
}

function none(): string[] {
  return []
}

async function text(url: string, headers: Record<string, string> = {}): Promise<string> {
  try {
    const { body } = await request(url, { headers, headersTimeout: 2000, bodyTimeout: 2000 })
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

await main(mode)
