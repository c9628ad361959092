/**
 * The replay of dead letters (`POST /api/dead-letters/{queue}/replay`, as a user calls it, without a limit on the
 * rate) beside the bare client: a consumer and a producer of @platformatic/kafka that write the same letters to the same kind
 * of topic, 1,000 at a time, acks=all, which record nothing and check nothing. In pairs that alternate who goes first (ABBA); a pair
 * has a queue of its own, and each side a topic of its own. The bare side's time begins with its first record: joining a group is
 * left out. Both run in this process; the first pair compiles and does not count.
 * Needs a cluster: npm run bench:dead-letters -- [--bootstrap 127.0.0.1:9092] [--letters 40000] [--pairs 6] [--bytes 500]
 * The last lines are rows for docs/performance.md.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Consumer, Producer } from '@platformatic/kafka'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import { mostLetters, type ReplayResult } from '#shared/contracts/dead-letter-changes.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { retry } from '#shared/poll.ts'
import { deadLetterHeaders } from '#shared/streams/dead-letters/headers.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094' },
    letters: { type: 'string', default: '40000' },
    pairs: { type: 'string', default: '6' },
    bytes: { type: 'string', default: '500' }
  }
})
const letters = Number(values.letters)
const bootstrapServers = values.bootstrap.split(',')
const connection = { bootstrapServers, clientId: 'kops-bench' }
const run = `bench-replay-${Date.now().toString(36)}`
const partitions = 6
const chunk = 1000

const folder = await mkdtemp(join(tmpdir(), 'kops-bench-'))
const admin = createTopicAdmin(connection)
const writer = createRecordWriter(connection)
const service = await buildApp(
  loadConfig({
    KOPS_BOOTSTRAP_SERVERS: values.bootstrap,
    KOPS_LOG_LEVEL: 'silent',
    KOPS_DATA_DIR: folder,
    KOPS_AUDIT: 'spool'
  })
)
const bare = new Producer({ clientId: 'kops-bench-bare', bootstrapBrokers: bootstrapServers })
const made: string[] = []

interface Measured {
  perSecond: number
  cpuSecondsPer100k: number
}

try {
  await service.ready()
  const pairs: { kops: Measured; bare: Measured }[] = []
  for (let pair = 0; pair <= Number(values.pairs); pair += 1) {
    const found = new Map<string, Measured>()
    const queue = await makeQueue(pair)
    const sides = { kops: () => byService(queue, pair), bare: () => byBareClient(queue, pair) }
    for (const side of pair % 2 === 0 ? (['kops', 'bare'] as const) : (['bare', 'kops'] as const)) {
      found.set(side, await sides[side]())
    }
    const [kops, plain] = [found.get('kops'), found.get('bare')]
    if (!kops || !plain) throw new Error('a side was not measured')
    const shown = `kops ${show(kops)}; bare ${show(plain)}; rate ${(kops.perSecond / plain.perSecond).toFixed(2)}`
    console.log(`${pair === 0 ? 'warm-up' : `pair ${pair}`}: ${shown}`)
    if (pair > 0) pairs.push({ kops, bare: plain })
    await forget()
  }
  const rates = pairs.map(({ kops, bare }) => kops.perSecond / bare.perSecond)
  const costs = pairs.map(({ kops, bare }) => kops.cpuSecondsPer100k / bare.cpuSecondsPer100k)
  const range = (side: 'kops' | 'bare') => {
    const sorted = pairs.map((pair) => pair[side].perSecond).toSorted((a, b) => a - b)
    return `${thousands(sorted[0])}-${thousands(sorted.at(-1))}`
  }
  console.log('| letters | kops, letters/s | bare client, letters/s | median ratio (range) | median ratio of CPU |')
  console.log('|---|---|---|---|---|')
  console.log(
    `| ${letters} of ${values.bytes} B | ${range('kops')} | ${range('bare')} | ${spread(rates)} | ${spread(costs)} |`
  )
} finally {
  await forget()
  await Promise.all([service.close(), bare.close(), admin.close(), writer.close()])
  await rm(folder, { recursive: true })
}

async function makeTopic(name: string): Promise<string> {
  const configs = { 'min.insync.replicas': '2', 'retention.bytes': '268435456', 'segment.bytes': '67108864' }
  await admin.createTopic(
    { name, partitions, replicationFactor: 3, configs },
    { validateOnly: false, timeoutMs: 20_000 }
  )
  made.push(name)
  return name
}

/** The queue of a pair; its letters name the topic that kops writes to. */
async function makeQueue(pair: number): Promise<string> {
  const queue = await makeTopic(`${run}-${pair}.dlq`)
  const topic = await makeTopic(`${run}-${pair}`)
  const value = Buffer.from(randomBytes(Number(values.bytes)).toString('base64').slice(0, Number(values.bytes)))
  for (let from = 0; from < letters; from += chunk) {
    const records = Array.from({ length: Math.min(chunk, letters - from) }, (_, nth) => {
      const index = from + nth
      const cause = { topic, partition: index % partitions, offset: index, group: 'billing' }
      const why = { errorClass: 'TimeoutException', message: 'the ledger did not answer' }
      const trace: [string, Buffer] = ['trace', Buffer.from(`trace-${index}`)]
      return { key: Buffer.from(`key-${index}`), value, headers: deadLetterHeaders({ ...cause, ...why }, [trace]) }
    })
    const results = await retry(
      () => writer.write(queue, records, { deadlineMs: 20_000 }),
      () => true,
      { timeoutMs: 15_000, pauseMs: 200 }
    )
    if (results.some(({ status }) => status !== 'acknowledged')) throw new Error('letters were not written')
  }
  return queue
}

async function byService(queue: string, pair: number): Promise<Measured> {
  const meter = startMeter()
  let replayed = 0
  while (replayed < letters) {
    const answer = await service.inject({
      method: 'POST',
      url: `/api/dead-letters/${queue}/replay`,
      payload: { limit: mostLetters, maxPerSecond: 100_000 }
    })
    const result = answer.json<ReplayResult>()
    if (answer.statusCode !== 200 || result.replayed === 0) throw new Error(`pair ${pair}: ${answer.body}`)
    replayed += result.replayed
  }
  return meter()
}

async function byBareClient(queue: string, pair: number): Promise<Measured> {
  const topic = await makeTopic(`${run}-${pair}-bare`)
  const consumer = new Consumer({
    clientId: 'kops-bench-bare',
    groupId: `${run}-${pair}`,
    bootstrapBrokers: bootstrapServers,
    maxWaitTime: 250
  })
  const send = (messages: Parameters<typeof bare.send>[0]['messages']) => bare.send({ messages, acks: -1 })
  // The topic is new: what that costs is not the replay's.
  await retry(
    () => send([{ topic, key: Buffer.from('first'), value: Buffer.from('first') }]),
    () => true,
    { timeoutMs: 15_000, pauseMs: 200 }
  )
  const stream = await consumer.consume({ topics: [queue], mode: 'earliest', autocommit: false })
  let meter: (() => Measured) | undefined
  let taken = 0
  let batch: Parameters<typeof send>[0] = []
  for await (const { key, value, headers, timestamp } of stream) {
    meter ??= startMeter()
    taken += 1
    batch.push({ topic, key, value, headers, timestamp })
    if (batch.length < chunk && taken < letters) continue
    await send(batch)
    batch = []
    if (taken === letters) break
  }
  const measured = meter?.()
  await stream.close()
  await consumer.close()
  if (measured === undefined) throw new Error('the bare client has read nothing')
  return measured
}

function startMeter(): () => Measured {
  const startedAt = performance.now()
  const since = process.cpuUsage()
  return () => {
    const seconds = (performance.now() - startedAt) / 1000
    const { user, system } = process.cpuUsage(since)
    return { perSecond: letters / seconds, cpuSecondsPer100k: ((user + system) / 1e6 / letters) * 100_000 }
  }
}

async function forget(): Promise<void> {
  for (const name of made.splice(0)) await admin.deleteTopic(name, { timeoutMs: 20_000 }).catch(() => undefined)
}

function show({ perSecond, cpuSecondsPer100k }: Measured): string {
  return `${thousands(perSecond)} letters/s, ${cpuSecondsPer100k.toFixed(2)} CPU s per 100,000`
}

function thousands(value = Number.NaN): string {
  return `${(value / 1000).toFixed(1)}k`
}

function spread(ratios: number[]): string {
  const sorted = ratios.toSorted((a, b) => a - b)
  const median = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
  return `${median.toFixed(2)} (${sorted[0]?.toFixed(2)}-${sorted.at(-1)?.toFixed(2)})`
}
