import t from 'tap'
import {
  effectiveSamples,
  effectiveSeconds,
  samplesNeeded
} from '#services/load-test/domain/statistics/effective-samples.ts'
import { bucketsOf, simulation } from './simulated.ts'

const needed = [
  { percentile: 50, samples: 7 },
  { percentile: 90, samples: 37 },
  { percentile: 95, samples: 74 },
  { percentile: 99, samples: 370 },
  { percentile: 99.9, samples: 3700 },
  { percentile: 99.99, samples: 37_000 }
]
for (const { percentile, samples } of needed) {
  t.test(`p${percentile} needs ${samples} samples: fewer than 2.5 % of such sets have none above it`, async (t) => {
    t.equal(samplesNeeded(percentile), samples)
    t.ok((percentile / 100) ** samples <= 0.025)
    // And it is not needlessly many.
    t.ok((percentile / 100) ** Math.floor(samples * 0.85) > 0.025)
  })
}

t.test('a series by hand: 1 2 3 4 has autocorrelations 1 and 0.25, then negative ones', async (t) => {
  // Deviations -1.5 -0.5 0.5 1.5: covariances 5/4, 1.25/4, -1.5/4, -2.25/4. Pairs: 6.25/4, then a negative one.
  t.equal(Number(effectiveSeconds([1, 2, 3, 4]).toFixed(9)), Number((4 / 1.5).toFixed(9)))
})

const series = [
  { what: 'a constant', of: Array.from({ length: 60 }, () => 5), expected: 60 },
  { what: 'a constant whose mean is rounded', of: Array.from({ length: 60 }, () => 0.1), expected: 60 },
  { what: 'alternation, which counts as no more than it is', of: alternating(60), expected: 60 },
  { what: 'nothing', of: [], expected: 0 },
  { what: 'gaps only', of: [null, null], expected: 0 },
  { what: 'a constant with gaps', of: [5, null, 5, 5], expected: 3 }
]
for (const { what, of, expected } of series) {
  t.test(`effective seconds of ${what}: ${expected}`, async (t) => t.equal(effectiveSeconds(of), expected))
}

const correlations = [
  { rho: 0, expected: 2000 },
  { rho: 0.5, expected: 2000 / 3 },
  { rho: 0.8, expected: 2000 / 9 }
]
for (const { rho, expected } of correlations) {
  t.test(`2,000 seconds that keep ${rho} of the previous one are worth about ${Math.round(expected)}`, async (t) => {
    const { normal } = simulation(11)
    let value = normal()
    const of = Array.from({ length: 2000 }, () => (value = rho * value + Math.sqrt(1 - rho ** 2) * normal()))
    const measured = effectiveSeconds(of)
    t.ok(measured > 0.75 * expected && measured <= 1.3 * expected, `${measured}`)
  })
}

t.test('independent samples count in full, up to the noise of the estimate', async (t) => {
  const { logNormal } = simulation(3)
  const seconds = Array.from({ length: 120 }, () =>
    bucketsOf(Array.from({ length: 200 }, () => Math.round(1000 * logNormal(0.5))))
  )
  const effective = effectiveSamples(seconds, 99)
  t.ok(effective > 12_000 && effective <= 24_000, `${effective} of 24,000`)
})

t.test('one stall that delays 1,500 of 60,000 samples is one event: p99 may not be shown, p50 may', async (t) => {
  const { logNormal } = simulation(3)
  const seconds = Array.from({ length: 60 }, (_, second) =>
    bucketsOf(
      Array.from({ length: 1000 }, () => Math.round((second >= 30 && second < 32 ? 400_000 : 1000) * logNormal(0.3)))
    )
  )
  const p99 = effectiveSamples(seconds, 99)
  t.ok(p99 < samplesNeeded(99), `p99 rests on ${p99}`)
  const p50 = effectiveSamples(seconds, 50)
  t.ok(p50 >= samplesNeeded(50), `p50 rests on ${p50}`)
})

t.test('slow seconds that follow each other are worth less than the same seconds scattered', async (t) => {
  const { logNormal } = simulation(3)
  const second = (scale: number) => bucketsOf(Array.from({ length: 500 }, () => Math.round(scale * logNormal(0.3))))
  const slow = Array.from({ length: 12 }, () => second(2000))
  const others = Array.from({ length: 48 }, () => second(1000))
  const scattered = effectiveSamples(
    others.flatMap((each, nth) => [each, ...slow.slice(nth / 4, nth % 4 === 0 ? nth / 4 + 1 : 0)]),
    99
  )
  const together = effectiveSamples([...others.slice(0, 24), ...slow, ...others.slice(24)], 99)
  t.ok(together < scattered / 3, `${together} and ${scattered}`)
})

t.test('no samples are worth none; equal ones count in full', async (t) => {
  t.equal(effectiveSamples([], 99), 0)
  t.equal(effectiveSamples([bucketsOf([]), bucketsOf([])], 99), 0)
  t.equal(effectiveSamples([bucketsOf([3, 3]), bucketsOf([]), bucketsOf([3])], 99), 3)
})

function alternating(length: number): number[] {
  return Array.from({ length }, (_, second) => second % 2)
}
