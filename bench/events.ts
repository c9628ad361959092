/**
 * The event bus of admin-service beside the bare client, @platformatic/kafka's producer and consumer: events of 200 B, keyed by one of
 * 100 users, in a topic like those of the catalog (3 partitions, 2 replicas), each side in a process of its own, in pairs that
 * alternate who goes first (ABBA).
 * 1. At --rate events a second for --seconds: from when an event is due until its handler has it. Publishing late counts, so that
 *    neither side hides a pause.
 * 2. As fast as it goes, with 2,000 events under way: events a second of the process' processor time.
 * The bare client gets the events of one turn of the event loop in one call, as the bus batches them. With --single each is a call of its
 * own, as simple programs have it: a request an event saturates the client long before the bus, and the ratio says little about either.
 * The bus validates each event, keeps metrics, retries and can put events aside; the bare side parses JSON and does nothing else. No
 * event fails, so that no dead letters are measured.
 * Needs a cluster: npm run bench:events -- [--bootstrap 127.0.0.1:9092] [--pairs 4] [--rate 1000] [--seconds 20] [--burst 30000] [--single]
 * Takes five minutes. The last lines are the rows for docs/performance.md.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import type { EventsMeasured } from './events-side.ts'

const { values } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094' },
    pairs: { type: 'string', default: '4' },
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
    burst: { type: 'string', default: '30000' },
    single: { type: 'boolean', default: false }
  }
})
const sides = ['kops', 'bare'] as const
type Side = (typeof sides)[number]

const topic = `bench-events-${Date.now().toString(36)}`
const admin = createTopicAdmin({ bootstrapServers: values.bootstrap.split(','), clientId: 'kops-bench' })

try {
  const configs = { 'min.insync.replicas': '1', 'retention.bytes': '268435456' }
  await admin.createTopic(
    { name: topic, partitions: 3, replicationFactor: 2, configs },
    { validateOnly: false, timeoutMs: 20_000 }
  )
  const pairs: Record<Side, EventsMeasured>[] = []
  for (let pair = 0; pair < Number(values.pairs); pair += 1) {
    const found: Partial<Record<Side, EventsMeasured>> = {}
    for (const side of pair % 2 === 0 ? sides : sides.toReversed()) found[side] = await measure(side, pair)
    const { kops, bare } = found
    if (!kops || !bare) throw new Error('a side was not measured')
    pairs.push({ kops, bare })
    for (const side of sides) console.log(`${side}: ${show(found[side])}`)
  }
  print(pairs)
} finally {
  await admin.deleteTopic(topic, { timeoutMs: 20_000 }).catch(() => undefined)
  await admin.close()
}

async function measure(side: Side, pair: number): Promise<EventsMeasured> {
  const name = side === 'bare' && values.single ? 'bare-single' : side
  const args = [name, values.bootstrap, topic, `${topic}-${side}-${pair}`, values.rate, values.seconds, values.burst]
  const child = fork(join(import.meta.dirname, 'events-side.ts'), args)
  const [answer] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`${side} ended without a result`)
    })
  ])) as [EventsMeasured]
  if (child.exitCode === null) await once(child, 'exit')
  return answer
}

function show(measured: EventsMeasured | undefined): string {
  if (!measured) return ''
  const { p50Ms, p99Ms, perCoreAtRate, perCore, perSecond } = measured
  return `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ${perCoreAtRate.toFixed(0)}/s a core; burst ${perSecond.toFixed(0)}/s, ${perCore.toFixed(0)}/s a core`
}

function print(pairs: Record<Side, EventsMeasured>[]): void {
  const rows: [name: string, of: keyof EventsMeasured, digits: number][] = [
    ['publish to handle, median, ms', 'p50Ms', 2],
    ['publish to handle, p99, ms', 'p99Ms', 2],
    [`events a second a core, at ${values.rate}/s`, 'perCoreAtRate', 0],
    ['events a second a core, as fast as it goes', 'perCore', 0]
  ]
  console.log('\n| | event bus | bare client | ratio (range) |\n|---|---|---|---|')
  for (const [name, of, digits] of rows) {
    const medianOf = (side: Side) => median(pairs.map((pair) => pair[side][of])).toFixed(digits)
    const ratios = pairs.map(({ kops, bare }) => kops[of] / bare[of])
    const range = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`
    console.log(`| ${name} | ${medianOf('kops')} | ${medianOf('bare')} | ${median(ratios).toFixed(2)} (${range}) |`)
  }
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
}
