import { type FieldPath, fieldPaths } from './field-path.ts'
import { createMaskedPaths, type MaskedPaths } from './masked-paths.ts'
import type { TopicMask } from './masking-rules.ts'

/** The replacement for hidden content. */
export const hidden = '***'

/** How deeply to parse JSON within strings of JSON; anything deeper is hidden. */
const maxDepth = 100

/** How many fields and strings of one document rules are applied to; a document of more is withheld. */
const maxFields = 250_000

/** A key, value or header after masking. */
export interface Content {
  /** null: all of it is withheld. */
  bytes: Buffer | null
  /** Hidden paths, each starting with `prefix`; `prefix.*` stands for those that a long list leaves out. */
  masked: string[]
}

/**
 * Hides the fields of a document that rules name, before anything else sees it: a filter cannot find more than the
 * answer shows. Masks JSON and forms (`user=me&password=x`) field by field, also as text within JSON or a form.
 * Withholds other bytes entirely if they contain the name of a masked field (a line of JSON among others, XML), or if a
 * rule names the topic and `strict` is set. The same applies to other text within JSON that looks like data; prose in
 * its own field ("your password was changed") stays. What would take too long to examine is hidden: a field whose path is
 * longer than rules are followed, and a document with too many fields.
 */
export function maskContent(
  bytes: Buffer | null,
  mask: TopicMask | undefined,
  { prefix, strict }: { prefix: string; strict: boolean }
): Content {
  if (bytes === null || mask === undefined) return { bytes, masked: [] }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  const masking: Masking = { mask, masked: createMaskedPaths(prefix, bytes.length), fieldsLeft: maxFields }
  const opaque = strict && mask.named
  const shown = maskDocument(text, fieldPaths.root(mask), masking, { forms: !opaque })
  if (masking.fieldsLeft < 0) return { bytes: null, masked: [prefix] }
  if (shown !== undefined) {
    const { hits, list } = masking.masked
    return { bytes: hits === 0 ? bytes : Buffer.from(shown), masked: list() }
  }
  const withheld = opaque || mentions(text, mask)
  return withheld ? { bytes: null, masked: [prefix] } : { bytes, masked: [] }
}

/** Whether a rule names a header, or anything else with a name and no fields. */
export function masksName(name: string, mask: TopicMask | undefined): boolean {
  if (mask === undefined) return false
  return fieldPaths.isHidden(fieldPaths.enter(fieldPaths.root(mask), name, mask))
}

interface Masking {
  mask: TopicMask
  masked: MaskedPaths
  /** Below 0 the document is withheld: what is left of it need not be examined. */
  fieldsLeft: number
}

/** A document as masked text; undefined for text that is neither JSON nor, if they are looked for, a form. */
function maskDocument(
  text: string,
  path: FieldPath,
  masking: Masking,
  { depth = 0, forms }: { depth?: number; forms: boolean }
): string | undefined {
  const document = parse(text)
  if (document === undefined) return forms ? maskForm(text, path, masking, depth) : undefined
  const before = masking.masked.hits
  const shown = maskValue(document.value, path, masking, depth)
  return masking.masked.hits === before ? text : JSON.stringify(shown)
}

function maskValue(value: unknown, path: FieldPath, masking: Masking, depth: number): unknown {
  if (depth > maxDepth || masking.fieldsLeft < 0) return hide(path, masking)
  if (Array.isArray(value)) return value.map((item) => maskValue(item, path, masking, depth + 1))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => {
        // A name with dots may be a flattened path.
        const inner = fieldPaths.enter(path, name, masking.mask)
        masking.fieldsLeft -= 1
        return [name, fieldPaths.isHidden(inner) ? hide(inner, masking) : maskValue(field, inner, masking, depth + 1)]
      })
    )
  }
  if (typeof value === 'string') masking.fieldsLeft -= 1
  return typeof value === 'string' ? maskText(value, path, masking, depth) : value
}

function hide(path: FieldPath, { masked }: Masking): string {
  masked.add(path.text)
  return hidden
}

/** Text within a document: JSON and forms field by field, other text that looks like data entirely. */
function maskText(text: string, path: FieldPath, masking: Masking, depth: number): string {
  const shown = maskDocument(text, path, masking, { depth: depth + 1, forms: true })
  if (shown !== undefined) return shown
  return looksLikeData.test(text) && mentions(text, masking.mask) ? hide(path, masking) : text
}

/** The delimiters around names and values in JSON, XML, forms, URLs, cookies and headers, also percent-encoded. */
const looksLikeData = /[{[<=&]|:(?!\/\/)|%[0-9a-f]{2}/i

interface FormField {
  /** As written. */
  pair: string
  /** As written, up to the first `=`. */
  written: string
  name: string
  value: string
}

/**
 * A form with its masked fields hidden and everything else unchanged; undefined if the text is not a decodable form.
 */
function maskForm(text: string, path: FieldPath, masking: Masking, depth: number): string | undefined {
  const trimmed = text.trim()
  const fields = depth > maxDepth ? undefined : parseForm(trimmed, masking.fieldsLeft)
  if (fields === undefined) return undefined
  masking.fieldsLeft -= fields.length
  if (masking.fieldsLeft < 0) return hide(path, masking)
  const before = masking.masked.hits
  const shown = fields.map(({ pair, written, name, value }) => {
    // Servers read user[email] as user.email.
    const inner = fieldPaths.enter(path, name.replaceAll(/\[([^[\]]*)\]/g, '.$1'), masking.mask, { form: true })
    if (fieldPaths.isHidden(inner)) return `${written}=${hide(inner, masking)}`
    const masked = maskText(value, inner, masking, depth + 1)
    return masked === value ? pair : `${written}=${encodeURIComponent(masked)}`
  })
  return masking.masked.hits === before ? text : shown.join('&')
}

/**
 * Only `name=value&name=value`, in printable ASCII like forms; other encodings are not forms.
 * @returns of a form with more than `most` fields one more than those
 */
function parseForm(text: string, most: number): FormField[] | undefined {
  if (!text.includes('=') || /[^!-~]/.test(text)) return undefined
  const fields: FormField[] = []
  for (const pair of text.split('&')) {
    const at = pair.indexOf('=')
    const written = pair.slice(0, at)
    if (at < 1 || /[?#{}<>"';,]/.test(written) || !isFormValue(pair.slice(at + 1))) return undefined
    const name = decode(written)
    const value = decode(pair.slice(at + 1))
    if (name === undefined || value === undefined) return undefined
    fields.push({ pair, written, name, value })
    if (fields.length > most) break
  }
  return fields
}

/** Base64 ends with `=`; no other value of a form contains it unencoded. */
function isFormValue(text: string): boolean {
  let end = text.length
  while (text[end - 1] === '=') end -= 1
  return !/[=&{}<>"';,]/.test(text.slice(0, end))
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
  if (!/^[{["]/.test(text.trimStart())) return undefined
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
