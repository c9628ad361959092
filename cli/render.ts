import { toYaml } from '#shared/yaml/write-yaml.ts'
import { itemsOf, nameOf } from './items.ts'
import type { DataFormat, Rendering } from './output-format.ts'
import { plain } from './paint.ts'
import { table } from './table.ts'

/** Every form for programs. Loaded when one is chosen: JSON needs none of this. */
export const renderings: Record<DataFormat, Rendering> = {
  json: { text: (answer) => JSON.stringify(answer, null, 2), whole: true },
  yaml: { text: (answer) => toYaml(answer).trimEnd(), whole: true },
  jsonl: {
    text: (answer) =>
      partsOf(answer)
        .map((item) => JSON.stringify(item))
        .join('\n'),
    whole: false
  },
  name: {
    text: (answer) =>
      partsOf(answer)
        .flatMap((item) => nameOf(item) ?? [])
        .join('\n'),
    whole: false
  },
  wide: { text: wide, whole: false }
}

const partsOf = (answer: object) => itemsOf(answer) ?? [answer]

/** Every field that the service gives, a column for each, in lines that are not cut to the terminal. */
function wide(answer: object): string {
  const items = itemsOf(answer)
  const width = Number.POSITIVE_INFINITY
  if (items === undefined) return table(['FIELD', 'VALUE'], Array.from(cellsOf(answer)), width)
  const rows = items.map((item) => cellsOf(typeof item === 'object' && item !== null ? item : { value: item }))
  const columns = Array.from(new Set(rows.flatMap((row) => Array.from(row.keys()))))
  if (columns.length === 0) return ''
  const lines = rows.map((row) => columns.map((column) => row.get(column) ?? '-'))
  return table(
    columns.map((column) => column.toUpperCase()),
    lines,
    width
  )
}

/** The fields of an object, those of objects in it with a dot; lists of objects are counted. */
function cellsOf(item: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(item).flatMap(([key, value]): [string, string][] => {
      const name = `${path}${key}`
      if (value === null || value === undefined) return [[name, '-']]
      if (Array.isArray(value)) {
        const counted = value.some((each) => typeof each === 'object')
        return [[name, counted ? String(value.length) : plain(value.join(','))]]
      }
      return typeof value === 'object' ? Array.from(cellsOf(value, `${name}.`)) : [[name, plain(String(value))]]
    })
  )
}
