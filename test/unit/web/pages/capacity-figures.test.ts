import t from 'tap'
import type { Capacity, CapacityFigure, DiskForecast } from '#shared/contracts/capacity.ts'
import type { CapacityMeasurement, MeasuredCapacity } from '#shared/contracts/capacity-measurement.ts'
import {
  datelessDisks,
  inSentence,
  isMeasuring,
  measurementState,
  shownFigures
} from '../../../../web/pages/capacity-figures.ts'

const none: CapacityFigure = {
  ...{ measured: null, unknown: 'nothing has been measured', ageSeconds: null, stale: null, differences: [] },
  ...{ now: null, peakDay: null, peakWeek: null }
}
const measured = {
  ...{ run: 'r-1', stoppedNode: null, recordsPerSecond: 40_000, bytesPerSecond: 8_388_608, meaning: 'found' },
  ...{ lowestFail: 42_000, endedBecause: 'found', method: '12 trials', fingerprint: { hash: 'abc' } }
} as unknown as MeasuredCapacity
const share = { share: 0.31, by: 'bytes', byBytes: 0.31, byRecords: 0.2, meaning: 'found' } as const

function capacityOf(allBrokers: Partial<CapacityFigure>, ofTraffic: string | null = null): Capacity {
  return {
    ...{ summary: '', measuring: null, asOf: '2026-01-31T12:00:00Z', disks: { dirs: [], unknown: null, method: '' } },
    allBrokers: { ...none, ...allBrokers },
    oneBrokerDown: none,
    traffic: { now: null, peakDay: null, peakWeek: null, leftOutMinutes: 0, unknown: ofTraffic, method: 'rates' }
  }
}

t.test('what was not measured is not 0: it says why', async (t) => {
  const [all] = shownFigures(capacityOf({}))
  t.same(all?.state, { mark: 'unknown', word: 'not measured' })
  t.same(all?.facts, [])
  t.same(all?.methods, ['nothing has been measured'])
})

t.test('a measured capacity has its rate and age, and lacks its share where the traffic is not known', async (t) => {
  const [all] = shownFigures(capacityOf({ measured, unknown: null, ageSeconds: 7200, stale: false }, 'no Prometheus'))
  const facts = Object.fromEntries((all?.facts ?? []).map(({ label, text, reason }) => [label, text ?? `? ${reason}`]))
  t.match(facts, { 'Records/s': '40,000', 'Bytes/s': '8.0 MiB', Now: '? no Prometheus', Measured: '2 h ago' })
  t.same(all?.state, { mark: 'healthy', word: 'current' })
})

t.test('a stale capacity says what has changed since', async (t) => {
  const differences = [{ part: 'broker.num.io.threads', measured: '8', now: '16' }]
  const [all] = shownFigures(
    capacityOf({ measured, unknown: null, ageSeconds: 60, stale: true, differences, now: share })
  )
  t.equal(all?.state.mark, 'degraded')
  t.match(all?.methods.at(-1), 'Changed since: broker.num.io.threads 8 -> 16')
  t.equal(all?.facts.find(({ label }) => label === 'Now')?.text, '31%')
})

t.test('a measurement goes on until it has ended, one way or another', async (t) => {
  const cases: [CapacityMeasurement['status'], string, boolean][] = [
    ['searching', 'progress', true],
    ['healing', 'progress', true],
    ['recovering', 'progress', true],
    ['completed', 'healthy', false],
    ['aborted', 'unknown', false],
    ['failed', 'down', false]
  ]
  for (const [status, mark, goesOn] of cases) {
    t.same([measurementState({ status }).mark, isMeasuring({ status })], [mark, goesOn], status)
  }
})

t.test('heads in capitals become words', async (t) => {
  t.same(['PEAK 24 H', 'GROWTH/DAY'].map(inSentence), ['Peak 24 h', 'Growth/day'])
})

t.test('a reason why disks have no date is said once if it is that of all', async (t) => {
  const disk = (broker: string, unknown: string | null): DiskForecast => ({
    ...{ broker, dir: '/data', totalBytes: 2, usableBytes: 1, growthBytesPerDay: null, from: null, points: 0, unknown },
    fullAt: unknown === null ? '2026-03-03T00:00:00Z' : null
  })
  t.same(datelessDisks([disk('kafka-1', 'too few'), disk('kafka-2', 'too few')]), ['No dates: too few'])
  t.same(datelessDisks([disk('kafka-1', null), disk('kafka-2', 'too few')]), ['kafka-2 /data has no date: too few'])
  t.same(datelessDisks([disk('kafka-1', null)]), [])
})
