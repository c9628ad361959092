import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Static, Type } from 'typebox'
import Value from 'typebox/value'
import { replaceFile } from '../../files/replace-file.ts'
import { parseJson } from '../../json.ts'
import { createProcessLedger, type ProcessLedger } from '../process-ledger.ts'
import { type DeathsByName, deathsFile, readDeaths } from './deaths.ts'

const Variables = Type.Record(Type.String(), Type.String())

/** A process that is restarted when it dies. */
const KeptProcessSchema = Type.Object(
  {
    name: Type.String(),
    command: Type.String(),
    args: Type.Array(Type.String()),
    cwd: Type.String(),
    env: Variables,
    inherited: Variables,
    logFile: Type.String(),
    user: Type.Optional(
      Type.Object({ uid: Type.Integer(), gid: Type.Integer(), groups: Type.Optional(Type.Array(Type.Integer())) })
    )
  },
  { additionalProperties: false }
)
export type KeptProcess = Static<typeof KeptProcessSchema>

/** Whether two are the same process with the same settings. What it inherits changes with each shell that sets up. */
export function isSameCommand(one: KeptProcess, other: KeptProcess): boolean {
  return isDeepStrictEqual({ ...one, inherited: {} }, { ...other, inherited: {} })
}

const extension = '.kept.json'

/** The records of the processes around a cluster, and which of them to keep running. */
export interface KeptFiles {
  folder: string
  /** The keeper's own log. */
  log: string
  ledger: ProcessLedger
  /** Names of the processes to keep running. None: the keeper ends. */
  names(): Promise<string[]>
  /** Undefined if the process is no longer to be kept. */
  read(name: string): Promise<KeptProcess | undefined>
  write(spec: KeptProcess): Promise<void>
  remove(name: string): Promise<void>
  deaths(): Promise<DeathsByName>
  saveDeaths(deaths: DeathsByName): Promise<void>
}

export function keptFiles(stateDir: string): KeptFiles {
  const folder = join(stateDir, 'processes')
  const specFile = (name: string) => join(folder, `${name}${extension}`)
  return {
    folder,
    log: join(stateDir, 'logs', 'keeper.log'),
    ledger: createProcessLedger((name) => join(folder, `${name}.pid`)),

    async names() {
      const files = await readdir(folder).catch((): string[] => [])
      return files.filter((file) => file.endsWith(extension)).map((file) => file.slice(0, -extension.length))
    },

    async read(name) {
      const spec = parseJson(await readFile(specFile(name), 'utf8').catch(() => ''))
      return Value.Check(KeptProcessSchema, spec) ? spec : undefined
    },

    // Settings may contain secrets.
    write: (spec) => replaceFile(specFile(spec.name), textOf(spec), { mode: 0o600 }),

    remove: (name) => rm(specFile(name), { force: true }),

    deaths: () => readDeaths(deathsFile(stateDir)),

    saveDeaths: (deaths) => replaceFile(deathsFile(stateDir), textOf(deaths), { mode: 0o644 })
  }
}

function textOf(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
