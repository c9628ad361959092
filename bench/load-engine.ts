/**
 * The load test that a user runs, `POST /api/loadtest/run`, beside Kafka's own producer perf tool: the same kind of log events,
 * acks=all, snappy, linger 5 ms, the same batch size, in pairs that alternate who goes first (ABBA). Both are measured from the
 * topic's end offsets, the first third of the records left out (steady-rate.ts). load-test-service runs on, as in production;
 * the tool is a fresh JVM each time, whose start falls into the part that is left out. The tool picks its records from a file of
 * 20,000 events and has a buffer of 32 MiB; the service makes every event and has the buffer of its settings. The engine closes a
 * batch by its bytes before compression, the tool by what it expects after it.
 * Needs a cluster: node bench/load-engine.ts --bootstrap 127.0.0.1:9092 [--records 1000000] [--pairs 4] [--batch-kib 128,16]
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Agent, request } from 'undici'
import { createLogEventSource } from '#services/load-test/domain/load/log-events.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { endOf, type SteadyRate, steadyRate } from './steady-rate.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092' },
    records: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '4' },
    'batch-kib': { type: 'string', default: '128,16' }
  }
})
const records = Number(values.records)
const project = join(import.meta.dirname, '..')
const topic = `bench-load-engine-${Date.now().toString(36)}`
const folder = await mkdtemp(join(tmpdir(), 'kops-bench-'))
const payloads = join(folder, 'events.ndjson')
const admin = createTopicAdmin({ bootstrapServers: values.bootstrap.split(','), clientId: 'kops-bench' })
const reader = createClusterReader({ bootstrapServers: values.bootstrap, clientId: 'kops-bench' })
// A run answers once it has ended.
const patient = new Agent({ headersTimeout: 300_000, bodyTimeout: 300_000 })

try {
  const source = createLogEventSource(1)
  const events = Array.from({ length: 20_000 }, () => source(Date.now()).value)
  await writeFile(payloads, `${events.join('\n')}\n`)
  // Small segments that go soon, so that a run of many pairs does not fill the disk.
  const configs = { 'min.insync.replicas': '2', 'retention.bytes': '268435456', 'segment.bytes': '67108864' }
  await admin.createTopic(
    { name: topic, partitions: 12, replicationFactor: 3, configs },
    { validateOnly: false, timeoutMs: 20_000 }
  )
  const bytes = events.reduce((sum, event) => sum + event.length, 0) / events.length
  console.log(
    `${records} records of ${bytes.toFixed(0)} B on average, 12 partitions, RF 3; the first third is left out`
  )
  for (const batchKib of values['batch-kib'].split(',').map(Number)) await compare(batchKib)
} finally {
  await admin.deleteTopic(topic, { timeoutMs: 20_000 }).catch(() => undefined)
  await Promise.all([admin.close(), reader.close(), patient.close()])
  await rm(folder, { recursive: true })
}

async function compare(batchKib: number): Promise<void> {
  const service = await startService(batchKib * 1024)
  try {
    const ratios: number[] = []
    for (let pair = 0; pair < Number(values.pairs); pair += 1) {
      const found = new Map<string, SteadyRate>()
      const sides = { kops: () => throughService(service), tool: () => perfTool(batchKib * 1024) }
      for (const side of pair % 2 === 0 ? (['kops', 'tool'] as const) : (['tool', 'kops'] as const)) {
        found.set(side, await sides[side]())
      }
      const [kops, tool] = [found.get('kops'), found.get('tool')]
      if (!kops || !tool) throw new Error('a side was not measured')
      ratios.push(kops.recordsPerSecond / tool.recordsPerSecond)
      console.log(
        `batch ${batchKib} KiB: kops ${show(kops)}; ProducerPerformance ${show(tool)}; ratio ${ratios.at(-1)?.toFixed(2)}`
      )
    }
    const sorted = ratios.toSorted((a, b) => a - b)
    const median = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
    console.log(
      `batch ${batchKib} KiB: median ratio ${median.toFixed(2)} (${sorted[0]?.toFixed(2)}-${sorted.at(-1)?.toFixed(2)})`
    )
  } finally {
    service.child.kill()
  }
}

interface Service {
  child: ChildProcess
  pid: number
  url: string
}

async function startService(batchBytes: number): Promise<Service> {
  const child = fork(join(import.meta.dirname, 'load-engine-service.ts'), {
    env: {
      ...process.env,
      KOPS_BOOTSTRAP_SERVERS: values.bootstrap,
      KOPS_LOAD_BATCH_BYTES: String(batchBytes)
    }
  })
  const [url] = (await once(child, 'message')) as [string]
  if (child.pid === undefined) throw new Error('load-test-service did not start')
  return { child, pid: child.pid, url }
}

async function throughService({ url, pid }: Service): Promise<SteadyRate> {
  const before = await endOf(reader, topic)
  const run = request(`${url}/api/loadtest/run?eventCount=${records}&topic=${topic}&confirmTopic=${topic}`, {
    method: 'POST',
    dispatcher: patient
  })
  const [measured, { statusCode, body }] = await Promise.all([steadyRate(reader, topic, { before, records, pid }), run])
  const answer = await body.text()
  if (statusCode >= 300) throw new Error(`the load test answered ${statusCode}: ${answer}`)
  return measured
}

async function perfTool(batchBytes: number): Promise<SteadyRate> {
  const before = await endOf(reader, topic)
  const child = spawn(
    'java',
    [
      ...['-Xmx512m', '-cp', join(project, 'kafka/libs/*'), 'org.apache.kafka.tools.ProducerPerformance'],
      ...['--topic', topic, '--num-records', String(records), '--throughput', '-1', '--payload-file', payloads],
      ...['--producer-props', `bootstrap.servers=${values.bootstrap}`, 'acks=all', 'compression.type=snappy'],
      ...['linger.ms=5', `batch.size=${batchBytes}`]
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
