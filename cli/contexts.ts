import { type Static, Type } from 'typebox'
import Value from 'typebox/value'
import { readIfPresent } from '#shared/files/read-if-present.ts'
import { replaceFile } from '#shared/files/replace-file.ts'
import { UsageError } from './output.ts'

/** The cluster of this checkout, which needs no entry. */
export const localContext = 'local'

/** Where a token is read when a command acts: the file has references, and never a token. */
const TokenSourceSchema = Type.Union([
  Type.Object({ file: Type.String() }, { additionalProperties: false }),
  Type.Object({ variable: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }) }, { additionalProperties: false })
])
export type TokenSource = Static<typeof TokenSourceSchema>

const ContextSchema = Type.Object(
  {
    admin: Type.String(),
    health: Type.String(),
    loadTest: Type.String(),
    token: Type.Optional(TokenSourceSchema),
    ca: Type.Optional(Type.String({ description: 'A file with the authorities of the services, PEM' })),
    readOnly: Type.Optional(Type.Boolean()),
    production: Type.Optional(Type.Boolean()),
    cluster: Type.Optional(Type.String({ description: 'The name to be typed; by default that of the context' }))
  },
  { additionalProperties: false }
)
export type Context = Static<typeof ContextSchema>
export type NamedContext = Context & { name: string }

const ContextFileSchema = Type.Object(
  { current: Type.Optional(Type.String()), contexts: Type.Record(Type.String(), ContextSchema) },
  { additionalProperties: false }
)
export type ContextFile = Static<typeof ContextFileSchema>

/** The contexts of a file; none where there is no file. @throws UsageError naming what is wrong in it */
export async function readContexts(path: string): Promise<ContextFile> {
  let value: unknown
  try {
    const text = await readIfPresent(path)
    if (text === undefined) return { contexts: {} }
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : error}`)
  }
  if (Value.Check(ContextFileSchema, value)) return value
  const [first] = Value.Errors(ContextFileSchema, value)
  throw new UsageError(`${path}: ${first?.instancePath.slice(1) || 'the file'} ${first?.message ?? 'is invalid'}`)
}

/** Replaces the file with one that only its owner can read. @throws KopsError storage_unavailable */
export async function writeContexts(path: string, file: ContextFile): Promise<void> {
  await replaceFile(path, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
}

/** A context by its name; undefined for that of this checkout. @throws UsageError if there is none */
export function contextOf({ contexts }: ContextFile, name: string): NamedContext | undefined {
  if (name === localContext) return undefined
  const found = Object.entries(contexts).find(([each]) => each === name)?.[1]
  if (found) return { ...found, name }
  throw new UsageError(`there is no context ${name}: kops context list`)
}
