import { Counter, Histogram, type Registry } from 'prom-client'

/**
 * Metrics of what happens tens of thousands of times a second. Whoever counts looks a series up once and keeps it: prom-client checks,
 * sorts and joins the labels for each observation, which for a small event would cost more than reading it.
 */
interface TallyOptions {
  name: string
  help: string
  labelNames: string[]
}

type Labels = Record<string, string>

/** A series of a counter: add to `value`. */
export interface Tally {
  value: number
}

/** A series of a histogram. */
export interface HistogramTally {
  observe(value: number): void
}

/** A counter. Each call makes a series, which is shown from then on: call it once for the same labels. */
export function talliedCounter(registry: Registry, options: TallyOptions): (labels: Labels) => Tally {
  const series: { labels: Labels; tally: Tally }[] = []
  new Counter({
    ...options,
    registers: [registry],
    collect() {
      this.reset()
      for (const { labels, tally } of series) this.inc(labels, tally.value)
    }
  })
  return (labels) => {
    const tally = { value: 0 }
    series.push({ labels, tally })
    return tally
  }
}

/** A histogram. Each call makes a series, which is shown from then on: call it once for the same labels. @param buckets ascending */
export function talliedHistogram(
  registry: Registry,
  options: TallyOptions & { buckets: number[] }
): (labels: Labels) => HistogramTally {
  const histogram = new TalliedHistogram({ ...options, registers: [registry] }, options.buckets)
  return (labels) => histogram.series(labels)
}

interface Series {
  labels: Labels
  /** Of each bucket alone, and last of what is beyond them. */
  counts: number[]
  sum: number
}

class TalliedHistogram extends Histogram {
  readonly #bounds: readonly number[]
  readonly #options: Pick<TallyOptions, 'name' | 'help'>
  readonly #series: Series[] = []

  constructor(options: ConstructorParameters<typeof Histogram>[0], bounds: readonly number[]) {
    super(options)
    this.#options = options
    this.#bounds = bounds
  }

  series(labels: Labels): HistogramTally {
    const bounds = this.#bounds
    const series: Series = { labels, counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 }
    this.#series.push(series)
    const { counts } = series
    return {
      observe(value) {
        let bucket = 0
        while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1
        counts[bucket] = (counts[bucket] ?? 0) + 1
        series.sum += value
      }
    }
  }

  /** What the registry, and get(), read: prom-client's own form of a histogram. */
  async getForPromString() {
    const { name, help } = this.#options
    const values = this.#series.flatMap(({ labels: sharedLabels, counts, sum }) => {
      let count = 0
      const buckets = counts.map((inBucket, nth) => {
        count += inBucket
        return { metricName: `${name}_bucket`, labels: { le: this.#bounds[nth] ?? '+Inf' }, sharedLabels, value: count }
      })
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum },
        { metricName: `${name}_count`, labels: {}, sharedLabels, value: count }
      ]
    })
    return { name, help, type: 'histogram', aggregator: 'sum', values }
  }
}
