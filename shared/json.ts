/** Parses JSON; undefined if the text is invalid. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a value is an object with names: neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Far above what documents need, far below what overflows the stack of a serializer or of a client. */
const maxNesting = 200
const [quote, backslash] = [0x22, 0x5c]
const [brace, bracket, braceEnd, bracketEnd] = [0x7b, 0x5b, 0x7d, 0x5d]

/** Whether objects and arrays of a valid document lie within each other more than `maxNesting` times. */
export function nestsDeeply(text: string): boolean {
  let depth = 0
  let isString = false
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (isString && code === backslash) index += 1
    else if (code === quote) isString = !isString
    else if (isString) continue
    else if (code === brace || code === bracket) depth += 1
    else if (code === braceEnd || code === bracketEnd) depth -= 1
    if (depth > maxNesting) return true
  }
  return false
}
