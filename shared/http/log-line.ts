import { boundedText } from '../bounded-text.ts'
import { parseJson } from '../json.ts'

/** The longest line of a log, in bytes. Collectors cut or drop longer ones. */
export const longestLine = 16_384

/** From what is left of a line that is a little too long, to what is left of the longest. */
const cuts = [
  { bytes: 4000, items: 20 },
  { bytes: 1000, items: 10 },
  { bytes: 200, items: 5 }
]
const deepest = 6

/** A line of the log, made to fit: its long texts and lists are cut. */
export function boundedLine(line: string): string {
  if (fits(line)) return line
  const entry = parseJson(line)
  for (const cut of cuts) {
    const shorter = `${JSON.stringify(shorten(entry, cut, deepest))}\n`
    if (fits(shorter)) return shorter
  }
  const { level, time, msg } = Object(entry)
  return `${JSON.stringify({ level, time, msg: boundedText(String(msg), 1000) })}\n`
}

function fits(line: string): boolean {
  return line.length <= longestLine && Buffer.byteLength(line) <= longestLine
}

function shorten(value: unknown, cut: { bytes: number; items: number }, levels: number): unknown {
  if (typeof value === 'string') return boundedText(value, cut.bytes)
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return '…'
  if (Array.isArray(value)) return value.slice(0, cut.items).map((item) => shorten(item, cut, levels - 1))
  const entries = Object.entries(value).slice(0, 4 * cut.items)
  return Object.fromEntries(entries.map(([name, of]) => [boundedText(name, 100), shorten(of, cut, levels - 1)]))
}
