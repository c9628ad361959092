import t from 'tap'
import { type DiskPoint, forecast, readDiskForecasts } from '#services/load-test/domain/capacity/disk-forecast.ts'
import type { LogDirReading } from '#shared/kafka/brokers/port.ts'
import type { PrometheusReader } from '#shared/prometheus/ports.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const hourMs = 3_600_000
/** A figure every half hour up to now. @param usable free bytes so many days before now */
function series(hours: number, usable: (daysAgo: number) => number): DiskPoint[] {
  return Array.from({ length: hours * 2 + 1 }, (_, nth) => {
    const atMs = now.getTime() - (hours - nth / 2) * hourMs
    return { atMs, usableBytes: usable((now.getTime() - atMs) / (24 * hourMs)) }
  })
}

/** Retention deletes a segment every six hours, and noise beside it. */
const sawtooth = (daysAgo: number) => (((14 - daysAgo) * 4) % 1) * 2e9
const cases: {
  name: string
  points: DiskPoint[]
  usable?: number | null
  perDay: number | null
  full: string | RegExp
}[] = [
  { name: 'a line', points: series(336, (ago) => 31e9 + ago * 1e9), usable: 31e9, perDay: 1e9, full: '2026-03-03' },
  {
    name: 'a line of six hours',
    points: series(6, (ago) => 31e9 + ago * 1e9),
    usable: 31e9,
    perDay: 1e9,
    full: '2026-03-03'
  },
  {
    name: 'a line with teeth',
    points: series(336, (ago) => 31e9 + ago * 1e9 - sawtooth(ago)),
    usable: 31e9,
    perDay: 1e9,
    full: '2026-03-03'
  },
  {
    name: 'a disk that is full now',
    points: series(48, (ago) => ago * 1e9),
    usable: 0,
    perDay: 1e9,
    full: '2026-01-31'
  },
  {
    name: 'figures of too few hours',
    points: series(5, (ago) => 31e9 + ago * 1e9),
    perDay: null,
    full: /needs figures of 6 h; Prometheus has 5.0 h/
  },
  {
    name: 'too few figures',
    points: series(336, (ago) => ago).filter((_, nth) => nth % 100 === 0),
    perDay: null,
    full: /needs figures/
  },
  { name: 'no figure', points: [], perDay: null, full: /has 0.0 h/ },
  { name: 'a disk that stays as it is', points: series(48, () => 31e9), perDay: 0, full: /does not fill/ },
  { name: 'a disk that empties', points: series(48, (ago) => 31e9 - ago * 1e9), perDay: -1e9, full: /does not fill/ },
  {
    name: 'a growth that has ended',
    points: series(48, (ago) => 31e9 + Math.max(0, ago - 1) * 1e9),
    perDay: 0.5e9,
    full: /growth has ended/
  },
  {
    name: 'a broker that does not say',
    points: series(48, (ago) => 31e9 + ago * 1e9),
    usable: null,
    perDay: 1e9,
    full: /does not report/
  },
  {
    name: 'a growth that hardly shows',
    points: series(48, (ago) => 31e9 + ago * 1e6),
    usable: 31e9,
    perDay: 1e6,
    full: /ten years/
  }
]
for (const { name, points, usable = 31e9, perDay, full } of cases) {
  t.test(`the forecast for ${name}`, async (t) => {
    const found = forecast(points, { usableBytes: usable, now })
    if (perDay === null || found.growthBytesPerDay === null) t.equal(found.growthBytesPerDay, perDay)
    else t.ok(Math.abs(found.growthBytesPerDay - perDay) <= Math.abs(perDay) * 0.05, String(found.growthBytesPerDay))
    if (typeof full !== 'string') t.match(found, { fullAt: null, unknown: full })
    else {
      t.equal(found.unknown, null)
      t.ok(Math.abs(Date.parse(found.fullAt ?? '') - Date.parse(full)) <= 36 * hourMs, found.fullAt ?? '')
    }
    t.equal(found.points, points.length)
  })
}

const dir = (broker: number, change: Partial<LogDirReading> = {}): LogDirReading => ({
  ...{ broker, dir: '/data', sizeBytes: 1, totalBytes: 1e12, usableBytes: 31e9, online: true },
  ...change
})
const dirs = [dir(1), dir(2, { usableBytes: 10e9 }), dir(3, { online: false }), dir(4)]

function prometheus(answer: PrometheusReader['range']) {
  const queries: string[] = []
  const reader: PrometheusReader = {
    async range(query, options) {
      queries.push(query.query)
      return answer(query, options)
    },
    close: async () => {}
  }
  return { reader, queries }
}
const pointsOf = (points: DiskPoint[]) =>
  points.map(({ atMs, usableBytes }): [number, number] => [atMs / 1000, usableBytes])
const history = prometheus(async () => ({
  warnings: [],
  series: [1, 2, 3].map((broker) => ({
    labels: { broker: `kafka-${broker}`, dir: '/data' },
    points: pointsOf(series(48, (ago) => 31e9 + ago * 1e9))
  }))
}))

t.test('the disk that is full first comes first, and each that is not known has its reason', async (t) => {
  const source = { prometheus: history.reader, labels: [['cluster', 'a"b']] as [string, string][], deadlineMs: 1000 }
  const found = await readDiskForecasts(source, { dirs, now, busy: [] })
  t.same(history.queries, ['min by (broker, dir) (kops_broker_log_dir_usable_bytes{cluster="a\\"b"})'])
  t.match(found, [
    { broker: 'kafka-2', fullAt: /^2026-02-10/, unknown: null },
    { broker: 'kafka-1', fullAt: /^2026-03-03/, from: '2026-01-29T12:00:00.000Z', points: 97 },
    { broker: 'kafka-3', fullAt: null, unknown: /offline/ },
    { broker: 'kafka-4', fullAt: null, unknown: /has 0.0 h/, points: 0 }
  ])
})

t.test('times of load tests, and the minutes until their files are gone, are left out', async (t) => {
  const from = now.getTime() - 2 * hourMs
  const source = { prometheus: history.reader, labels: [], deadlineMs: 1000 }
  const [, found] = await readDiskForecasts(source, { dirs, now, busy: [{ from, to: from + hourMs }] })
  t.equal(found?.points, 94)
})

t.test('without Prometheus, or its answer, the growth is not known', async (t) => {
  const given = { dirs: [dir(1)], now, busy: [] }
  const without = await readDiskForecasts({ prometheus: undefined, labels: [], deadlineMs: 1 }, given)
  t.match(without, [{ usableBytes: 31e9, growthBytesPerDay: null, fullAt: null, unknown: /KOPS_PROMETHEUS_URL/ }])
  const { reader } = prometheus(async () => {
    throw new Error('it refused')
  })
  const refused = await readDiskForecasts({ prometheus: reader, labels: [], deadlineMs: 1 }, given)
  t.match(refused, [{ growthBytesPerDay: null, fullAt: null, unknown: 'it refused' }])
})
