import { matchesPath, type TopicMask } from './masking-rules.ts'

/** What stands in the place of what is hidden. */
export const hidden = '***'

/** Text within text within text: JSON in a string of JSON is looked into this deep. */
const maxDepth = 100

/** A key, value or header as it may be shown. */
export interface Content {
  /** null: all of it is withheld. */
  bytes: Buffer | null
  /** Paths that are hidden, each beginning with `prefix`. */
  masked: string[]
}

/**
 * Hides the fields of a document that rules name, before anything else sees it: a filter that searches the answer finds no
 * more than the answer shows. JSON is masked field by field, also where it is text within JSON. Bytes that are not JSON are
 * withheld as a whole when they contain the name of a masked field (a line of JSON beside others, XML, a form), and when a
 * rule names the topic and `strict` is set.
 */
export function maskContent(
  bytes: Buffer | null,
  mask: TopicMask | undefined,
  { prefix, strict }: { prefix: string; strict: boolean }
): Content {
  if (bytes === null || mask === undefined) return { bytes, masked: [] }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  const document = parse(text)
  if (document === undefined) {
    const withheld = (strict && mask.named) || mentions(text, mask)
    return withheld ? { bytes: null, masked: [prefix] } : { bytes, masked: [] }
  }
  const masked: string[] = []
  const shown = maskValue(document.value, [], mask, masked, 0)
  if (masked.length === 0) return { bytes, masked }
  return {
    bytes: Buffer.from(JSON.stringify(shown)),
    masked: [...new Set(masked)].map((path) => (path === '' ? prefix : `${prefix}.${path}`))
  }
}

/** Whether a rule names a header, or whatever else has a name and no fields. */
export function masksName(name: string, mask: TopicMask | undefined): boolean {
  return mask?.paths.some((rule) => matchesPath(rule, name.split('.'))) ?? false
}

function maskValue(value: unknown, path: string[], mask: TopicMask, masked: string[], depth: number): unknown {
  if (depth > maxDepth) {
    masked.push(path.join('.'))
    return hidden
  }
  if (Array.isArray(value)) return value.map((item) => maskValue(item, path, mask, masked, depth + 1))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => {
        // A name with dots in it may be a flattened path.
        const inner = [...path, ...name.split('.')]
        if (!mask.paths.some((rule) => matchesPath(rule, inner))) {
          return [name, maskValue(field, inner, mask, masked, depth + 1)]
        }
        masked.push(inner.join('.'))
        return [name, hidden]
      })
    )
  }
  if (typeof value !== 'string' || !/[{[]/.test(value)) return value
  const document = parse(value)
  if (document === undefined) {
    if (!mentions(value, mask)) return value
    masked.push(path.join('.'))
    return hidden
  }
  const before = masked.length
  const shown = maskValue(document.value, path, mask, masked, depth + 1)
  return masked.length === before ? value : JSON.stringify(shown)
}

/** JSON objects, arrays and strings; undefined for everything else, which has no fields. */
function parse(text: string): { value: unknown } | undefined {
  if (!/^\s*[{["]/.test(text)) return undefined
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Whether text that is not JSON contains the last name of a rule: spelled out, in UTF-16, or in JSON's escapes. */
function mentions(text: string, { paths }: TopicMask): boolean {
  const plain = text
    .replaceAll('\0', '')
    .replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .toLowerCase()
  return paths.some((path) => {
    const name = path.at(-1)
    return name === undefined || name === '*' || plain.includes(name)
  })
}
