/**
 * What GET /metrics costs on a large cluster, without one: a made-up snapshot of 150 topics of 12 partitions and 300 groups
 * with 60 commits each goes the way of a real one, from its judgement to the text, and is served over HTTP.
 *   node bench/metrics-exposition.ts [--topics 150] [--groups 300] [--rounds 15]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import fp from 'fastify-plugin'
import { request } from 'undici'
import { loadConfig } from '#services/health/config.ts'
import { evaluate } from '#services/health/domain/evaluate.ts'
import { createGroupHistory, judgeGroups } from '#services/health/domain/groups/index.ts'
import type { Monitor } from '#services/health/domain/monitor.ts'
import type { ClusterReadings } from '#services/health/domain/readings.ts'
import type { Snapshot } from '#services/health/domain/snapshot.ts'
import { healthMetrics } from '#services/health/metrics/health-metrics.ts'
import { renderSnapshot } from '#services/health/metrics/render.ts'
import { createApp } from '#shared/http/create-app.ts'

const { values } = parseArgs({
  options: {
    topics: { type: 'string', default: '150' },
    groups: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '15' }
  }
})
const partitionsPerTopic = 12
const topicsPerGroup = 5
const topicCount = Number(values.topics)
const groupCount = Number(values.groups)
const rounds = Number(values.rounds)
const options = { kafkaExporter: true, maxSeries: 1_000_000 }

const snapshot = snapshotOf(readings())
const cpuBefore = process.cpuUsage()
const renderMs = Array.from({ length: rounds }, () => timed(() => textOf(snapshot)))
const renderCpu = process.cpuUsage(cpuBefore)
const text = textOf(snapshot)
const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
console.log(`${topicCount * partitionsPerTopic} partitions, ${groupCount} groups, ${groupCount * 60} commits`)
console.log(`  series           ${series}, ${(Buffer.byteLength(text) / 1024).toFixed(0)} KiB`)
console.log(
  `  render           ${spread(renderMs)}; ${((renderCpu.user + renderCpu.system) / 1000 / rounds).toFixed(0)} ms of CPU`
)

let current = snapshot
const monitor: Monitor = {
  start() {},
  current: async () => current,
  last: () => current,
  pulseAgeMs: () => undefined,
  ageMs: () => 1000,
  errorTotals: () => new Map(),
  lastSuccesses: () => new Map(),
  subscribe: () => () => undefined,
  close: async () => {}
}
const app = await createApp({ title: 'bench', description: 'bench', config: loadConfig({ KOPS_LOG_LEVEL: 'error' }) })
await app.register(fp(async (app) => void app.decorate('monitor', monitor), { name: 'monitor' }))
await app.register(healthMetrics, options)
const url = await app.listen({ host: '127.0.0.1', port: 0 })
const first: number[] = []
const again: number[] = []
for (let round = 0; round < rounds; round++) {
  current = { ...snapshot }
  first.push(await scrape())
  again.push(await scrape())
  await sleep(20)
}
await app.close()
console.log(`  first scrape     ${spread(first)}, of a new snapshot, over HTTP`)
console.log(`  later scrapes    ${spread(again)}`)

async function scrape(): Promise<number> {
  const startedAt = performance.now()
  const { body } = await request(`${url}/metrics`)
  await body.arrayBuffer()
  return performance.now() - startedAt
}

function textOf(snapshot: Snapshot): string {
  return Array.from(renderSnapshot(snapshot, options).pieces()).join('')
}

function timed(act: () => unknown): number {
  const startedAt = performance.now()
  act()
  return performance.now() - startedAt
}

function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(0)
  return `${at(0.5)} ms median, ${at(0)} to ${at(1)}`
}

function snapshotOf(readings: ClusterReadings): Snapshot {
  const history = createGroupHistory()
  history.record(readings)
  const groups = judgeGroups(readings, history)
  return { kind: 'full', health: evaluate(readings, groups), readings, groups, watched: new Set(), takenAtMs: 0 }
}

function readings(): ClusterReadings {
  const asOf = new Date('2026-01-31T12:00:00Z')
  const ids = [1, 2, 3]
  const topics = Array.from({ length: topicCount }, (_, index) => ({
    name: topicName(index),
    internal: false,
    partitions: Array.from({ length: partitionsPerTopic }, (_, partition) => {
      const first = ids[partition % 3] ?? 1
      const replicas = [first, ...ids.filter((id) => id !== first)]
      return { partition, leader: first, leaderEpoch: 0, replicas, isr: replicas, offlineReplicas: [] }
    })
  }))
  const brokers = ids.map((id) => ({ id, host: 'kafka', port: 9090 + id, rack: null }))
  const metadata = { clusterId: 'bench', controllerId: 1, brokers, topics }
  const offsets = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({
      topic: name,
      partition,
      logStartOffset: 0,
      logEndOffset: 1_000_000 + partition
    }))
  )
  const names = Array.from({ length: groupCount }, (_, index) => `group-${String(index).padStart(4, '0')}`)
  return {
    asOf,
    durationMs: 200,
    views: brokers.map(({ host, port }) => ({
      endpoint: { host, port },
      reachable: true,
      responseTimeMs: 1,
      metadata
    })),
    zookeepers: [],
    quorum: null,
    metadata,
    minInsyncReplicas: new Map(topics.map(({ name }) => [name, 2])),
    uncleanElection: new Set(),
    groups: names.map((group) => ({
      group,
      state: 'Stable',
      protocolType: 'consumer',
      members: 0,
      memberList: []
    })),
    committed: names.flatMap((group, index) =>
      Array.from({ length: topicsPerGroup }, (_, offset) =>
        topicName((index * topicsPerGroup + offset) % topicCount)
      ).flatMap((topic) =>
        Array.from({ length: partitionsPerTopic }, (_, partition) => ({ group, topic, partition, offset: 999_000 }))
      )
    ),
    offsets,
    recordTimes: offsets.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: 999_000,
      timestampMs: asOf.getTime()
    })),
    logDirs: [],
    replicaSizes: [],
    jmx: new Map(),
    parts: new Map([['offsets', { asOf, durationMs: 100, ok: true }]]),
    warnings: [],
    errors: new Map(),
    known: new Map(brokers.map(({ id, host, port, rack }) => [id, { id, endpoint: { host, port }, rack }]))
  }
}

function topicName(index: number): string {
  return `bench-health-${String(index).padStart(4, '0')}`
}
