import t from 'tap'
import { figureOf, summaryOf } from '#services/load-test/domain/capacity/present.ts'
import { shareOf } from '#services/load-test/domain/capacity/share.ts'
import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import type { Capacity, CapacityFigure, DiskForecast, Traffic } from '#shared/contracts/capacity.ts'
import type { MeasuredCapacity } from '#shared/contracts/capacity-measurement.ts'
import { environment, measured } from './measured-capacities.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const load = (bytesPerSecond: number, recordsPerSecond: number) => ({ bytesPerSecond, recordsPerSecond })

const shares: { name: string; load: ReturnType<typeof load>; meaning?: MeasuredCapacity['meaning']; share: object }[] =
  [
    {
      name: 'records as large as the measured ones use the same by bytes and by records',
      load: load(620_000, 3100),
      share: { share: 0.31, byBytes: 0.31, byRecords: 0.31, by: 'bytes', meaning: 'found' }
    },
    {
      name: 'of larger records the bytes count',
      load: load(1_000_000, 1000),
      share: { share: 0.5, byBytes: 0.5, byRecords: 0.1, by: 'bytes' }
    },
    {
      name: 'of smaller records the records count',
      load: load(100_000, 4000),
      share: { share: 0.4, byBytes: 0.05, byRecords: 0.4, by: 'records' }
    },
    {
      name: 'of a cluster that takes at least so much, at most that is used',
      load: load(620_000, 3100),
      meaning: 'atLeast',
      share: { share: 0.31, meaning: 'atMost' }
    },
    {
      name: 'of one that takes less, at least that is used',
      load: load(620_000, 3100),
      meaning: 'atMost',
      share: { share: 0.31, meaning: 'atLeast' }
    },
    { name: 'more than a cluster takes is more than 100 %', load: load(3_000_000, 0), share: { share: 1.5 } },
    { name: 'nothing is nothing', load: load(0, 0), share: { share: 0 } }
  ]
for (const { name, load, meaning = 'found', share } of shares) {
  t.test(name, async (t) => t.match(shareOf(load, measured({ meaning })), share))
}

const traffic: Traffic = {
  now: { ...load(620_000, 3100), at: '2026-01-31T11:58:00.000Z' },
  peakDay: { ...load(1_000_000, 5000), since: '2026-01-30T12:00:00.000Z' },
  peakWeek: null,
  leftOutMinutes: 0,
  unknown: null,
  method: 'counters'
}
const unknownTraffic: Traffic = { ...traffic, now: null, peakDay: null, unknown: 'no Prometheus is configured' }
const figure = (change: Partial<MeasuredCapacity> = {}, of = traffic, at = environment) =>
  figureOf(measured(change), { now, environment: at, traffic: of, unknown: '' })
const none = figureOf(null, { now, environment, traffic, unknown: 'not measured yet' })

t.test('a figure has its age, and the shares of the traffic that is known', async (t) => {
  t.match(figure(), {
    unknown: null,
    ageSeconds: 86_400,
    stale: false,
    differences: [],
    now: { share: 0.31 },
    peakDay: { share: 0.5 },
    peakWeek: null
  })
  t.match(none, { measured: null, unknown: 'not measured yet', ageSeconds: null, stale: null, now: null })
})

const { parts } = environment
const environments: { name: string; parts: Record<string, string | null>; stale: boolean | null; of: string[] }[] = [
  { name: 'the same', parts, stale: false, of: [] },
  {
    name: 'another setting',
    parts: { ...parts, 'broker.num.io.threads': '4' },
    stale: true,
    of: ['broker.num.io.threads']
  },
  { name: 'a broker less', parts: { ...parts, brokers: 'kafka-1, kafka-2' }, stale: true, of: ['brokers'] },
  {
    name: 'one that cannot be read',
    parts: { brokers: null, 'broker.num.io.threads': null },
    stale: null,
    of: ['broker.num.io.threads', 'brokers']
  },
  {
    name: 'one that differs as far as it can be read',
    parts: { brokers: 'kafka-1, kafka-2', 'broker.num.io.threads': null },
    stale: true,
    of: ['broker.num.io.threads', 'brokers']
  }
]
for (const { name, parts, stale, of } of environments) {
  t.test(`beside ${name}, a figure is ${stale === null ? 'perhaps ' : stale ? '' : 'not '}stale`, async (t) => {
    const { differences, ...rest } = figure({}, traffic, fingerprintOf(parts))
    t.equal(rest.stale, stale)
    t.same(
      differences.map(({ part }) => part),
      of
    )
    t.match(rest.unknown, stale === null ? /whether it still holds: .*brokers could not be read/ : null)
  })
}

const brokersNow: { brokers: string | null; stale: boolean | null }[] = [
  { brokers: 'kafka-1, kafka-2, kafka-3', stale: false },
  { brokers: 'kafka-1, kafka-3', stale: false },
  { brokers: 'kafka-1', stale: true },
  { brokers: 'kafka-1, kafka-4', stale: true },
  { brokers: 'kafka-1, kafka-2, kafka-3, kafka-4', stale: true },
  { brokers: null, stale: null }
]
for (const { brokers, stale } of brokersNow) {
  t.test(`what was measured with one of three brokers stopped is stale: ${stale}, with ${brokers} up`, async (t) => {
    t.equal(figure({ stoppedNode: 'kafka-3' }, traffic, fingerprintOf({ ...parts, brokers })).stale, stale)
  })
}

const disk = (change: Partial<DiskForecast>): DiskForecast => ({
  ...{ broker: 'kafka-1', dir: '/data', totalBytes: 1e12, usableBytes: 1e11, growthBytesPerDay: 3e9 },
  ...{ fullAt: '2026-03-03T10:00:00.000Z', from: null, points: 600, unknown: null },
  ...change
})
const disks = (...dirs: DiskForecast[]): Capacity['disks'] => ({ dirs, unknown: null, method: '' })
const full = disks(disk({}))

const down = { stoppedNode: 'kafka-3', recordsPerSecond: 6600, bytesPerSecond: 1_320_000 }
const other = fingerprintOf({ ...parts, 'broker.num.io.threads': '4' })
const summaries: {
  all?: CapacityFigure
  down?: CapacityFigure
  traffic?: Traffic
  disks?: Capacity['disks']
  says: string
}[] = [
  { says: 'Now at 31 % of what it takes; with one broker down 47 %; disks full on 3 March.' },
  {
    all: figure({ meaning: 'atLeast' }),
    down: none,
    says: 'Now at most 31 % of what it takes; with one broker down not measured; disks full on 3 March.'
  },
  {
    all: figure({}, { ...traffic, now: { ...load(1, 1), at: '' } }),
    down: figure({ meaning: 'atMost' }),
    disks: disks(disk({ fullAt: '2027-03-03T10:00:00.000Z' })),
    says: 'Now at less than 0.1 % of what it takes; with one broker down at least 31 %; disks full on 3 March 2027.'
  },
  {
    all: none,
    down: none,
    disks: disks(disk({ fullAt: null, growthBytesPerDay: -5, unknown: 'it does not fill' })),
    says: 'What it takes is not measured; with one broker down not measured; disks do not fill.'
  },
  {
    all: figure({}, unknownTraffic),
    down: figure({ ...down, meaning: 'atLeast' }, unknownTraffic),
    traffic: unknownTraffic,
    disks: disks(disk({ fullAt: null, growthBytesPerDay: null, unknown: 'no Prometheus' })),
    says: 'It takes 10,000 records/s; the traffic is not known: no Prometheus is configured; with one broker down at least 6,600 records/s; when disks are full is not known: no Prometheus.'
  },
  {
    all: figure({}, traffic, other),
    down: figure(down, traffic, fingerprintOf({ brokers: null, 'broker.num.io.threads': null })),
    disks: { ...disks(), unknown: 'no broker answers' },
    says: 'Now at 31 % of what it takes (stale: measured under another configuration); with one broker down 47 % (perhaps stale: the configuration cannot be read); disks are not known: no broker answers.'
  }
]
for (const { all = figure(), down: oneDown = figure(down), says, ...given } of summaries) {
  t.test(`it reads: ${says}`, async (t) => {
    const rest = { traffic, disks: full, measuring: null, asOf: now.toISOString(), ...given }
    t.equal(summaryOf({ allBrokers: all, oneBrokerDown: oneDown, ...rest }), says)
  })
}
