import type { BucketCounts } from '#services/load-test/domain/statistics/percentiles.ts'
import { createRandom } from '#shared/seeded-random.ts'

/** Random values with a seed, for simulated runs. */
export function simulation(seed: number) {
  const random = createRandom(seed)
  /** Standard normal (Box and Muller). */
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  /** 1 in the median; `spread` is about its relative standard deviation. */
  const logNormal = (spread: number) => Math.exp(spread * normal())
  return { random, normal, logNormal }
}

export function bucketsOf(samples: readonly number[]): BucketCounts {
  const counts = new Map<number, number>()
  for (const sample of samples) counts.set(sample, (counts.get(sample) ?? 0) + 1)
  const values = [...counts.keys()].sort((a, b) => a - b)
  return { values, counts: values.map((value) => counts.get(value) ?? 0) }
}
