/** One side of bench/events.ts: `node events-side.ts kops|bare|bare-single <servers> <topic> <group> <rate> <seconds> <burst>`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Consumer, Producer, stringSerializers } from '@platformatic/kafka'
import { buildApp } from '#services/admin/app.ts'
import { loadConfig } from '#services/admin/config.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { poll } from '#shared/poll.ts'

export interface EventsMeasured {
  p50Ms: number
  p99Ms: number
  /** Events by second of processor time, at the fixed rate. */
  perCoreAtRate: number
  perSecond: number
  perCore: number
}

/** A way to publish events and to handle them. */
interface Bus {
  publish(value: string, key: string): void
  close(): Promise<void>
}

const [side = '', servers = '', topic = '', group = '', ...numbers] = process.argv.slice(2)
const [rate = 0, seconds = 0, burst = 0] = numbers.map(Number)
const warmUpSeconds = 6
const users = 100
const mostUnderWay = 2000
const padding = 'x'.repeat(40)
/** When each event is due, by its number. Monotonic milliseconds. */
const due: number[] = []
const latencies: number[] = []
let handled = 0
let lastAt = 0
let wake: (() => void) | undefined

function onEvent(number: number): void {
  handled += 1
  lastAt = performance.now()
  latencies.push(lastAt - (due[number] ?? 0))
  if (wake === undefined) return
  setImmediate(wake)
  wake = undefined
}

const bus = side === 'kops' ? await startKops() : await startBare()
await atRate(warmUpSeconds)
await settle()
latencies.length = 0
const before = process.cpuUsage()
await atRate(seconds)
await settle()
const atRateCpu = cpuSeconds(before)
const sorted = latencies.toSorted((a, b) => a - b)
const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

await asFastAsPossible(burst / 3)
const beforeBurst = process.cpuUsage()
const startedAt = performance.now()
await asFastAsPossible(burst)
const elapsed = (lastAt - startedAt) / 1000
const measured: EventsMeasured = {
  p50Ms: percentile(0.5),
  p99Ms: percentile(0.99),
  perCoreAtRate: sorted.length / atRateCpu,
  perSecond: burst / elapsed,
  perCore: burst / cpuSeconds(beforeBurst)
}
process.send?.(measured)
await bus.close()
process.disconnect?.()

function publish(dueAt: number): void {
  const number = due.push(dueAt) - 1
  const data = { user_ip: `10.0.0.${number % users}`, method: 'GET', endpoint: '/', number, padding }
  const event = { timestamp: new Date().toISOString(), event_type: 'http_request', data }
  bus.publish(JSON.stringify(event), data.user_ip)
}

/** Publishes at a constant rate; an event that is late keeps the time at which it was due. */
async function atRate(forSeconds: number): Promise<void> {
  const begun = performance.now()
  const total = rate * forSeconds
  for (let count = 0; count < total; ) {
    const now = performance.now()
    for (; count < total && begun + (count * 1000) / rate <= now; count += 1) publish(begun + (count * 1000) / rate)
    await delay(1)
  }
}

/** Sleeps while nothing is handled: turns of the event loop would otherwise count as the work of the side that waits for longer. */
async function asFastAsPossible(count: number): Promise<void> {
  const until = handled + Math.floor(count)
  for (let published = handled; published < until; ) {
    for (; published < until && published - handled < mostUnderWay; published += 1) publish(performance.now())
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
  await settle()
}

/** Waits until every event is handled. What a side was not there for yet, at the start of the warm-up, does not count. */
async function settle(): Promise<void> {
  let last = -1
  const isStill = () => {
    const done = handled === due.length || (due.length === rate * warmUpSeconds && handled === last)
    last = handled
    return done
  }
  const { done } = await poll(isStill, Boolean, { timeoutMs: 30_000, pauseMs: 500 })
  if (!done) throw new Error(`${side}: ${due.length - handled} events were not handled`)
  handled = due.length
}

function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1_000_000
}

/** The service itself, with a handler of its own. */
async function startKops(): Promise<Bus> {
  const folder = await mkdtemp(join(tmpdir(), 'kops-bench-'))
  const app = await buildApp(
    loadConfig({
      KOPS_LOG_LEVEL: 'warn',
      KOPS_BOOTSTRAP_SERVERS: servers,
      KOPS_DATA_DIR: folder,
      KOPS_EVENTS_TOPIC: topic,
      // It has one more topic, which stays empty.
      KOPS_EVENTS_REQUESTS_TOPIC: `${topic}-none`,
      KOPS_EVENTS_GROUP: group,
      KOPS_EVENTS_OFFSET_RESET: 'latest'
    })
  )
  app.events.registry.register('http_request', ({ data }) => onEvent(Number(data['number'])))
  await app.ready()
  const isRunning = () => app.events.consumer.state() === 'running'
  const { done } = await poll(isRunning, Boolean, { timeoutMs: 30_000, pauseMs: 100 })
  if (!done) throw new Error('the consumer did not start')
  return {
    publish: (value, key) => void app.events.publisher.offer({ topic, key, value }),
    async close() {
      await app.close()
      await rm(folder, { recursive: true })
    }
  }
}

/**
 * The client's producer and consumer. Events of one turn of the event loop go in one call, as the bus has them in one batch; with
 * `bare-single` each event is a call and a request of its own, of which the client has five in flight to a broker.
 */
async function startBare(): Promise<Bus> {
  const reader = createClusterReader({ bootstrapServers: servers, clientId: 'kops-bench' })
  await reader.metadata({ topics: [topic], deadlineMs: 10_000 })
  await reader.close()
  const options = { clientId: 'bare', bootstrapBrokers: servers.split(',') }
  const producer = new Producer({ ...options, serializers: stringSerializers })
  const consumer = new Consumer({ ...options, groupId: group, sessionTimeout: 10_000, heartbeatInterval: 1000 })
  const stream = await consumer.consume({ topics: [topic], mode: 'latest', autocommit: 1000, maxWaitTime: 500 })
  stream.on('data', ({ value }: { value: Buffer }) => {
    const { data } = JSON.parse(value.toString()) as { data: { number: number } }
    onEvent(data.number)
  })
  let failed = false
  let waiting: { topic: string; key: string; value: string }[] = []
  const send = () => {
    const messages = waiting
    waiting = []
    producer.send({ messages, acks: -1 }).catch((error: unknown) => {
      if (!failed) console.error(error)
      failed = true
    })
  }
  return {
    publish(value, key) {
      if (waiting.push({ topic, key, value }) > 1) return
      if (side === 'bare-single') send()
      else setImmediate(send)
    },
    async close() {
      await stream.close()
      await consumer.close(true)
      await producer.close()
    }
  }
}
