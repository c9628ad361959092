import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import Value from 'typebox/value'
import { request } from 'undici'
import { type ProbeBroker, type ProbeReading, ProbeReadingSchema } from '#shared/contracts/probe.ts'

const url = `${process.env['KOPS_TEST_HEALTH_URL']}/api/health/probe`
export const names = ['kafka-1', 'kafka-2', 'kafka-3']

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
export async function assertMetricSums(t: Test): Promise<void> {
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
    const counts = `${broker}: ${JSON.stringify({ sent, acknowledged, refused, open, returned })}`
    t.ok(sent !== undefined && sent > 0, counts)
    t.equal(sent, (acknowledged ?? 0) + (refused ?? 0) + (open ?? 0), counts)
    t.ok((returned ?? 0) <= (acknowledged ?? 0), counts)
  }
}

export async function untilProbe(
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

export const allUp = (brokers: Map<string, ProbeBroker>) => names.every((name) => brokers.get(name)?.up === true)
