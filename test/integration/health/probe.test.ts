// Runs alone: it breaks nodes.
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { request } from 'undici'
import { type ProbeBroker, type ProbeReading, ProbeReadingSchema } from '#shared/contracts/probe.ts'
import { agentOf, kafkaTool, readMetric, untilHealthy } from './cluster-under-test.ts'

const url = `${process.env['KOPS_TEST_HEALTH_URL']}/api/health/probe`
const killed = 'kafka-3'
const names = ['kafka-1', 'kafka-2', 'kafka-3']

async function readProbe(): Promise<ProbeReading> {
  const { statusCode, body } = await request(url, { headersTimeout: 10_000 })
  const reading: unknown = await body.json()
  if (statusCode === 200 && Value.Check(ProbeReadingSchema, reading)) {
    for (const broker of reading.brokers) assertSums(broker)
    return reading
  }
  throw new Error(`not as the contract says: ${statusCode} ${JSON.stringify(reading)}`)
}

/** They hold at every moment, faults or not. */
function assertSums(broker: ProbeBroker): void {
  const { sent, acknowledged, notAccepted, open, returned, lost, forgotten, pending } = broker
  const holds =
    sent === acknowledged + notAccepted + open &&
    acknowledged === returned + lost + forgotten + pending - open &&
    returned <= acknowledged
  if (!holds) throw new Error(`the sums do not hold: ${JSON.stringify(broker)}`)
}

/**
 * For one scrape: sent = acknowledged + not accepted + open, by broker, and no more latencies than acknowledged
 * records.
 */
async function assertMetricSums(t: Test): Promise<void> {
  const text = await (await request(`${process.env['KOPS_TEST_HEALTH_URL']}/metrics`)).body.text()
  const sums = new Map<string, number>()
  for (const [, name = '', broker, value] of text.matchAll(/^kops_probe_(\w+)\{broker="([^"]+)"[^}]*\} (\d+)$/gm)) {
    const key = `${name} ${broker}`
    sums.set(key, (sums.get(key) ?? 0) + Number(value))
  }
  for (const broker of names) {
    const [sent, acknowledged, refused, open, returned] = [
      'records_sent_total',
      'records_acknowledged_total',
      'records_not_accepted_total',
      'records_open',
      'latency_seconds_count'
    ].map((name) => sums.get(`${name} ${broker}`) ?? 0)
    const told = `${broker}: ${JSON.stringify({ sent, acknowledged, refused, open, returned })}`
    t.ok(sent !== undefined && sent > 0, told)
    t.equal(sent, (acknowledged ?? 0) + (refused ?? 0) + (open ?? 0), told)
    t.ok((returned ?? 0) <= (acknowledged ?? 0), told)
  }
}

async function untilProbe(
  what: string,
  wanted: (brokers: Map<string, ProbeBroker>) => boolean,
  timeoutMs = 60_000
): Promise<Map<string, ProbeBroker>> {
  const until = performance.now() + timeoutMs
  for (;;) {
    const reading = await readProbe()
    const brokers = new Map(reading.brokers.map((broker) => [broker.broker, broker]))
    if (wanted(brokers)) return brokers
    if (performance.now() > until) throw new Error(`not within ${timeoutMs} ms: ${what}; ${JSON.stringify(reading)}`)
    await delay(250)
  }
}

const allUp = (brokers: Map<string, ProbeBroker>) => names.every((name) => brokers.get(name)?.up === true)

t.test('records written to each broker are read back, and Kafka has them', async (t) => {
  await untilHealthy()
  const brokers = await untilProbe('each broker is up', allUp)
  const described = await kafkaTool('topics', '--describe', '--topic', 'kops-probe')
  for (const { broker, id, partition, leader, lastLatencyMs, p50Ms, p99Ms } of brokers.values()) {
    t.equal(leader, broker)
    t.match(described, new RegExp(`Partition: ${partition}\\s+Leader: ${id}\\s+Replicas: ${id},\\d,\\d`))
    t.ok(lastLatencyMs !== null && lastLatencyMs > 0 && lastLatencyMs < 20_000)
    t.ok(p50Ms !== null && p99Ms !== null && p50Ms <= p99Ms)
    t.equal(await readMetric(`kops_probe_up{broker="${broker}"}`), 1)
    const observed = await readMetric(`kops_probe_latency_seconds_count{broker="${broker}"}`)
    t.ok(observed !== undefined && observed > 0)
    t.comment(`${broker}: p50 ${p50Ms} ms, p99 ${p99Ms} ms`)
  }
  t.match(described, 'retention.ms=1800000')

  const ends = await kafkaTool('get-offsets', '--topic', 'kops-probe')
  // A broker that leads in place of another writes to the other's partition: only the sums can be compared.
  const written = Array.from(ends.matchAll(/^kops-probe:\d+:(\d+)$/gm), ([, end]) => Number(end)).reduce(
    (a, b) => a + b,
    0
  )
  const acknowledged = Array.from(brokers.values(), (broker) => broker.acknowledged).reduce((a, b) => a + b, 0)
  t.ok(acknowledged > 0 && written >= acknowledged, `${written} records, ${acknowledged} were acknowledged before`)
})

t.test(`${killed} is killed: only it is down, another takes its records, and nothing is lost`, async (t) => {
  const agent = await agentOf(t)
  await untilHealthy()
  const before = await untilProbe('each broker is up', allUp)
  t.teardown(async () => {
    await agent.node(killed, 'start').catch(() => undefined)
    await untilHealthy()
  })
  await agent.node(killed, 'kill')

  const partition = before.get(killed)?.partition
  const down = await untilProbe(`${killed} is down, and another leads its partition`, (brokers) => {
    const broker = brokers.get(killed)
    return broker?.up === false && broker.leader !== null && broker.leader !== killed
  })
  t.equal(down.get(killed)?.partition, partition)
  t.equal(await readMetric(`kops_probe_up{broker="${killed}"}`), 0)

  const others = names.filter((name) => name !== killed)
  const returned = (brokers: Map<string, ProbeBroker>, name: string) => brokers.get(name)?.returned ?? 0
  const during = await untilProbe('the others go on, and the stand-in has its records too', (brokers) =>
    others.every((name) => brokers.get(name)?.up === true && returned(brokers, name) >= returned(down, name) + 2)
  )
  t.equal(await readMetric(`kops_probe_up{broker="${killed}"}`), 0)
  for (const name of names) t.equal(during.get(name)?.lost, 0, `nothing of ${name} is lost`)
  t.comment(JSON.stringify(during.get(killed)))
  await assertMetricSums(t)

  await agent.node(killed, 'start')
  const after = await untilProbe('each broker leads its partition again, and is up', allUp, 120_000)
  for (const broker of after.values()) {
    t.equal(broker.leader, broker.broker)
    t.equal(broker.lost, 0, `nothing of ${broker.broker} is lost`)
  }
  await assertMetricSums(t)
})
