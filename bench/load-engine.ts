/**
 * The load engine beside Kafka's own producer perf tool: the same log events, acks=all, snappy, linger 5 ms, 32 MiB of
 * buffer, batches of 16 and of 128 KiB, alternating in one run, each in a fresh process. Prints each round and the median
 * ratio. The engine closes a batch by its bytes before compression, the tool by what it expects after it, so that at the same
 * setting the tool's batches hold more records. Needs a cluster: node bench/load-engine.ts --bootstrap 127.0.0.1:9092 [--records 200000] [--rounds 3]
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { createLogEventSource } from '../services/load-test/domain/load/log-events.ts'
import { createTopicAdmin } from '../shared/kafka/topic-admin.ts'

const run = promisify(execFile)
const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092' },
    records: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '3' }
  }
})
const project = join(import.meta.dirname, '..')
const topic = `bench-load-engine-${Date.now().toString(36)}`
const folder = await mkdtemp(join(tmpdir(), 'kops-bench-'))
const payloads = join(folder, 'events.ndjson')
const admin = createTopicAdmin({ bootstrapServers: values.bootstrap.split(','), clientId: 'kops-bench' })

try {
  const source = createLogEventSource(1)
  const events = Array.from({ length: 20_000 }, () => source(Date.now()).value)
  await writeFile(payloads, `${events.join('\n')}\n`)
  await admin.createTopic(
    { name: topic, partitions: 12, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } },
    { validateOnly: false, timeoutMs: 20_000 }
  )
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const bytes = events.reduce((sum, event) => sum + event.length, 0) / events.length
  console.log(`${values.records} records of ${bytes.toFixed(0)} B on average, 12 partitions, RF 3`)
  await engine(16_384)
  for (const batchBytes of [16_384, 131_072]) {
    const ratios: number[] = []
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const ours = await engine(batchBytes)
      const theirs = await perfTool(batchBytes)
      ratios.push(ours.rate / theirs.rate)
      console.log(
        `batch ${batchBytes / 1024} KiB: engine ${show(ours)}; ProducerPerformance ${show(theirs)}; ratio ${(ours.rate / theirs.rate).toFixed(2)}`
      )
    }
    console.log(`batch ${batchBytes / 1024} KiB: median ratio ${median(ratios).toFixed(2)}`)
  }
} finally {
  await admin.deleteTopic(topic, { timeoutMs: 20_000 }).catch(() => undefined)
  await admin.close()
  await rm(folder, { recursive: true })
}

interface Round {
  rate: number
  cpuSeconds: number
}

async function engine(batchBytes: number): Promise<Round> {
  const { stdout } = await run(process.execPath, [
    join(import.meta.dirname, 'load-engine-child.ts'),
    ...['--bootstrap', values.bootstrap, '--topic', topic, '--payloads', payloads],
    ...['--records', values.records, '--batch-bytes', String(batchBytes)]
  ])
  const { acknowledged, recordsPerSecond, cpuSeconds } = JSON.parse(stdout) as Record<string, number>
  if (acknowledged !== Number(values.records)) throw new Error(`only ${acknowledged} were acknowledged`)
  return { rate: recordsPerSecond ?? 0, cpuSeconds: cpuSeconds ?? 0 }
}

async function perfTool(batchBytes: number): Promise<Round> {
  const tool = [
    ...['-Xmx512m', '-cp', join(project, 'kafka/libs/*'), 'org.apache.kafka.tools.ProducerPerformance'],
    ...['--topic', topic, '--num-records', values.records, '--throughput', '-1', '--payload-file', payloads],
    ...['--producer-props', `bootstrap.servers=${values.bootstrap}`, 'acks=all', 'compression.type=snappy'],
    ...['linger.ms=5', `batch.size=${batchBytes}`]
  ]
  // The shell's `times` would count itself; /proc is gone when the process is. bash reports the child's time.
  const { stdout, stderr } = await run('bash', ['-c', 'TIMEFORMAT="cpu %U %S"; time java "$@"', 'java', ...tool])
  const rate = /^\d+ records sent, ([\d.]+) records\/sec.*th/m.exec(stdout.trim().split('\n').at(-1) ?? '')?.[1]
  const cpu = /cpu ([\d.]+) ([\d.]+)/.exec(stderr)
  if (rate === undefined) throw new Error(`ProducerPerformance said: ${stdout}${stderr}`)
  return { rate: Number(rate), cpuSeconds: Number(cpu?.[1] ?? 0) + Number(cpu?.[2] ?? 0) }
}

function show({ rate, cpuSeconds }: Round): string {
  return `${Math.round(rate)}/s (${cpuSeconds.toFixed(1)} s CPU)`
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
