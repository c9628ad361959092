/**
 * JSON with line breaks and indentation, token by token: JSON.parse would round integers beyond 2^53, drop repeated fields and lose the
 * way that numbers are written.
 * @returns undefined if the text is no JSON object or array
 */
export function prettyJson(text: string): string | undefined {
  const trimmed = text.trim()
  if (!/^[[{]/.test(trimmed)) return undefined
  try {
    JSON.parse(trimmed)
  } catch {
    return undefined
  }
  let out = ''
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  for (let at = 0; at < trimmed.length; ) {
    const token = tokenAt(trimmed, at)
    at += token.length
    switch (token[0]) {
      case '{':
      case '[': {
        const rest = trimmed.slice(at).match(/^\s*[}\]]/)
        if (rest) {
          out += token + (token === '{' ? '}' : ']')
          at += rest[0].length
          break
        }
        depth += 1
        out += token + line()
        break
      }
      case '}':
      case ']':
        depth -= 1
        out += line() + token
        break
      case ',':
        out += token + line()
        break
      case ':':
        out += ': '
        break
      default:
        if (token.trim() !== '') out += token
    }
  }
  return out
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|\s+|[^\s"{}[\],:]+/y

function tokenAt(text: string, at: number): string {
  tokens.lastIndex = at
  return tokens.exec(text)?.[0] ?? text.charAt(at)
}
