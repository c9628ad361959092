import envSchema from 'env-schema'
import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { createAjv, toFieldErrors } from '../field-errors.ts'
import { listText, objectText, type Program, readSettingsFile } from './settings-file.ts'

/**
 * What the schema of a setting may say besides its type, default and description:
 * - aliases: other names of the setting, in the environment and in the settings file
 * - json: a `list` may be in JSON instead of separated by commas; an `object` is in JSON
 */
export interface SettingOptions {
  aliases?: readonly string[]
  json?: 'list' | 'object'
}

export const settingsFileProperty = {
  KOPS_CONFIG_FILE: Type.String({
    default: '',
    description:
      'File of settings in YAML or JSON, read at the start; variables of the environment go before it ([configuration.md](configuration.md)). Empty: none'
  })
}

/** The other names of a setting. */
export function aliasesOf(schema: SettingOptions): readonly string[] {
  return schema.aliases ?? []
}

/** As env-schema's own, but for the words of SettingOptions, which that refuses. */
const ajv = createAjv({
  ...{ allErrors: true, removeAdditional: true, useDefaults: true, coerceTypes: true },
  addUsedSchema: false
})

/** A value, the name that it was given under, and where: `settings.yaml: KAFKA_BROKERS`. */
interface Given {
  name: string
  place: string
  value: string
}

/**
 * The settings of a program. A variable of the environment goes before the settings file, and that before the default; a setting
 * has the same value under each of its names.
 * @param program whose section of the settings file counts
 * @throws Error naming the setting as it was given: an invalid value, two names with different values, what is wrong with the file
 */
export function loadSettings<T extends TObject>(schema: T, env: NodeJS.ProcessEnv, program: Program): Static<T> {
  const properties = Object.entries<TSchema>(schema.properties)
  const names = new Set(properties.flatMap(([name, property]) => [name, ...aliasesOf(property)]))
  const path = env['KOPS_CONFIG_FILE'] ?? ''
  const known = (name: string) => names.has(name) && name !== 'KOPS_CONFIG_FILE'
  const file = path === '' ? new Map<string, string>() : readSettingsFile(path, program, known)
  const given = new Map<string, Given>()
  for (const [name, property] of properties) {
    const found =
      givenIn(name, property, (each) => env[each]) ?? givenIn(name, property, (each) => file.get(each), path)
    if (found) given.set(name, found)
  }
  const data = Object.fromEntries(Array.from(given, ([name, { value }]) => [name, value]))
  try {
    return envSchema<Static<T>>({ schema, data, env: false, dotenv: false, ajv })
  } catch (error) {
    const errors: unknown = Object(error).errors
    if (!Array.isArray(errors)) throw error
    throw new Error(
      toFieldErrors(errors, 'the settings')
        .map(({ field, message }) => `${calledBy(field, given)} ${message}`)
        .join('; ')
    )
  }
}

/**
 * The value of a setting in one place.
 * @param path of the settings file, for errors
 * @throws Error naming two names with different values
 */
function givenIn(
  name: string,
  property: TSchema,
  lookUp: (name: string) => string | undefined,
  path?: string
): Given | undefined {
  const { json }: SettingOptions = property
  const all = [name, ...aliasesOf(property)].flatMap((each): Given[] => {
    const value = lookUp(each)
    if (value === undefined) return []
    const place = path === undefined ? each : `${path}: ${each}`
    const text = json === 'list' ? listText(value, place) : json === 'object' ? objectText(value, place) : value
    return [{ name: each, place, value: text }]
  })
  // A variable without a value counts if no other name has one: scripts and Compose files have such variables.
  const filled = all.filter(({ value }) => value !== '')
  const [first] = filled.length > 0 ? filled : all.filter((each) => each.name === name)
  const other = filled.find(({ value }) => value !== first?.value)
  if (first && other) {
    throw new Error(
      `${first.place} and ${other.place} are two names of one setting (${name}) and have different values`
    )
  }
  return first
}

/** The setting as it was given, and its own name if that is another one. */
function calledBy(field: string, given: Map<string, Given>): string {
  const found = given.get(field)
  if (found === undefined) return field
  return found.name === field ? found.place : `${found.place} (${field})`
}
