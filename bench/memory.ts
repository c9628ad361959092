/**
 * Whether admin-service keeps what it should let go: ordinary calls for some minutes, and its heap after a forced garbage
 * collection every 10 s, when nothing is on its way. Prints each sample, the least-squares slope without the warm-up, and the
 * medians of the first and last fifth; exit code 1 when the last is more than --bound megabytes above the first.
 * Needs a cluster; makes topics of its own, and deletes them:
 *   node bench/memory.ts [--bootstrap 127.0.0.1:9092] [--minutes 10] [--warm-up 3] [--rate 30] [--bound 3] [--snapshots folder]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import kafkajs from 'kafkajs'
import { Agent } from 'undici'
import { type Call, callsOf } from './memory-calls.ts'
import type { MemoryAnswer } from './memory-service.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092' },
    minutes: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '3' },
    rate: { type: 'string', default: '30' },
    bound: { type: 'string', default: '3' },
    snapshots: { type: 'string' }
  }
})
interface Sample {
  minutes: number
  rssMb: number
  heapMb: number
  externalMb: number
}
const name = `bench-memory-${process.pid}`
const subjects = { topic: name, group: name }
const auditTopic = `${name}-audit`
const mostAtOnce = 20

const admin = new kafkajs.Kafka({
  brokers: values.bootstrap.split(','),
  clientId: 'kops-bench',
  logLevel: kafkajs.logLevel.NOTHING
}).admin()
const dataDir = await mkdtemp(join(tmpdir(), 'bench-memory-'))
const dispatcher = new Agent()
await admin.connect()
const service = fork(new URL('memory-service.ts', import.meta.url), {
  execArgv: [...process.execArgv, '--expose-gc'],
  env: {
    ...process.env,
    KOPS_BOOTSTRAP_SERVERS: values.bootstrap,
    KOPS_DATA_DIR: dataDir,
    KOPS_AUDIT_TOPIC: auditTopic
  },
  stdio: ['ignore', 'ignore', 'inherit', 'ipc']
})
const ended = once(service, 'exit').then(() => {
  throw new Error('the service has ended')
})
ended.catch(() => {})
try {
  await admin.createTopics({ topics: [{ topic: name, numPartitions: 3, replicationFactor: 3 }], waitForLeaders: true })
  await admin.setOffsets({ groupId: name, topic: name, partitions: [{ partition: 0, offset: '0' }] })
  const { address } = await heard('address')
  const samples = await drive(callsOf(address, subjects, dispatcher))
  process.exitCode = report(samples) ? 0 : 1
} finally {
  await dispatcher.destroy()
  service.kill()
  await admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith(name)) })
  await admin.deleteGroups([name]).catch(() => {})
  await admin.disconnect()
  await rm(dataDir, { recursive: true, force: true })
}

/** Sends the calls in turn, and pauses for each sample until all of them are answered. */
async function drive(calls: Call[]): Promise<Sample[]> {
  const round = calls.flatMap((call) => Array.from({ length: call.weight }, () => call))
  // Every 7th, again and again: the sorts of calls mixed, and the same each time.
  const order = round.map((_, index) => round[(index * 7) % round.length] ?? round[0])
  const began = performance.now()
  const minutes = () => (performance.now() - began) / 60_000
  const counts = new Map<string, number>()
  const underWay = new Set<Promise<void>>()
  const samples: Sample[] = []
  let sent = 0
  let nextSample = 10
  while (minutes() < Number(values.minutes)) {
    const call = order[sent++ % order.length]
    if (call) {
      const answered = call.send().then(
        (status) => count(counts, call.name, status === call.status ? 'as expected' : status),
        (error: Error) => count(counts, call.name, error.message)
      )
      const done = answered.finally(() => underWay.delete(done))
      underWay.add(done)
    }
    if (underWay.size >= mostAtOnce) await Promise.race(underWay)
    await wait(1000 / Number(values.rate))
    if (minutes() * 60 < nextSample) continue
    nextSample += 10
    await Promise.all(underWay)
    samples.push(print(await sample(minutes()), sent))
    if (values.snapshots && [12, 48].includes(samples.length)) await snapshot(samples.length)
  }
  for (const [what, times] of [...counts].sort()) console.log(`${what.padEnd(40)} ${times}`)
  return samples
}

function count(counts: Map<string, number>, call: string, outcome: number | string): void {
  const what = `${call}: ${outcome}`
  counts.set(what, (counts.get(what) ?? 0) + 1)
}

async function sample(minutes: number): Promise<Sample> {
  service.send('memory')
  const { memory } = await heard('memory')
  const mb = (bytes: number) => bytes / 1_048_576
  return { minutes, rssMb: mb(memory.rss), heapMb: mb(memory.heapUsed), externalMb: mb(memory.external) }
}

async function snapshot(number: number): Promise<void> {
  service.send(join(values.snapshots ?? '', `memory-${number}.heapsnapshot`))
  console.log((await heard('snapshot')).snapshot)
}

function print(sample: Sample, sent: number): Sample {
  const figures = [sample.heapMb, sample.externalMb, sample.rssMb].map((mb) => mb.toFixed(2).padStart(8))
  console.log(
    `${sample.minutes.toFixed(2).padStart(6)} min ${String(sent).padStart(7)} calls  heap, external, RSS: ${figures.join(' ')} MB`
  )
  return sample
}

function report(samples: Sample[]): boolean {
  const warm = samples.filter(({ minutes }) => minutes >= Number(values['warm-up']))
  const fifth = Math.max(1, Math.floor(warm.length / 5))
  let grown = 0
  for (const what of ['heapMb', 'externalMb', 'rssMb'] as const) {
    const first = median(warm.slice(0, fifth).map((sample) => sample[what]))
    const last = median(warm.slice(-fifth).map((sample) => sample[what]))
    if (what === 'heapMb') grown = last - first
    const slope = slopeOf(warm.map((sample) => [sample.minutes, sample[what]]))
    console.log(`${what}: ${slope.toFixed(3)} MB/min; median first ${first.toFixed(2)}, last ${last.toFixed(2)} MB`)
  }
  const flat = warm.length > 0 && grown <= Number(values.bound)
  console.log(
    `The heap after collection ${flat ? 'is flat' : 'grows'}: ${grown.toFixed(2)} MB, bound ${values.bound} MB`
  )
  return flat
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** The slope of the least-squares line through the points. */
function slopeOf(points: [x: number, y: number][]): number {
  const mean = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  const x = mean(points.map(([x]) => x))
  const y = mean(points.map(([, y]) => y))
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}

/** The next message of a kind; rejects when the service ends instead. */
async function heard<K extends string>(kind: K): Promise<Extract<MemoryAnswer, Record<K, unknown>>> {
  for (;;) {
    const [message]: MemoryAnswer[] = await Promise.race([once(service, 'message'), ended])
    if (message && kind in message) return message as Extract<MemoryAnswer, Record<K, unknown>>
  }
}
