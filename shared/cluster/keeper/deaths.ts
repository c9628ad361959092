import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import Value from 'typebox/value'

/** How often a process died, and how: `SIGKILL`, `exit code 1`, `unknown` if nothing observed its end. */
const DeathsSchema = Type.Object(
  {
    count: Type.Integer({ minimum: 0 }),
    reasons: Type.Record(Type.String(), Type.Integer({ minimum: 1 })),
    last: Type.Union([Type.Object({ at: Type.String(), reason: Type.String() }), Type.Null()])
  },
  { additionalProperties: false }
)
export type Deaths = Static<typeof DeathsSchema>

const DeathsByNameSchema = Type.Record(Type.String(), DeathsSchema)
export type DeathsByName = Static<typeof DeathsByNameSchema>

/** The file that counts deaths of the processes around a cluster. Everybody may read it. */
export function deathsFile(stateDir: string): string {
  return join(stateDir, 'processes', 'deaths.json')
}

/** Empty if the file does not exist. */
export async function readDeaths(file: string): Promise<DeathsByName> {
  try {
    const deaths: unknown = JSON.parse(await readFile(file, 'utf8'))
    return Value.Check(DeathsByNameSchema, deaths) ? deaths : {}
  } catch {
    return {}
  }
}

/** For a process that never died. */
export const noDeaths: Deaths = { count: 0, reasons: {}, last: null }

/** The count with one more death. @param at ISO-8601 */
export function oneMore({ count, reasons }: Deaths, reason: string, at: string): Deaths {
  return { count: count + 1, reasons: { ...reasons, [reason]: (reasons[reason] ?? 0) + 1 }, last: { at, reason } }
}

/** How a process ended: the name of the signal, or its exit code. */
export function reasonOf({ code, signal }: { code: number | null; signal: NodeJS.Signals | null }): string {
  if (signal !== null) return signal
  return code === null ? 'unknown' : `exit code ${code}`
}
