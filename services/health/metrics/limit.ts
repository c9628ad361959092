import { type Chunk, type DroppableLevel, droppedFirst, type Family, type Level } from './exposition.ts'

/**
 * Limits the number of series. Levels are dropped in the order of `droppedFirst`. Within a level all metrics keep the
 * same groups or topics, in the order of their names, each completely or not at all: a sum over part of a group would
 * be wrong, and a selection by lag would make series come and go.
 */
export function limitSeries(
  families: readonly Family[],
  maxSeries: number
): { kept: Family[]; dropped: Map<string, number> } {
  const dropped = new Map<string, number>()
  for (const { definition } of families) if (isDroppable(definition.level)) dropped.set(definition.name, 0)
  let excess = seriesOf(families.flatMap(({ chunks }) => chunks)) - maxSeries
  if (excess <= 0) return { kept: [...families], dropped }

  const keptOf = new Map<Level, ReadonlySet<string>>()
  for (const level of droppedFirst) {
    if (excess <= 0) break
    const chunks = families.filter(({ definition }) => definition.level === level).flatMap(({ chunks }) => chunks)
    const all = seriesOf(chunks)
    const { units, series } = chooseUnits(chunks, Math.max(0, all - excess))
    keptOf.set(level, units)
    excess -= all - series
  }
  const kept = families.map(({ definition, chunks }) => {
    const units = keptOf.get(definition.level)
    if (!units) return { definition, chunks }
    const left = chunks.filter(({ unit }) => units.has(unit))
    dropped.set(definition.name, seriesOf(chunks) - seriesOf(left))
    return { definition, chunks: left }
  })
  return { kept, dropped }
}

/** The units that fit, in the order of their names; a unit that is too large does not exclude those after it. */
function chooseUnits(chunks: readonly Chunk[], room: number): { units: Set<string>; series: number } {
  const sizes = new Map<string, number>()
  for (const { unit, series } of chunks) sizes.set(unit, (sizes.get(unit) ?? 0) + series)
  const units = new Set<string>()
  let used = 0
  for (const [unit, size] of Array.from(sizes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (used + size > room) continue
    units.add(unit)
    used += size
  }
  return { units, series: used }
}

function seriesOf(chunks: readonly Chunk[]): number {
  let sum = 0
  for (const { series } of chunks) sum += series
  return sum
}

function isDroppable(level: Level): level is DroppableLevel {
  return droppedFirst.some((candidate) => candidate === level)
}
