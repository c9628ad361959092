/**
 * Prometheus' text format, version 0.0.4, rendered directly: creating objects for tens of thousands of series per
 * scrape would be too expensive. https://prometheus.io/docs/instrumenting/exposition_formats/
 */

/**
 * The subject of a metric's series. If there are more series than allowed, the first levels are left out first: series
 * that repeat others (a committed offset is the end minus the lag) before the lags of partitions. Series of the cluster
 * and its nodes are never left out.
 */
export const droppedFirst = [
  'group partition, repeated',
  'topic partition',
  'group partition',
  'group topic',
  'topic',
  'group'
] as const
export type DroppableLevel = (typeof droppedFirst)[number]
export type Level = 'cluster' | 'node' | DroppableLevel

export interface MetricDefinition {
  name: string
  help: string
  labels: readonly string[]
  level: Level
}

/** The series of one unit (a group, a topic) in one metric: kept or left out as a whole, so that sums stay correct. */
export interface Chunk {
  unit: string
  series: number
  /** Rendered while sending: rendering all at once would take as much memory as the answer. */
  text(): string
}

/** One metric with all of its series, before any are left out. */
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

/** The rest of a line after name and labels, including its end. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return ` ${value}\n`
  return value > 0 ? ' +Inf\n' : ' -Inf\n'
}

/** Approximate size of the pieces to send, in characters. */
const pieceLength = 65_536

/** The families as text, in pieces that are rendered one by one, as the reader takes them. */
export function* textOf(families: readonly Family[]): Generator<string> {
  let parts: string[] = []
  let length = 0
  for (const { definition, chunks } of families) {
    if (chunks.length === 0) continue
    parts.push(headOf(definition))
    for (const chunk of chunks) {
      const text = chunk.text()
      parts.push(text)
      length += text.length
      if (length < pieceLength) continue
      yield parts.join('')
      parts = []
      length = 0
    }
  }
  if (parts.length > 0) yield parts.join('')
}

function headOf({ name, help }: MetricDefinition): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return `# HELP ${name} ${escaped}\n# TYPE ${name} gauge\n`
}
