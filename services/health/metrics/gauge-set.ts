import { type Chunk, type Family, labelBraces, type MetricDefinition, numberText } from './exposition.ts'
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
        const labelled = things.map((thing) => labelBraces(labels, values(thing, unit)))
        gauges.forEach(({ name, read }, gauge) => {
          // Joined at the end: lines glued one by one would be a tree of small pieces, several times as large as the text.
          const pieces: string[] = []
          for (let index = 0; index < things.length; index++) {
            const thing = things[index]
            const value = thing === undefined ? null : read(thing)
            if (value !== null && !Number.isNaN(value)) pieces.push(name, labelled[index] ?? '', numberText(value))
          }
          const series = pieces.length / 3
          if (series > 0) chunksOf[gauge]?.push({ unit, text: pieces.join(''), series })
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
