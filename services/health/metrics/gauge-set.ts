import { type Family, type Level, labelBraces, type MetricDefinition, numberText } from './exposition.ts'
import type { MetricSource } from './source.ts'

/** Metrics that share their labels: one series per item. */
export interface GaugeSetSpec<T> extends Pick<MetricDefinition, 'labels' | 'level'> {
  /** The items with their unit: a group, a topic, or '' for items that are never left out. */
  items(source: MetricSource): Iterable<readonly [unit: string, items: readonly T[]]>
  /** In the order of `labels`. */
  values(item: T, unit: string): readonly (string | number)[]
  /** `null` is a number that could not be read, which has no series. */
  gauges: readonly GaugeSpec<T>[]
}

interface GaugeSpec<T> {
  name: string
  help: string
  /** Defaults to that of the set. */
  level?: Level
  read: (item: T) => number | null
}

export interface GaugeSet {
  readonly definitions: readonly MetricDefinition[]
  /** All families of the set, in the order of the definitions. */
  families(source: MetricSource): Family[]
}

export function gaugeSet<T>({ labels, level, items, values, gauges }: GaugeSetSpec<T>): GaugeSet {
  const definitions = gauges.map((gauge) => ({
    name: gauge.name,
    help: gauge.help,
    labels,
    level: gauge.level ?? level
  }))
  return {
    definitions,
    families(source) {
      const units = Array.from(items(source))
      return gauges.map(({ name, read }, index) => ({
        definition: definitions[index] ?? { name, help: '', labels, level },
        chunks: units.flatMap(([unit, things]) => {
          const series = countOf(things, read)
          const lines = () => linesOf(name, things, read, (thing) => labelBraces(labels, values(thing, unit)))
          return series === 0 ? [] : [{ unit, series, text: lines }]
        })
      }))
    }
  }
}

function countOf<T>(things: readonly T[], read: (thing: T) => number | null): number {
  let count = 0
  for (const thing of things) if (hasSeries(read(thing))) count += 1
  return count
}

function linesOf<T>(
  name: string,
  things: readonly T[],
  read: (thing: T) => number | null,
  labelsOf: (thing: T) => string
): string {
  // Joined at the end: concatenating line by line would build a tree of small pieces, several times larger than the
  // text.
  const pieces: string[] = []
  for (const thing of things) {
    const value = read(thing)
    if (hasSeries(value)) pieces.push(name, labelsOf(thing), numberText(value))
  }
  return pieces.join('')
}

function hasSeries(value: number | null): value is number {
  return value !== null && !Number.isNaN(value)
}

/** Items that are never left out. */
export function alone<T>(items: readonly T[]): [unit: string, items: readonly T[]][] {
  return [['', items]]
}
