/**
 * Load tests at a fixed rate, as a user runs them (`POST /api/loadtest/runs`): log events, acks=all, idempotent, snappy, linger
 * 5 ms, batches of 16 KiB, 12 partitions with three replicas.
 * 1. --pairs runs at --beside records/s, and as many of Kafka's own producer (fixed-rate-bare.java), in turns (ABBA): the 99th
 *    percentile of the time from when a record is due until it is acknowledged. Both leave a warm-up of 10 s out.
 * 2. One run at --rate for --minutes: how far the rate is from what was asked for, and the memory of the service, every 5 s.
 * Needs a cluster and Java: npm run bench:fixed-rate -- [--bootstrap 127.0.0.1:9092] [--pairs 8] [--beside 2000] [--rate 10000] [--minutes 10]
 */
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import Value from 'typebox/value'
import { Agent, request } from 'undici'
import { createValuePool } from '#services/load-test/domain/load/value-pool.ts'
import { LoadTestResultSchema } from '#shared/contracts/load-test-result.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094' },
    pairs: { type: 'string', default: '8' },
    beside: { type: 'string', default: '2000' },
    rate: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '10' }
  }
})
const warmUpSeconds = 10
/** So many that a p99 of a calm machine rests on the 370 independent samples that it needs. */
const besideSeconds = 60
const sampleMs = 5000
const batchBytes = 16_384
const project = join(import.meta.dirname, '..')
const topic = `bench-fixed-rate-${Date.now().toString(36)}`
const folder = await mkdtemp(join(tmpdir(), 'kops-bench-'))
const payloads = join(folder, 'events.ndjson')
const admin = createTopicAdmin({ bootstrapServers: values.bootstrap.split(','), clientId: 'kops-bench' })
// A run answers once it has ended.
const patient = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
const service = fork(join(import.meta.dirname, 'producer-service.ts'), {
  env: { ...process.env, KOPS_BOOTSTRAP_SERVERS: values.bootstrap }
})

try {
  const [url] = (await once(service, 'message')) as [string]
  const configs = { 'min.insync.replicas': '2', 'retention.bytes': '268435456', 'segment.bytes': '67108864' }
  await admin.createTopic(
    { name: topic, partitions: 12, replicationFactor: 3, configs },
    { validateOnly: false, timeoutMs: 20_000 }
  )
  await writeFile(payloads, `${createValuePool({ kind: 'log-events' }, 1, Date.now()).values.map(String).join('\n')}\n`)
  await compare(url, Number(values.beside), Number(values.pairs))
  if (Number(values.minutes) > 0) await hold(url, Number(values.rate), Number(values.minutes) * 60)
} finally {
  service.kill()
  await admin.deleteTopic(topic, { timeoutMs: 20_000 }).catch(() => undefined)
  await Promise.all([admin.close(), patient.close()])
  await rm(folder, { recursive: true })
}

async function compare(url: string, perSecond: number, pairs: number): Promise<void> {
  const ratios: number[] = []
  for (let pair = 0; pair < pairs; pair += 1) {
    const found = { kops: 0, java: 0 }
    for (const side of pair % 2 === 0 ? (['kops', 'java'] as const) : (['java', 'kops'] as const)) {
      found[side] = side === 'kops' ? await byService(url, perSecond) : await byJava(perSecond)
    }
    ratios.push(found.kops / found.java)
    console.log(`${perSecond}/s: p99 kops ${found.kops.toFixed(2)} ms, Java ${found.java.toFixed(2)} ms`)
  }
  const sorted = ratios.toSorted((a, b) => a - b)
  const middle = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
  console.log(
    `${perSecond}/s: median ratio of p99 ${middle.toFixed(2)} (${sorted[0]?.toFixed(2)}-${sorted.at(-1)?.toFixed(2)})`
  )
}

async function byService(url: string, perSecond: number): Promise<number> {
  const { percentiles } = await run(url, perSecond, besideSeconds)
  const p99 = percentiles?.find(({ of, percentile }) => of === 'responseTime' && percentile === 99)?.valueMs
  if (typeof p99 !== 'number') throw new Error(`the load test has no p99: ${JSON.stringify(percentiles)}`)
  return p99
}

async function byJava(perSecond: number): Promise<number> {
  const { stdout } = await promisify(execFile)('java', [
    ...['-Xmx512m', '-cp', join(project, 'kafka/libs/*'), join(import.meta.dirname, 'fixed-rate-bare.java')],
    ...[values.bootstrap, topic, payloads, String(perSecond)],
    ...[warmUpSeconds, besideSeconds, batchBytes].map(String)
  ])
  return Number(stdout)
}

async function run(url: string, perSecond: number, seconds: number) {
  const workload: Workload = {
    name: 'bench',
    topic: { kind: 'existing', name: topic, confirm: topic },
    rate: { kind: 'constant', perSecond },
    durationSeconds: warmUpSeconds + seconds,
    warmUpSeconds,
    producer: { batchBytes }
  }
  const { statusCode, body } = await request(`${url}/api/loadtest/runs?wait=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(workload),
    dispatcher: patient
  })
  const answer = (await body.json()) as { result?: unknown }
  if (statusCode >= 300) throw new Error(`the load test answered ${statusCode}: ${JSON.stringify(answer)}`)
  return Value.Parse(LoadTestResultSchema, answer.result)
}

async function hold(url: string, perSecond: number, seconds: number): Promise<void> {
  const samples: number[] = []
  const running = new AbortController()
  const sampling = (async () => {
    while (!running.signal.aborted) {
      samples.push(await rssMib())
      await delay(sampleMs, undefined, { signal: running.signal }).catch(() => undefined)
    }
  })()
  const { steadyState, limitedBy } = await run(url, perSecond, seconds)
  running.abort()
  await sampling
  const achieved = steadyState?.eventsPerSecond ?? Number.NaN
  console.log(
    `${perSecond}/s for ${seconds} s: ${achieved.toFixed(1)}/s, error ${((achieved / perSecond - 1) * 100).toFixed(3)} %, limited by ${limitedBy}`
  )
  const fifth = Math.max(1, Math.floor(samples.length / 5))
  const median = (part: number[]) => part.toSorted((a, b) => a - b)[part.length >> 1]?.toFixed(0)
  console.log(
    `RSS of the service, median of each fifth: ${[0, 1, 2, 3, 4].map((index) => median(samples.slice(index * fifth, (index + 1) * fifth))).join(', ')} MiB`
  )
}

async function rssMib(): Promise<number> {
  const status = await readFile(`/proc/${service.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
}
