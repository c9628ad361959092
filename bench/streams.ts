/**
 * Events a second that one core takes through stream processing, with transactions and without, beside the client library alone.
 *
 * client      @platformatic/kafka's Consumer and Producer: reads each event and writes it as it is, idempotent, acks=all, lz4, up to
 *             20,000 events or 100 ms at a time, commits offsets after each; with tx in one transaction each
 * copy        tasks (shared/streams) that do the same: this is the like for like
 * windows     kops analytics: parses each event, counts and sums by type in windows of a minute, writes results and state
 *
 * All of them read the same topic of three partitions (RF 3) read_committed, each in a process of its own, one after the other, there and
 * back again (ABBA). What counts is the processor time of the whole process, from its start to the last commit; reading ahead makes a
 * later start of the measurement unfair. Client and copy write as many bytes as they read, windows hardly any.
 * Needs a cluster: npm run bench:streams -- [--bootstrap 127.0.0.1:9092] [--records 1000000] [--rounds 2]
 * The last lines are rows for docs/performance.md.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { createBulkProducer } from '#shared/kafka/producing/bulk-producer.ts'
import { durableSettings } from '#shared/kafka/producing/port.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { createRandom } from '#shared/seeded-random.ts'
import type { StreamsResult, StreamsRun, Subject } from './streams-child.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094' },
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '2' }
  }
})
const { bootstrap } = values
const records = Number(values.records)
const partitions = 3
const subjects: Subject[] = ['client', 'client tx', 'copy', 'copy tx', 'windows', 'windows tx']
const id = `bench-streams-${Date.now().toString(36)}`
const input = `${id}-events`
const admin = createTopicAdmin({ bootstrapServers: bootstrap, clientId: 'kops-bench' })
const made: string[] = []
const results = new Map<Subject, StreamsResult[]>(subjects.map((subject) => [subject, []]))

try {
  await create(input)
  const bytes = await fill()
  console.log(`${records} events of ${(bytes / records).toFixed(0)} B, ${partitions} partitions, RF 3`)
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const result = await run({
        subject,
        bootstrap,
        name: `kops-${id}-${round}-${subject.replace(' ', '-')}`,
        input,
        records
      })
      results.get(subject)?.push(result)
      console.log(
        `${round + 1} ${subject.padEnd(10)} ${perCore(result)} events a second and core, ${result.perSecond.toFixed(0)} a second`
      )
    }
  }
  const base = { '': median('client'), tx: median('client tx') }
  console.log('\n| | events a second and core, median (least to most) | beside the client |\n|---|---|---|')
  for (const subject of subjects) {
    const all = (results.get(subject) ?? []).map(perCore).sort((a, b) => a - b)
    const beside = median(subject) / base[subject.endsWith('tx') ? 'tx' : '']
    const [name, tx] = subject.split(' ')
    const how = tx ? 'in transactions' : 'without transactions'
    console.log(`| ${name}, ${how} | ${median(subject)} (${all[0]} to ${all.at(-1)}) | ${beside.toFixed(2)} |`)
  }
  for (const name of ['client', 'copy', 'windows'] as const) {
    const share = 1 - median(`${name} tx`) / median(name)
    console.log(`transactions cost ${name} ${(100 * share).toFixed(0)} %`)
  }
} finally {
  for (const topic of made) await admin.deleteTopic(topic, { timeoutMs: 20_000 }).catch(() => undefined)
  await admin.close()
}

function perCore({ records, cpuSeconds }: StreamsResult): number {
  return Math.round(records / cpuSeconds)
}

function median(subject: Subject): number {
  const all = (results.get(subject) ?? []).map(perCore).sort((a, b) => a - b)
  const middle = all.length / 2
  return Math.round(((all[Math.ceil(middle) - 1] ?? 0) + (all[Math.floor(middle)] ?? 0)) / 2)
}

async function create(topic: string, configs: Record<string, string> = {}): Promise<void> {
  made.push(topic)
  const spec = { name: topic, partitions, replicationFactor: 3, configs: { 'min.insync.replicas': '2', ...configs } }
  await admin.createTopic(spec, { validateOnly: false, timeoutMs: 20_000 })
}

/** Events of ten minutes, a little out of order. @returns their bytes */
async function fill(): Promise<number> {
  const random = createRandom(1)
  const producer = createBulkProducer({
    ...{ ...durableSettings, bootstrapServers: bootstrap, clientId: 'kops-bench', topic: input, compression: 'lz4' },
    ...{ batchBytes: 131_072, requestTimeoutMs: 10_000, deliveryTimeoutMs: 60_000 },
    onOutcome({ status }) {
      if (status !== 'acknowledged') throw new Error(`the events could not be written: ${status}`)
    }
  })
  await producer.open()
  const startMs = Date.now() - 3_600_000
  const types = ['page_view', 'purchase', 'search', 'error', 'login']
  let bytes = 0
  for (let nth = 0; nth < records; nth += 1) {
    const timestamp = new Date(startMs + (nth / records) * 600_000 - random() * 4000).toISOString()
    const data = {
      user_id: `user-${Math.floor(random() * 5000)}`,
      amount: Math.floor(random() * 10_000) / 100,
      session: `s-${nth % 997}`
    }
    const event = { event_id: `event-${nth}`, event_type: types[nth % types.length], timestamp, data }
    const value = Buffer.from(JSON.stringify(event))
    bytes += value.length
    if (!producer.append({ partition: nth % partitions, key: null, value })) await producer.drained()
  }
  await producer.flush()
  await producer.close()
  return bytes
}

async function run(asked: StreamsRun): Promise<StreamsResult> {
  const own = [`${asked.name}-output`, `${asked.name}-changelog`] as const
  await create(own[0])
  await create(own[1], { 'cleanup.policy': 'compact' })
  const child = fork(new URL('./streams-child.ts', import.meta.url), [], { execArgv: ['--no-warnings'] })
  const limit = setTimeout(() => child.kill('SIGKILL'), 150_000)
  try {
    child.send(asked)
    const [result] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`${asked.subject} ended with ${code} before it was through`)
      })
    ])
    return result as StreamsResult
  } finally {
    clearTimeout(limit)
    child.kill('SIGKILL')
    // Other runs share the disks.
    for (const topic of own) {
      await admin.deleteTopic(topic, { timeoutMs: 20_000 }).catch(() => undefined)
      made.splice(made.indexOf(topic), 1)
    }
  }
}
