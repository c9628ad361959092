import { matchesPath, type TopicMask } from './masking-rules.ts'

/** The replacement for hidden content. */
export const hidden = '***'

/** How deeply to parse JSON within strings of JSON. */
const maxDepth = 100

/** A key, value or header after masking. */
export interface Content {
  /** null: all of it is withheld. */
  bytes: Buffer | null
  /** Hidden paths, each starting with `prefix`. */
  masked: string[]
}

/**
 * Hides the fields of a document that rules name, before anything else sees it: a filter cannot find more than the
 * answer shows. Masks JSON and forms (`user=me&password=x`) field by field, also as text within JSON or a form.
 * Withholds other bytes entirely if they contain the name of a masked field (a line of JSON among others, XML), or if a
 * rule names the topic and `strict` is set. The same applies to other text within JSON that looks like data; prose in
 * its own field ("your password was changed") stays.
 */
export function maskContent(
  bytes: Buffer | null,
  mask: TopicMask | undefined,
  { prefix, strict }: { prefix: string; strict: boolean }
): Content {
  if (bytes === null || mask === undefined) return { bytes, masked: [] }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  const document = parse(text)
  if (document === undefined && !(strict && mask.named)) {
    const masked: string[] = []
    const form = maskForm(text, [], mask, masked, 0)
    if (form !== undefined) {
      return masked.length === 0 ? { bytes, masked } : { bytes: Buffer.from(form), masked: pathsOf(masked, prefix) }
    }
  }
  if (document === undefined) {
    const withheld = (strict && mask.named) || mentions(text, mask)
    return withheld ? { bytes: null, masked: [prefix] } : { bytes, masked: [] }
  }
  const masked: string[] = []
  const shown = maskValue(document.value, [], mask, masked, 0)
  if (masked.length === 0) return { bytes, masked }
  return { bytes: Buffer.from(JSON.stringify(shown)), masked: pathsOf(masked, prefix) }
}

function pathsOf(masked: readonly string[], prefix: string): string[] {
  return [...new Set(masked)].map((path) => (path === '' ? prefix : `${prefix}.${path}`))
}

/** Whether a rule names a header, or anything else with a name and no fields. */
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
        // A name with dots may be a flattened path.
        const inner = [...path, ...name.split('.')]
        if (!mask.paths.some((rule) => matchesPath(rule, inner))) {
          return [name, maskValue(field, inner, mask, masked, depth + 1)]
        }
        masked.push(inner.join('.'))
        return [name, hidden]
      })
    )
  }
  return typeof value === 'string' ? maskText(value, path, mask, masked, depth) : value
}

/** Text within a document: JSON and forms field by field, other text that looks like data entirely. */
function maskText(text: string, path: string[], mask: TopicMask, masked: string[], depth: number): string {
  const document = parse(text)
  if (document !== undefined) {
    const before = masked.length
    const shown = maskValue(document.value, path, mask, masked, depth + 1)
    return masked.length === before ? text : JSON.stringify(shown)
  }
  const form = maskForm(text, path, mask, masked, depth)
  if (form !== undefined) return form
  if (!looksLikeData.test(text) || !mentions(text, mask)) return text
  masked.push(path.join('.'))
  return hidden
}

/** The delimiters around names and values in JSON, XML, forms, URLs, cookies and headers, also percent-encoded. */
const looksLikeData = /[{[<=&]|:(?!\/\/)|%[0-9a-f]{2}/i
/** Only `name=value&name=value`, in printable ASCII like forms; other encodings are not forms. */
const formOnly = /^(?=[!-~]+$)[^\s=&?#{}<>"';,]+=[^\s=&{}<>"';,]*=*(&[^\s=&?#{}<>"';,]+=[^\s=&{}<>"';,]*=*)*$/

/**
 * A form with its masked fields hidden and everything else unchanged; undefined if the text is not a decodable form.
 */
function maskForm(text: string, path: string[], mask: TopicMask, masked: string[], depth: number): string | undefined {
  const trimmed = text.trim()
  if (depth > maxDepth || !formOnly.test(trimmed)) return undefined
  const found: string[] = []
  const fields: string[] = []
  for (const pair of trimmed.split('&')) {
    const at = pair.indexOf('=')
    const name = decode(pair.slice(0, at))
    const value = decode(pair.slice(at + 1))
    if (name === undefined || value === undefined) return undefined
    // Servers read user[email] as user.email.
    const inner = [
      ...path,
      ...name
        .replaceAll(/\[([^\]]*)\]/g, '.$1')
        .split('.')
        .filter(Boolean)
    ]
    if (mask.paths.some((rule) => matchesPath(rule, inner))) {
      found.push(inner.join('.'))
      fields.push(`${pair.slice(0, at)}=${hidden}`)
      continue
    }
    const shown = maskText(value, inner, mask, found, depth + 1)
    fields.push(shown === value ? pair : `${pair.slice(0, at)}=${encodeURIComponent(shown)}`)
  }
  masked.push(...found)
  return found.length === 0 ? text : fields.join('&')
}

/** Decodes percent-encoding and +; undefined if it is malformed. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** JSON objects, arrays and strings; undefined for anything else, which has no fields. */
function parse(text: string): { value: unknown } | undefined {
  if (!/^\s*[{["]/.test(text)) return undefined
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Whether other text contains the last name of a rule: literally, in UTF-16, in JSON escapes or percent-encoded. */
function mentions(text: string, { paths }: TopicMask): boolean {
  const plain = text
    .replaceAll('\0', '')
    .replaceAll(/(?:\\u00|%)([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .toLowerCase()
  return paths.some((path) => {
    const name = path.at(-1)
    return name === undefined || name === '*' || plain.includes(name)
  })
}
