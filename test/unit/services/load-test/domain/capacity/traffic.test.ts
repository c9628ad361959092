import t from 'tap'
import { readTraffic, type TrafficQuery } from '#services/load-test/domain/capacity/traffic.ts'
import type { PrometheusReader, RangeQuery } from '#shared/prometheus/ports.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const minuteMs = 60_000

interface World {
  /** Hours of which Prometheus has figures. */
  hours?: number
  /** Bytes a second at a time; a tenth of it in records. */
  bytes?: (minutesAgo: number) => number
  /** Brokers that it has known for a window. */
  brokers?: (minutesAgo: number) => number
}

function prometheus({ hours = 168, bytes = () => 1000, brokers = () => 3 }: World = {}) {
  const queries: RangeQuery[] = []
  const reader: PrometheusReader = {
    async range(query) {
      queries.push(query)
      const points: [number, number][] = []
      for (let atMs = query.from.getTime(); atMs <= query.to.getTime(); atMs += query.stepSeconds * 1000) {
        const minutesAgo = (query.to.getTime() - atMs) / minuteMs
        if (minutesAgo > hours * 60) continue
        const value = query.query.startsWith('count')
          ? brokers(minutesAgo)
          : bytes(minutesAgo) / (query.query.includes('messagesin') ? 10 : 1)
        if (!query.query.startsWith('count') || value > 0) points.push([atMs / 1000, value])
      }
      return { warnings: [], series: points.length > 0 ? [{ labels: {}, points }] : [] }
    },
    close: async () => {}
  }
  return { reader, queries }
}

async function read(world: World | undefined, change: Partial<TrafficQuery> = {}) {
  const { reader } = prometheus(world)
  const query = { now, brokers: 3, busy: [], ...change }
  return readTraffic({ prometheus: reader, labels: [], deadlineMs: 1000 }, query)
}
const ago = (minutes: number) => now.getTime() - minutes * minuteMs
const at = (minutes: number) => new Date(ago(minutes)).toISOString()

t.test('traffic now and the peaks of a day and of a week', async (t) => {
  const bytes = (minutes: number) => (minutes === 600 ? 5000 : minutes === 6000 ? 9000 : 1000 + minutes / 1e6)
  t.match(await read({ bytes }), {
    now: { bytesPerSecond: 1000, recordsPerSecond: 100, at: at(0) },
    peakDay: { bytesPerSecond: 5000, recordsPerSecond: 500, since: at(1440) },
    peakWeek: { bytesPerSecond: 9000, recordsPerSecond: 900, since: at(7 * 1440) },
    leftOutMinutes: 0,
    unknown: null
  })
})

t.test('the sums are of the exporters of this cluster', async (t) => {
  const { reader, queries } = prometheus()
  await readTraffic({ prometheus: reader, labels: [['cluster', 'c1']], deadlineMs: 1 }, { now, brokers: 3, busy: [] })
  const metric = (name: string) => `kafka_server_brokertopicmetrics_${name}_total{cluster="c1",job="kafka"}`
  t.same(
    queries.map(({ query }) => query),
    [
      `sum(rate(${metric('bytesin')}[120s]))`,
      `sum(rate(${metric('messagesin')}[120s]))`,
      `count(${metric('bytesin')} offset 120s)`
    ]
  )
})

t.test('what load tests and drills wrote is not traffic', async (t) => {
  const bytes = (minutes: number) => (minutes < 12 ? 1e9 : 1000)
  // From 10 minutes ago: a window that ends in it has some of it, too.
  const found = await read({ bytes }, { busy: [{ from: ago(10), to: ago(0) }] })
  t.match(found, { now: { bytesPerSecond: 1000, at: at(12) }, peakDay: { bytesPerSecond: 1000 }, leftOutMinutes: 12 })
})

const unknowns: { name: string; world?: World; query?: Partial<TrafficQuery>; reason: RegExp; peak: boolean }[] = [
  {
    name: 'Prometheus has nothing',
    world: { hours: -1 },
    reason: /no figures of the brokers' exporters$/,
    peak: false
  },
  {
    name: 'what it has is old',
    world: { bytes: (minutes) => (minutes < 90 ? Number.NaN : 1000) },
    reason: /of the last hour/,
    peak: true
  },
  {
    name: 'it lacks a broker',
    world: { brokers: () => 2 },
    reason: /figures of 2 of 3 brokers/,
    peak: true
  },
  { name: 'it has just begun', world: { hours: 0, brokers: () => 0 }, reason: /for less than 120 s/, peak: true },
  {
    name: 'a load test lasts for more than an hour',
    query: { busy: [{ from: ago(100), to: ago(0) }] },
    reason: /load tests or drills ran/,
    peak: true
  }
]
for (const { name, world, query, reason, peak } of unknowns) {
  t.test(`traffic is not known while ${name}`, async (t) => {
    const found = await read(world, query)
    t.match(found, { now: null, unknown: reason })
    t.equal(found.peakWeek !== null, peak)
  })
}

t.test('a broker that is down writes nothing: the others are all', async (t) => {
  t.match(await read({ brokers: () => 2 }, { brokers: 2 }), { now: { bytesPerSecond: 1000 }, unknown: null })
  t.match(await read({ brokers: () => 3 }, { brokers: 2 }), { now: { bytesPerSecond: 1000 } })
})

t.test('a figure of up to an hour ago is the traffic of now, with its time', async (t) => {
  const bytes = (minutes: number) => (minutes < 50 ? Number.NaN : 1000)
  t.match(await read({ bytes }), { now: { at: at(50) }, unknown: null })
})

t.test('without Prometheus, or its answer, traffic is not known', async (t) => {
  const query = { now, brokers: 3, busy: [] }
  const nothing = { now: null, peakDay: null, peakWeek: null }
  t.match(await readTraffic({ prometheus: undefined, labels: [], deadlineMs: 1 }, query), {
    ...nothing,
    unknown: /KOPS_PROMETHEUS_URL/
  })
  const reader: PrometheusReader = {
    range: async () => {
      throw new Error('no answer within 5000 ms')
    },
    close: async () => {}
  }
  t.match(await readTraffic({ prometheus: reader, labels: [], deadlineMs: 1 }, query), {
    ...nothing,
    unknown: 'no answer within 5000 ms'
  })
})
