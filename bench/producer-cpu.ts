/**
 * Processor time of a load test's producer for each record, beside leaders on loopback that only acknowledge (stub-leaders.ts): unlike
 * the rate beside a cluster (producer.ts), it also says something on a machine that is busy with other work. The same log events as a
 * load test's, one producer as fast as it can, acks=all, idempotent, snappy. The time is that of the whole process, garbage
 * collection and kernel included, without the first third of the records, in which code is compiled. The leaders are another process.
 * Takes turns (ABBA) with the code of another checkout of this project, or with Kafka's own producer perf tool:
 *   node bench/producer-cpu.ts --against /tmp/before     (git worktree add /tmp/before COMMIT; ln -s $PWD/node_modules /tmp/before)
 *   node bench/producer-cpu.ts --against tool
 * More: [--records 600000] [--pairs 5] [--batch-kib 128,16] [--delay-ms 20] [--profile FILE.cpuprofile]
 */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createValuePool } from '#services/load-test/domain/load/value-pool.ts'
import { type StubLeaders, startStubLeaders } from '../test/unit/shared/kafka/stub-leaders.ts'
import { cpuSecondsOf } from './steady-rate.ts'

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    records: { type: 'string', default: '600000' },
    pairs: { type: 'string', default: '5' },
    'batch-kib': { type: 'string', default: '128,16' },
    'delay-ms': { type: 'string', default: '20' },
    profile: { type: 'string' }
  }
})
const records = Number(values.records)
const here = join(import.meta.dirname, '..')

/** What the child is to do, and what it answers. */
interface Task {
  tree: string
  bootstrap: string
  records: number
  batchBytes: number
  profile: string | undefined
}
/** Of the last two thirds. */
interface Cost {
  cpuSeconds: number
  seconds: number
  records: number
}

if (process.send) process.once('message', (task: Task) => void produce(task))
else await compare()

async function compare(): Promise<void> {
  const sides = values.against ? [here, values.against] : [here]
  for (const batchKib of values['batch-kib'].split(',').map(Number)) {
    const micros = new Map(sides.map((side) => [side, [] as number[]]))
    for (let pair = 0; pair < Number(values.pairs); pair += 1) {
      for (const side of pair % 2 === 0 ? sides : sides.toReversed()) {
        const cluster = await startStubLeaders({ brokers: 3, partitions: 12, delayMs: Number(values['delay-ms']) })
        const { cpuSeconds, seconds, records } = await (side === 'tool' ? ofTool : ofProducer)(
          cluster,
          side,
          batchKib * 1024
        )
        cluster.close()
        const each = (cpuSeconds * 1e6) / records
        micros.get(side)?.push(each)
        const { requests, batches, bytes } = cluster.produced
        console.log(
          `batch ${batchKib} KiB, ${side}: ${each.toFixed(2)} µs per record; ${Math.round(records / seconds)}/s, batches of ${Math.round(bytes / batches)} B, ${(batches / requests).toFixed(1)} in a request`
        )
      }
    }
    for (const [side, all] of micros) console.log(`batch ${batchKib} KiB, ${side}: median ${spread(all)} µs per record`)
    const [ours = [], theirs = []] = micros.values()
    const ratios = ours.map((each, pair) => each / (theirs[pair] ?? Number.NaN))
    if (values.against) console.log(`batch ${batchKib} KiB: median ratio ${spread(ratios)}`)
  }
}

async function ofProducer({ bootstrap }: StubLeaders, tree: string, batchBytes: number): Promise<Cost> {
  const child = fork(import.meta.filename)
  child.send({ tree, bootstrap, records, batchBytes, profile: values.profile } satisfies Task)
  const exited = once(child, 'exit')
  const [cost] = await Promise.race([once(child, 'message') as Promise<[Cost]>, exited.then(() => [])])
  await exited
  if (!cost) throw new Error(`the producer of ${tree} ended early`)
  return cost
}

async function ofTool({ bootstrap, produced }: StubLeaders, _side: string, batchBytes: number): Promise<Cost> {
  const folder = await mkdtemp(join(tmpdir(), 'kops-bench-'))
  const payloads = join(folder, 'events.ndjson')
  const { values: events } = createValuePool({ kind: 'log-events' }, 1, Date.now())
  await writeFile(payloads, `${events.map(String).join('\n')}\n`)
  const child = spawn(
    'java',
    [
      ...['-Xmx512m', '-cp', join(here, 'kafka/libs/*'), 'org.apache.kafka.tools.ProducerPerformance'],
      ...['--topic', 'stub', '--num-records', String(records), '--throughput', '-1', '--payload-file', payloads],
      ...['--producer-props', `bootstrap.servers=${bootstrap}`, 'acks=all', 'compression.type=snappy'],
      ...['linger.ms=5', `batch.size=${batchBytes}`, 'enable.idempotence=true', 'buffer.memory=33554432']
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] }
  )
  const exited = once(child, 'exit')
  try {
    const looks: { at: number; cpu: number; records: number }[] = []
    while (produced.records < records && child.exitCode === null) {
      const cpu = await cpuSecondsOf(child.pid ?? 0)
      if (produced.records >= records / 3) looks.push({ at: performance.now(), cpu, records: produced.records })
      await delay(20)
    }
    const [first, last] = [looks[0], looks.at(-1)]
    if (!first || !last || last.records === first.records) throw new Error('the tool was not measured')
    return {
      cpuSeconds: last.cpu - first.cpu,
      seconds: (last.at - first.at) / 1000,
      records: last.records - first.records
    }
  } finally {
    child.kill()
    await exited
    await rm(folder, { recursive: true })
  }
}

function spread(numbers: number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b)
  const median = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
  return `${median.toFixed(2)} (${sorted[0]?.toFixed(2)}-${sorted.at(-1)?.toFixed(2)})`
}

/** In the child: one producer of a load test, of the tree's code. */
async function produce({ tree, bootstrap, records, batchBytes, profile }: Task): Promise<void> {
  const load = (file: string) => import(join(tree, file))
  const { prepareLoadProducer } = await load('services/load-test/domain/load/load-producer.ts')
  const { resolveWorkload } = await load('services/load-test/domain/load/resolve-workload.ts')
  const { createBulkProducer } = await load('shared/kafka/producing/bulk-producer.ts')
  const { partitionForKey } = await load('shared/kafka/producing/partitioner.ts')
  const { systemClock } = await load('shared/clock.ts')
  const limits = { maxPerSecond: 1, maxRecords: records, maxSeconds: 600, maxBytes: Number.MAX_SAFE_INTEGER }
  const topic = { kind: 'existing', name: 'stub' }
  const workload = resolveWorkload(
    { name: 'bench', topic, records, producer: { batchBytes } },
    { defaultTopic: 'stub', limits }
  )
  let acknowledged = 0
  let begin: { at: number; cpu: NodeJS.CpuUsage; acknowledged: number } | undefined
  const producer = await prepareLoadProducer({ topic: 'stub', workload, seed: 1, timestampMs: Date.now() }, 0, {
    partitionFor: partitionForKey,
    clock: systemClock,
    busyMs: () => performance.eventLoopUtilization().active,
    createProducer: (_order: unknown, onOutcome: (outcome: { status: string; records: number }) => void) =>
      createBulkProducer({
        ...workload.producer,
        bootstrapServers: bootstrap,
        clientId: 'kops-bench',
        topic: 'stub',
        onOutcome(outcome: { status: string; records: number }) {
          onOutcome(outcome)
          if (outcome.status !== 'acknowledged') throw new Error(`a batch is ${outcome.status}`)
          acknowledged += outcome.records
          if (acknowledged >= records / 3) begin ??= { at: performance.now(), cpu: process.cpuUsage(), acknowledged }
        }
      })
  })
  const session = new Session()
  if (profile) {
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.start')
  }
  await producer.run(performance.now(), new AbortController().signal, () => {})
  if (!begin) throw new Error('too few records were acknowledged')
  const cpu = process.cpuUsage(begin.cpu)
  const seconds = (performance.now() - begin.at) / 1000
  if (profile) await writeFile(profile, JSON.stringify((await session.post('Profiler.stop')).profile))
  const cost = { cpuSeconds: (cpu.user + cpu.system) / 1e6, seconds, records: acknowledged - begin.acknowledged }
  process.send?.(cost satisfies Cost, () => process.exit())
}
