import { readFileSync } from 'node:fs'
import { isRecord, parseJson } from '../json.ts'
import { parseYaml } from '../yaml/read-yaml.ts'

/** What reads settings, by the name that its section in a settings file has. */
export const programs = [
  'admin-service',
  'health-service',
  'load-test-service',
  'load-worker',
  'load-balancer',
  'analytics'
] as const
export type Program = (typeof programs)[number]

/** The section of settings that the three services have in common, and other programs do not know. */
const services = 'services'
const sections: readonly string[] = [services, ...programs]

/** What a settings file says for one program, by the names that the file uses, upper case: text, as in the environment. */
export type FileValues = Map<string, string>

/**
 * Reads a settings file: YAML, and so JSON. A key at the top is a setting of every program, or the name of a section: of a program
 * alone, or of all services. The narrower one goes before. Maps in a setting's place are joined by two underscores, as in variables:
 * `streaming_kafka: {bootstrap_servers: […]}` is STREAMING_KAFKA__BOOTSTRAP_SERVERS.
 * @param known whether the program has a setting of this name
 * @throws Error naming the file and the key that is unknown, is there twice or has no usable value
 */
export function readSettingsFile(path: string, program: Program, known: (name: string) => boolean): FileValues {
  const content = contentOf(path)
  const reading = { path, program, known }
  const ofAll: FileValues = new Map()
  const ofServices: FileValues = new Map()
  const own: FileValues = new Map()
  for (const [key, value] of Object.entries(content)) {
    if (!sections.includes(key)) {
      collect(ofAll, { [key]: value }, '', reading)
      continue
    }
    const settings = section(value, `${path}: ${key}`)
    if (key === program) collect(own, settings, '', reading)
    else if (key === services && program.endsWith('-service')) collect(ofServices, settings, '', reading)
  }
  return new Map([...ofAll, ...ofServices, ...own])
}

function contentOf(path: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error(`KOPS_CONFIG_FILE: ${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`, {
      cause
    })
  }
  const content = parseYaml(text, { path, what: 'the settings file' })
  // An empty file has no settings.
  return section(content ?? {}, path)
}

function section(value: unknown, place: string): Record<string, unknown> {
  if (isRecord(value)) return value
  throw new Error(`${place} must be a map of settings`)
}

interface Reading {
  path: string
  program: Program
  known: (name: string) => boolean
}

function collect(into: FileValues, map: Record<string, unknown>, prefix: string, reading: Reading): void {
  const { path, program, known } = reading
  for (const [key, value] of Object.entries(map)) {
    const name = `${prefix}${key}`.toUpperCase()
    if (known(name)) {
      if (into.has(name)) throw new Error(`${path}: ${name} is there twice`)
      into.set(name, textOf(value, `${path}: ${name}`))
    } else if (isRecord(value)) collect(into, value, `${name}__`, reading)
    else {
      throw new Error(
        `${path}: ${name} is no setting of ${program}: docs/settings.md lists them; what only other programs know belongs into a section (${sections.join(', ')})`
      )
    }
  }
}

/** A value as a variable of the environment would have it; lists and maps as JSON. */
function textOf(value: unknown, place: string): string {
  if (value === null || value === undefined) throw new Error(`${place} has no value; write "" for an empty one`)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A setting in JSON as a list of texts, joined by commas. Text that is not JSON stays as it is. @throws Error naming it */
export function listText(value: string, name: string): string {
  if (!value.trimStart().startsWith('[')) return value
  const list = parseJson(value)
  if (Array.isArray(list) && list.every((item) => typeof item === 'string' && !item.includes(',')))
    return list.join(',')
  throw new Error(`${name} must be a list of texts, in JSON or separated by commas`)
}

/** A setting that is an object in JSON. @throws Error naming it */
export function objectText(value: string, name: string): string {
  if (value.trim() === '' || isRecord(parseJson(value))) return value
  throw new Error(`${name} must be an object in JSON: {"linger_ms": 5}`)
}
