/**
 * The values of a few series in an exposition in Prometheus' text format 0.0.4. Skips lines of other series without
 * parsing them: an exporter may have megabytes of them. For a series with several label sets, the first counts.
 */
export function parseExposition(text: string, names: ReadonlySet<string>): Map<string, number> {
  const values = new Map<string, number>()
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const name = nameAt(text, start, end)
    if (names.has(name) && !values.has(name)) {
      const value = valueIn(text.slice(start + name.length, end))
      if (value !== undefined) values.set(name, value)
    }
    start = end + 1
  }
  return values
}

function nameAt(text: string, start: number, end: number): string {
  let at = start
  while (at < end && isNameCharacter(text.charCodeAt(at))) at += 1
  return text.slice(start, at)
}

/** [a-zA-Z0-9_:] */
function isNameCharacter(code: number): boolean {
  return (code >= 97 && code <= 122) || code === 95 || (code >= 48 && code <= 58) || (code >= 65 && code <= 90)
}

/** The rest after a name: labels, a value, perhaps a timestamp. */
function valueIn(rest: string): number | undefined {
  const value = /^(?:\{.*\})?\s+(\S+)/.exec(rest)?.[1]
  if (value === undefined) return undefined
  const number =
    value === '+Inf' ? Number.POSITIVE_INFINITY : value === '-Inf' ? Number.NEGATIVE_INFINITY : Number(value)
  return value === 'NaN' || Number.isNaN(number) ? undefined : number
}
