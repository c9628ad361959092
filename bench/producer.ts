/**
 * A load test as a user runs it, `POST /api/loadtest/runs`, beside Kafka's own producer perf tool: the same log events, acks=all,
 * idempotent (Java's default since 3.0), snappy, linger 5 ms, five requests in flight, a buffer of 32 MiB, the same batch size, in pairs that
 * alternate who goes first (ABBA). Both are measured from the topic's end offsets, the first third of the records left out
 * (steady-rate.ts): that is where the JVM starts and code is compiled. load-test-service runs on, as in production; the tool is a
 * fresh JVM each time. The tool picks its records at random from a file of the values that the service has in its pool. CPU is that of the whole process,
 * and beside it that of the brokers.
 * GET /livez is asked all the time, and beside it a server that does nothing else: what it takes to get a core while the brokers want both.
 * Needs a cluster: npm run bench:producer -- [--bootstrap 127.0.0.1:9092] [--records 1000000] [--pairs 8] [--batch-kib 128,16]
 * The last lines are the ratios.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Agent, request } from 'undici'
import { createValuePool } from '#services/load-test/domain/load/value-pool.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { endOf, type SteadyRate, steadyRate } from './steady-rate.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094' },
    records: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '8' },
    'batch-kib': { type: 'string', default: '128,16' },
    producers: { type: 'string', default: '1' }
  }
})
const records = Number(values.records)
const project = join(import.meta.dirname, '..')
const topic = `bench-producer-${Date.now().toString(36)}`
const folder = await mkdtemp(join(tmpdir(), 'kops-bench-'))
const payloads = join(folder, 'events.ndjson')
const admin = createTopicAdmin({ bootstrapServers: values.bootstrap.split(','), clientId: 'kops-bench' })
const reader = createClusterReader({ bootstrapServers: values.bootstrap, clientId: 'kops-bench' })
// A run answers once it has ended.
const patient = new Agent({ headersTimeout: 600_000, bodyTimeout: 600_000 })
const results: string[] = []

try {
  const pool = createValuePool({ kind: 'log-events' }, 1, Date.now())
  await writeFile(payloads, `${pool.values.map(String).join('\n')}\n`)
  // Small segments that go soon, so that a run of many pairs does not fill the disk.
  const configs = { 'min.insync.replicas': '2', 'retention.bytes': '268435456', 'segment.bytes': '67108864' }
  await admin.createTopic(
    { name: topic, partitions: 12, replicationFactor: 3, configs },
    { validateOnly: false, timeoutMs: 20_000 }
  )
  console.log(
    `${records} records of ${pool.meanBytes.toFixed(0)} B on average, 12 partitions, RF 3; the first third is left out`
  )
  for (const batchKib of values['batch-kib'].split(',').map(Number)) await compare(batchKib)
  for (const line of results) console.log(line)
} finally {
  await admin.deleteTopic(topic, { timeoutMs: 20_000 }).catch(() => undefined)
  await Promise.all([admin.close(), reader.close(), patient.close()])
  await rm(folder, { recursive: true })
}

async function compare(batchKib: number): Promise<void> {
  const service = await startService()
  const rates: number[] = []
  const costs: number[] = []
  const slowest: Answers[] = []
  const idle = await startIdleServer()
  try {
    for (let pair = 0; pair < Number(values.pairs); pair += 1) {
      const found = new Map<string, SteadyRate>()
      const sides = {
        kops: () => throughService(service, idle.url, batchKib, slowest),
        tool: () => perfTool(batchKib * 1024)
      }
      for (const side of pair % 2 === 0 ? (['kops', 'tool'] as const) : (['tool', 'kops'] as const)) {
        found.set(side, await sides[side]())
      }
      const [kops, tool] = [found.get('kops'), found.get('tool')]
      if (!kops || !tool) throw new Error('a side was not measured')
      rates.push(kops.recordsPerSecond / tool.recordsPerSecond)
      costs.push(kops.cpuSecondsPer100k / tool.cpuSecondsPer100k)
      console.log(
        `batch ${batchKib} KiB: kops ${show(kops)}; ProducerPerformance ${show(tool)}; rate ${rates.at(-1)?.toFixed(2)}, CPU ${costs.at(-1)?.toFixed(2)}`
      )
    }
  } finally {
    for (const { child } of [service, idle]) {
      child.kill()
      await once(child, 'exit')
    }
  }
  const worst = (of: keyof Answers) => Math.max(...slowest.map((each) => each[of])).toFixed(0)
  results.push(
    `batch ${batchKib} KiB: median ratio of rates ${spread(rates)}, of CPU ${spread(costs)}; slowest GET /livez during a run ${worst('livez')} ms, of a server that does nothing else ${worst('idle')} ms`
  )
}

/** The slowest answers while a run was under way, ms. */
interface Answers {
  livez: number
  idle: number
}

/** An HTTP server in a process of its own that does nothing but answer. */
async function startIdleServer(): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(join(import.meta.dirname, 'idle-server.ts'))
  const [url] = (await once(child, 'message')) as [string]
  return { child, url }
}

function spread(ratios: number[]): string {
  const sorted = ratios.toSorted((a, b) => a - b)
  const median = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
  return `${median.toFixed(2)} (${sorted[0]?.toFixed(2)}-${sorted.at(-1)?.toFixed(2)})`
}

interface Service {
  child: ChildProcess
  pid: number
  url: string
}

async function startService(): Promise<Service> {
  const child = fork(join(import.meta.dirname, 'producer-service.ts'), {
    env: { ...process.env, KOPS_BOOTSTRAP_SERVERS: values.bootstrap }
  })
  const [url] = (await once(child, 'message')) as [string]
  if (child.pid === undefined) throw new Error('load-test-service did not start')
  return { child, pid: child.pid, url }
}

async function throughService(
  { url, pid }: Service,
  idleUrl: string,
  batchKib: number,
  slowest: Answers[]
): Promise<SteadyRate> {
  const before = await endOf(reader, topic)
  const workload: Workload = {
    name: 'bench',
    topic: { kind: 'existing', name: topic, confirm: topic },
    records,
    producers: Number(values.producers),
    producer: { batchBytes: batchKib * 1024 }
  }
  const run = request(`${url}/api/loadtest/runs?wait=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(workload),
    dispatcher: patient
  })
  const watching = new AbortController()
  const watched = Promise.all([watch(`${url}/livez`, watching.signal), watch(idleUrl, watching.signal)])
  const [measured, { statusCode, body }] = await Promise.all([steadyRate(reader, topic, { before, records, pid }), run])
  watching.abort()
  const [livez, idle] = await watched
  slowest.push({ livez, idle })
  const answer = await body.text()
  if (statusCode >= 300) throw new Error(`the load test answered ${statusCode}: ${answer}`)
  return measured
}

/** Asks ten times a second, and resolves to the slowest answer in milliseconds. */
async function watch(url: string, signal: AbortSignal): Promise<number> {
  let slowest = 0
  while (!signal.aborted) {
    const since = performance.now()
    const { body } = await request(url, { dispatcher: patient })
    await body.dump()
    slowest = Math.max(slowest, performance.now() - since)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return slowest
}

async function perfTool(batchBytes: number): Promise<SteadyRate> {
  const before = await endOf(reader, topic)
  const child = spawn(
    'java',
    [
      ...['-Xmx512m', '-cp', join(project, 'kafka/libs/*'), 'org.apache.kafka.tools.ProducerPerformance'],
      ...['--topic', topic, '--num-records', String(records), '--throughput', '-1', '--payload-file', payloads],
      ...['--producer-props', `bootstrap.servers=${values.bootstrap}`, 'acks=all', 'compression.type=snappy'],
      ...['linger.ms=5', `batch.size=${batchBytes}`, 'enable.idempotence=true', 'buffer.memory=33554432']
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] }
  )
  if (child.pid === undefined) throw new Error('java did not start')
  const ended = once(child, 'exit')
  const measured = await steadyRate(reader, topic, { before, records, pid: child.pid })
  await ended
  return measured
}

function show({ recordsPerSecond, cpuSecondsPer100k }: SteadyRate): string {
  return `${Math.round(recordsPerSecond)}/s (${cpuSecondsPer100k.toFixed(2)} s CPU per 100,000)`
}
