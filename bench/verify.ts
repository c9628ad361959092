/**
 * What `verify: true` costs, and how fast records are read back, with load-test-service as users run it.
 * 1. The stamp: making records and appending them to batches, with and without it, in turn, in this process.
 * 2. Decoding: batches as a broker delivers them, read as verified runs do, with our own codec, and as messages are shown.
 * 3. The rate of runs with and without it, in pairs that alternate who goes first (ABBA), from the topic's end offsets, the first
 *    third of the records left out (steady-rate.ts).
 * 4. Reading back: what each verified run reports, beside Kafka's own ConsumerPerformance on the same topic, which compares nothing (its
 *    rate while it fetches: without joining a group); and a topic like it read by the reader of drills (kafkajs) in this process.
 * 1 and 2 need no cluster, the others do: npm run bench:verify -- [--bootstrap 127.0.0.1:9092] [--records 500000] [--pairs 4] [--offline]
 */
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { request } from 'undici'
import { createRecordSource, type RecordSource } from '#services/load-test/domain/load/record-source.ts'
import { stampRecords } from '#services/load-test/domain/load/stamp.ts'
import { createValuePool } from '#services/load-test/domain/load/value-pool.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { partitionForKey } from '#shared/kafka/producing/partitioner.ts'
import type { Compression } from '#shared/kafka/producing/port.ts'
import { createBatchBuilder, createBufferPool } from '#shared/kafka/producing/record-batch.ts'
import { unpack } from '#shared/kafka/records/codecs/unpack.ts'
import { decodeBatches, unpackBatches } from '#shared/kafka/records/record-batches.ts'
import { walkRecords } from '#shared/kafka/records/walk-records.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { createIndependentReader } from '#shared/kafka/verifying/kafkajs-reader.ts'
import { unpackQuickly } from '#shared/kafka/verifying/quick-unpack.ts'
import { poll } from '#shared/poll.ts'
import { endOf, steadyRate } from './steady-rate.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094' },
    records: { type: 'string', default: '500000' },
    pairs: { type: 'string', default: '4' },
    offline: { type: 'boolean', default: false }
  }
})
const records = Number(values.records)

costOfStamp()
for (const codec of ['snappy', 'lz4'] as const) await costOfDecoding(codec)
if (!values.offline) await runs()

function costOfStamp(): void {
  const partitions = 12
  const options = { partitions, partitionFor: partitionForKey, batchBytes: 16_384, seed: 1, timestampMs: Date.now() }
  const workload = { payload: { kind: 'log-events' }, keys: { kind: 'distinct' }, headers: [] } as const
  const of = { ...workload, headers: [] }
  const plain = createRecordSource(of, options)
  const stamped = stampRecords(createRecordSource(of, options), { run: 1, producer: 0, headers: [], partitions })
  const differences: number[] = []
  const without: number[] = []
  for (let round = 0; round < 40; round += 1) {
    const [first, second] = round % 2 === 0 ? [plain, stamped] : [stamped, plain]
    const [a, b] = [nanosecondsOf(first), nanosecondsOf(second)]
    // The first rounds compile.
    if (round < 10) continue
    differences.push(round % 2 === 0 ? b - a : a - b)
    without.push(round % 2 === 0 ? a : b)
  }
  const sorted = differences.toSorted((a, b) => a - b)
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => sorted[Math.floor(sorted.length * share)]?.toFixed(0))
  console.log(
    `a record takes ${medianOf(without).toFixed(0)} ns, and its stamp ${median} ns more (quartiles ${low} to ${high})`
  )
}

/** Processor time to make a record and append it to a batch. */
function nanosecondsOf(source: RecordSource): number {
  const count = 100_000
  const buffers = createBufferPool()
  const make = () => createBatchBuilder({ limitBytes: 65_536, compression: 'none', buffers })
  let builder = make()
  const since = process.cpuUsage()
  for (let nth = 0; nth < count; nth += 1) {
    const record = source.next()
    if (builder.append(record, 0)) continue
    builder.release()
    builder = make()
    builder.append(record, 0)
  }
  const { user, system } = process.cpuUsage(since)
  return ((user + system) * 1000) / count
}

async function costOfDecoding(compression: Compression): Promise<void> {
  const pool = createValuePool({ kind: 'log-events' }, 1, Date.now())
  const buffers = createBufferPool()
  const batches: Buffer[] = []
  let count = 0
  for (let nth = 0; nth < 100; nth += 1) {
    const builder = createBatchBuilder({ limitBytes: 40_000, compression, buffers })
    const first = count
    while (builder.append({ key: null, value: pool.values[count % pool.values.length] ?? Buffer.alloc(0) }, 0))
      count += 1
    builder.seal()
    const batch = Buffer.from(builder.stamp({ id: 1n, epoch: 0 }, first))
    batch.writeBigInt64BE(BigInt(first), 0)
    batches.push(batch)
  }
  const bytes = Buffer.concat(batches)
  const span = { partition: 0, from: 0, to: count }
  async function walk(unpackWith: typeof unpack): Promise<number> {
    let same = 0
    for await (const { content } of unpackBatches(span, bytes, { unpackWith })) {
      if (!content) continue
      walkRecords(content.header, content.bytes, ({ offset, bytes, valueStart, valueEnd }) => {
        const value = pool.values[offset % pool.values.length]
        if (value && bytes.compare(value, 0, value.length, valueStart, valueEnd) === 0) same += 1
      })
    }
    return same
  }
  async function decode(): Promise<number> {
    let read = 0
    for await (const { records } of decodeBatches(span, bytes))
      for (const _ of records.between(0, count, 'ascending')) read += 1
    return read
  }
  const ways = { verified: () => walk(unpackQuickly()), 'own codec': () => walk(unpack), messages: decode }
  for (const [name, way] of Object.entries(ways)) {
    const rates: number[] = []
    for (let round = 0; round < 60; round += 1) {
      const since = performance.now()
      if ((await way()) !== count) throw new Error(`${name} missed records`)
      if (round >= 20) rates.push(count / ((performance.now() - since) / 1000))
    }
    console.log(`${compression}, ${name}: ${medianOf(rates).toFixed(0)} records/s`)
  }
}

async function runs(): Promise<void> {
  const bootstrapServers = values.bootstrap.split(',')
  const admin = createTopicAdmin({ bootstrapServers, clientId: 'kops-bench' })
  const reader = createClusterReader({ bootstrapServers, clientId: 'kops-bench' })
  const child = fork(join(import.meta.dirname, 'producer-service.ts'), {
    env: { ...process.env, KOPS_BOOTSTRAP_SERVERS: values.bootstrap }
  })
  try {
    const [url] = (await once(child, 'message')) as [string]
    const ratios: number[] = []
    const readRates: number[] = []
    const toolRates: number[] = []
    for (let pair = 0; pair < Number(values.pairs); pair += 1) {
      const rates = new Map<boolean, number>()
      for (const verify of pair % 2 === 0 ? [false, true] : [true, false]) {
        const { rate, run, toolRate } = await measure(url, child, { verify })
        rates.set(verify, rate)
        const { verification } = run.result ?? {}
        if (!verification) continue
        readRates.push(verification.read / (verification.durationMs / 1000))
        toolRates.push(toolRate)
        if (verification.verdict !== 'clean') throw new Error(JSON.stringify(verification))
      }
      ratios.push((rates.get(true) ?? 0) / (rates.get(false) ?? 1))
      console.log(
        `without ${rates.get(false)?.toFixed(0)}/s, verified ${rates.get(true)?.toFixed(0)}/s, read back at ${readRates.at(-1)?.toFixed(0)}/s, ConsumerPerformance ${toolRates.at(-1)?.toFixed(0)}/s`
      )
    }
    await byKafkajs(url)
    console.log(
      `verified / without: median ${medianOf(ratios).toFixed(2)} (${ratios.map((each) => each.toFixed(2)).join(', ')})`
    )
    const beside = readRates.map((rate, nth) => rate / (toolRates[nth] ?? 1))
    console.log(
      `read back at ${medianOf(readRates).toFixed(0)}/s in the median of the runs, ${medianOf(beside).toFixed(2)} (${beside.map((each) => each.toFixed(2)).join(', ')}) of ConsumerPerformance`
    )
  } finally {
    child.kill()
    await once(child, 'exit')
    await Promise.all([admin.close(), reader.close()])
  }

  async function measure(url: string, { pid }: ChildProcess, { verify }: { verify: boolean }) {
    return inOwnTopic(async (topic) => {
      const started = await start(url, { name: 'bench', topic, records, producer: { batchBytes: 131_072 }, verify })
      const { recordsPerSecond } = await steadyRate(reader, started.topic, { before: 0, records, pid: pid ?? 0 })
      const run = await end(url, started)
      return { rate: recordsPerSecond, run, toolRate: verify ? await consumerPerformance(topic.name) : 0 }
    })
  }

  async function consumerPerformance(topic: string): Promise<number> {
    const { stdout } = await promisify(execFile)('java', [
      ...[
        '-Xmx512m',
        '-cp',
        join(import.meta.dirname, '../kafka/libs/*'),
        'org.apache.kafka.tools.ConsumerPerformance'
      ],
      ...['--bootstrap-server', values.bootstrap, '--topic', topic, '--messages', String(records), '--hide-header']
    ])
    const rate = Number(stdout.trim().split(', ').at(-1))
    if (!(rate > 0)) throw new Error(`ConsumerPerformance said ${stdout}`)
    return rate
  }

  async function inOwnTopic<T>(work: (topic: { kind: 'existing'; name: string; confirm: string }) => Promise<T>) {
    const name = `bench-verify-${Date.now().toString(36)}`
    const topic = { name, partitions: 12, replicationFactor: 3, configs: {} }
    await admin.createTopic(topic, { validateOnly: false, timeoutMs: 20_000 })
    const isReady = () => endOf(reader, name).then(Number.isFinite, () => false)
    try {
      await poll(isReady, Boolean, { timeoutMs: 20_000, pauseMs: 200 })
      return await work({ kind: 'existing', name, confirm: name })
    } finally {
      await admin.deleteTopic(name, { timeoutMs: 20_000 })
    }
  }

  /** How fast the reader of drills is with a topic like those of the runs. */
  async function byKafkajs(url: string): Promise<void> {
    await inOwnTopic(async (topic) => {
      await end(url, await start(url, { name: 'bench', topic, records, producer: { batchBytes: 131_072 } }))
      const independent = createIndependentReader({ bootstrapServers, clientId: 'kops-bench' })
      const since = performance.now()
      let first: number | undefined
      let read = 0
      await independent.readTopic(topic.name, {
        isolation: 'read_committed',
        deadlineMs: 600_000,
        onRecord() {
          first ??= performance.now()
          read += 1
        }
      })
      const now = performance.now()
      const [all, reading] = [now - since, now - (first ?? since)]
      console.log(
        `kafkajs read ${read} at ${((read / all) * 1000).toFixed(0)}/s, ${((read / reading) * 1000).toFixed(0)}/s from the first record on`
      )
    })
  }
}

async function start(url: string, workload: Workload): Promise<LoadTestRun> {
  const { statusCode, body } = await request(`${url}/api/loadtest/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(workload)
  })
  const answer = await body.text()
  if (statusCode !== 202) throw new Error(`the load test answered ${statusCode}: ${answer}`)
  return JSON.parse(answer) as LoadTestRun
}

async function end(url: string, { links }: LoadTestRun): Promise<LoadTestRun> {
  const read = async () => (await (await request(`${url}${links.self}`)).body.json()) as LoadTestRun
  const hasEnded = ({ status }: LoadTestRun) => status !== 'running' && status !== 'pending'
  const { answer } = await poll(read, hasEnded, { timeoutMs: 600_000, pauseMs: 200 })
  if (answer.status !== 'completed') throw new Error(`${answer.status}: ${answer.failure}`)
  return answer
}

function medianOf(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
}
