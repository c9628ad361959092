import { glob } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { ReadyGameDays } from '../contracts/gameday-plan.ts'
import { type StartGameDay, StartGameDaySchema } from '../contracts/gameday-request.ts'
import { loadWorkload } from '../workloads/load-workload.ts'
import { checked, type DocumentName, documentError, parseWithLines, readText } from '../yaml/read-yaml.ts'
import { errorsOf } from './steps.ts'

/** A game day, and the file that it is from, whose lines errors name. */
export interface GameDayFile {
  plan: StartGameDay
  document: DocumentName
}

/**
 * Reads a game day from a YAML or JSON file. There, and there only, a workload may be the name of a file of `workloads/`, or
 * the path of one, relative to the game day's own: `load: steady`.
 * @param workloads the folder of workloads that have names
 * @throws KopsError validation_failed, naming file, line and field: `gamedays/x.yaml:7: steps.0.drill.kind must be one of …`
 */
export async function loadGameDay(path: string, workloads: string): Promise<GameDayFile> {
  const name = { path, what: 'the game day' }
  const { value, lineOf } = parseWithLines(await readText(name), name)
  const document = { ...name, lineOf }
  const plan = checked(StartGameDaySchema, await withWorkloads(value, dirname(path), workloads), document)
  const errors = errorsOf(plan)
  if (errors.length > 0) throw documentError(errors, document)
  return { plan, document }
}

/**
 * The game days of a folder, by the name of their file; none if there is no such folder.
 * @throws KopsError validation_failed, as loadGameDay()
 */
export async function readyGameDays(folder: string, workloads: string): Promise<ReadyGameDays['gameDays']> {
  const files = (await Array.fromAsync(glob('*.yaml', { cwd: folder }))).sort()
  return Promise.all(
    files.map(async (file) => ({
      file: basename(file, '.yaml'),
      plan: (await loadGameDay(join(folder, file), workloads)).plan
    }))
  )
}

async function withWorkloads(value: unknown, folder: string, workloads: string): Promise<unknown> {
  if (!isObject(value) || !Array.isArray(value['steps'])) return value
  const named = (name: string) =>
    loadWorkload(/[/.]/.test(name) ? resolve(folder, name) : resolve(workloads, `${name}.yaml`))
  const steps = value['steps'].map(async (step: unknown) => {
    if (!isObject(step)) return step
    const drill = step['drill']
    return {
      ...step,
      ...(typeof step['load'] === 'string' ? { load: await named(step['load']) } : {}),
      ...(isObject(drill) && typeof drill['load'] === 'string'
        ? { drill: { ...drill, load: await named(drill['load']) } }
        : {})
    }
  })
  return { ...value, steps: await Promise.all(steps) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
