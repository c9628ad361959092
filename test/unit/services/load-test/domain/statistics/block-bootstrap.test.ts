import t from 'tap'
import { blockBootstrap, type StatisticOfSeconds } from '#services/load-test/domain/statistics/block-bootstrap.ts'
import { percentileOfSeconds } from '#services/load-test/domain/statistics/percentiles.ts'
import { bucketsOf, simulation } from './simulated.ts'

const meanOf =
  (series: readonly number[]): StatisticOfSeconds =>
  (seconds) =>
    seconds.reduce((sum, second) => sum + (series[second] ?? Number.NaN), 0) / seconds.length

const lengths = [
  { seconds: 30, blockSeconds: 4 },
  { seconds: 64, blockSeconds: 4 },
  { seconds: 65, blockSeconds: 5 },
  { seconds: 120, blockSeconds: 5 },
  { seconds: 1000, blockSeconds: 10 },
  { seconds: 3600, blockSeconds: 16 }
]
for (const { seconds, blockSeconds } of lengths) {
  t.test(`${seconds} s are drawn in blocks of ${blockSeconds} consecutive seconds, from every start`, async (t) => {
    const starts = new Set<number>()
    const look: StatisticOfSeconds = (drawn) => {
      if (drawn.length !== seconds) throw new Error(`${drawn.length} seconds`)
      for (const [nth, second] of drawn.entries()) {
        if (second >= seconds) throw new Error(`second ${second}`)
        if (nth % blockSeconds === 0) starts.add(second)
        else if (second !== (drawn[nth - 1] ?? 0) + 1) throw new Error(`${second} follows ${drawn[nth - 1]}`)
      }
      return 1
    }
    t.equal(blockBootstrap(seconds, look, simulation(1).random, 400)?.blockSeconds, blockSeconds)
    t.equal(starts.size, seconds - blockSeconds + 1)
  })
}

t.test('a constant has an interval of width 0', async (t) => {
  const interval = blockBootstrap(60, () => 7, simulation(1).random)
  t.same(interval, { low: 7, high: 7, blockSeconds: 4 })
})

t.test('the interval leaves 25 of 1,000 replicates on either side', async (t) => {
  let next = 0
  const interval = blockBootstrap(60, () => (next += 1), simulation(1).random)
  t.same([interval?.low, interval?.high], [25, 976])
})

t.test('29 seconds are too few, and so are seconds without samples', async (t) => {
  t.equal(
    blockBootstrap(29, () => 1, simulation(1).random),
    null
  )
  t.equal(
    blockBootstrap(60, () => null, simulation(1).random),
    null
  )
})

t.test('one seed has one interval', async (t) => {
  const series = Array.from({ length: 60 }, (_, second) => Math.sin(second))
  const interval = (seed: number) => blockBootstrap(60, meanOf(series), simulation(seed).random)
  t.same(interval(1), interval(1))
  t.not(interval(1)?.low, interval(2)?.low)
})

t.test('blocks cover the mean of an autocorrelated series far more often than single seconds do', async (t) => {
  const { random, normal } = simulation(4)
  const [seconds, runs, replicates] = [240, 200, 200]
  let byBlocks = 0
  let bySeconds = 0
  for (let run = 0; run < runs; run += 1) {
    let value = normal() / Math.sqrt(1 - 0.6 ** 2)
    const series = Array.from({ length: seconds }, () => (value = 0.6 * value + normal()))
    const mean = meanOf(series)
    const blocks = blockBootstrap(seconds, mean, random, replicates)
    if (blocks && blocks.low <= 0 && blocks.high >= 0) byBlocks += 1
    // The same with blocks of one second: what blockBootstrap draws is replaced.
    const anySeconds: StatisticOfSeconds = (drawn) => mean(drawn.map(() => Math.floor(random() * seconds)))
    const single = blockBootstrap(seconds, anySeconds, random, replicates)
    if (single && single.low <= 0 && single.high >= 0) bySeconds += 1
  }
  t.ok(byBlocks >= 0.85 * runs, `blocks: ${byBlocks} of ${runs}`)
  t.ok(bySeconds <= 0.75 * runs, `seconds: ${bySeconds} of ${runs}`)
})

t.test(
  'the p99 of a minute of 60 histograms of thousands of buckets takes less than a second of processor time',
  async (t) => {
    const { random, logNormal } = simulation(5)
    const histograms = Array.from({ length: 60 }, () =>
      bucketsOf(Array.from({ length: 5000 }, () => Math.round(3000 * logNormal(0.8))))
    )
    const before = process.cpuUsage()
    const percentile = percentileOfSeconds(histograms, 99)
    const interval = blockBootstrap(60, percentile, random)
    const { user, system } = process.cpuUsage(before)
    t.ok(user + system < 1e6, `${(user + system) / 1000} ms`)
    const all = percentile(Array.from(histograms.keys())) ?? 0
    if (!interval) throw new Error('no interval')
    t.ok(interval.low < all && all < interval.high, `${interval.low} to ${interval.high} around ${all}`)
    t.ok(interval.high / interval.low < 1.1, `${interval.low} to ${interval.high}`)
  }
)
