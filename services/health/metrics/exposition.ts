/**
 * Prometheus' text format, version 0.0.4, written by hand: tens of thousands of series a scrape are too many for objects.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

/**
 * Whose series a metric has. When there are more series than allowed, those of the first levels are left out first; the
 * cluster's and its nodes' never are.
 */
export const droppedFirst = ['group partition', 'topic partition', 'group topic', 'topic', 'group'] as const
export type DroppableLevel = (typeof droppedFirst)[number]
export type Level = 'cluster' | 'node' | DroppableLevel

export interface MetricDefinition {
  name: string
  help: string
  labels: readonly string[]
  level: Level
}

/** The series of one unit (a group, a topic) in one metric: kept or left out as a whole, so that sums over it stay true. */
export interface Chunk {
  unit: string
  text: string
  series: number
}

/** One metric and all of its series, before any is left out. */
export interface Family {
  definition: MetricDefinition
  chunks: Chunk[]
}

const special = /[\\"\n]/
const escapes: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

/** `{a="1",b="2"}`; empty without labels. */
export function labelBraces(names: readonly string[], values: readonly (string | number)[]): string {
  if (names.length === 0) return ''
  let text = '{'
  names.forEach((name, index) => {
    text += `${index === 0 ? '' : ','}${name}="${escapeLabel(String(values[index] ?? ''))}"`
  })
  return `${text}}`
}

function escapeLabel(value: string): string {
  return special.test(value) ? value.replaceAll(/[\\"\n]/g, (found) => escapes[found] ?? found) : value
}

/** What follows name and labels in a line, its end included. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return ` ${value}\n`
  return value > 0 ? ' +Inf\n' : ' -Inf\n'
}

/** The metric's head and its chunks, to be joined; nothing at all when there are none. */
export function familyPieces({ name, help }: MetricDefinition, chunks: readonly Chunk[]): string[] {
  if (chunks.length === 0) return []
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return [`# HELP ${name} ${escaped}\n# TYPE ${name} gauge\n`, ...chunks.map(({ text }) => text)]
}
