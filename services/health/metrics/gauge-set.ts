import { type Chunk, type Family, labelText, type MetricDefinition, seriesLine } from './exposition.ts'
import type { MetricSource } from './source.ts'

/** Metrics that share their labels: one series for each thing that they are of. */
export interface GaugeSetSpec<T> extends Pick<MetricDefinition, 'labels' | 'level'> {
  /** The things, with the unit that they belong to: their group, their topic, or '' for what is never left out. */
  items(source: MetricSource): Iterable<readonly [unit: string, items: readonly T[]]>
  /** In the order of `labels`. */
  values(item: T): readonly (string | number)[]
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
      const writers = gauges.map(({ name, read }) => ({ name, read, chunks: [] as Chunk[] }))
      for (const [unit, things] of items(source)) {
        const open = writers.map(() => ({ unit, text: '', series: 0 }))
        for (const thing of things) {
          const text = labelText(labels, values(thing))
          writers.forEach(({ name, read }, index) => {
            const value = read(thing)
            const chunk = open[index]
            if (value === null || Number.isNaN(value) || !chunk) return
            chunk.text += seriesLine(name, text, value)
            chunk.series += 1
          })
        }
        writers.forEach(({ chunks }, index) => {
          const chunk = open[index]
          if (chunk && chunk.series > 0) chunks.push(chunk)
        })
      }
      return definitions.map((definition, index) => ({ definition, chunks: writers[index]?.chunks ?? [] }))
    }
  }
}

/** Things that are never left out. */
export function alone<T>(items: readonly T[]): [unit: string, items: readonly T[]][] {
  return [['', items]]
}
