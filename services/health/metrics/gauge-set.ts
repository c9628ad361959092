import { type Chunk, type Family, labelText, type MetricDefinition, seriesLine } from './exposition.ts'
import type { MetricSource } from './source.ts'

/** Metrics that share their labels: one series for each thing that they are of. */
export interface GaugeSetSpec<T> extends Pick<MetricDefinition, 'labels' | 'level'> {
  /** The things, with the unit that they belong to: their group, their topic, or '' for what is never left out. */
  items(source: MetricSource): Iterable<readonly [unit: string, items: readonly T[]]>
  /** In the order of `labels`. */
  values(item: T, unit: string): readonly (string | number)[]
  /** `null` is a number that could not be read: it has no series. */
  gauges: readonly { name: string; help: string; read: (item: T) => number | null }[]
}

export interface GaugeSet {
  readonly definitions: readonly MetricDefinition[]
  /** Every family of the set, in the order of the definitions. */
  families(source: MetricSource): Family[]
}

export function gaugeSet<T>({ labels, level, items, values, gauges }: GaugeSetSpec<T>): GaugeSet {
  const definitions = gauges.map(({ name, help }) => ({ name, help, labels, level }))
  return {
    definitions,
    families(source) {
      const chunksOf = gauges.map((): Chunk[] => [])
      for (const [unit, things] of items(source)) {
        const labelled = things.map((thing) => labelText(labels, values(thing, unit)))
        gauges.forEach(({ name, read }, gauge) => {
          const lines: string[] = []
          things.forEach((thing, index) => {
            const value = read(thing)
            if (value !== null && !Number.isNaN(value)) lines.push(seriesLine(name, labelled[index] ?? '', value))
          })
          // Joined, each chunk is one flat string: thousands of lines glued one by one are a tree of pieces, five times as large.
          if (lines.length > 0) chunksOf[gauge]?.push({ unit, text: lines.join(''), series: lines.length })
        })
      }
      return definitions.map((definition, index) => ({ definition, chunks: chunksOf[index] ?? [] }))
    }
  }
}

/** Things that are never left out. */
export function alone<T>(items: readonly T[]): [unit: string, items: readonly T[]][] {
  return [['', items]]
}
