import { basename } from 'node:path'
import {
  type DrillStep,
  type GameDayStep,
  type StartGameDay,
  StartGameDaySchema
} from '#shared/contracts/gameday-request.ts'
import type { FieldError } from '#shared/errors/catalog.ts'
import { errorsOf } from '#shared/gamedays/steps.ts'
import { checked, type DocumentName, documentError } from '#shared/yaml/read-yaml.ts'
import { type Activity, type Experiment, ExperimentSchema } from './experiment.ts'

/** What an imported experiment is read with. */
export interface ImportParts {
  /** The drill of a command line after `kops drill`: `run broker-stop --node kafka-1`. @throws Error if it is none */
  drillOf: (words: string[]) => Promise<DrillStep>
}

type Entry = Experiment['method'][number]

/**
 * The game day of an experiment of chaostoolkit whose activities are those of kops: http to /api/drills or /api/gamedays, or the
 * process `kops drill …`. A pause is a wait; the probe of the health becomes the condition at the end.
 * @throws KopsError validation_failed, naming each activity that is another's
 */
export async function gameDayOfExperiment(
  value: unknown,
  document: DocumentName,
  parts: ImportParts
): Promise<StartGameDay> {
  const experiment = checked(ExperimentSchema, value, document)
  const errors: FieldError[] = []
  const steps: GameDayStep[] = []
  for (const [index, entry] of experiment.method.entries()) {
    const found = await stepsOf(entry, parts).catch((error: Error) => error.message)
    if (typeof found === 'string') errors.push({ field: `method.${index}`, message: named(entry, found) })
    else steps.push(...found)
  }
  const probes = experiment['steady-state-hypothesis']?.probes ?? []
  for (const [index, entry] of probes.entries()) {
    const kind = isActivity(entry) ? probeKind(entry) : undefined
    if (kind === 'health') steps.push({ until: { health: 'HEALTHY', timeout: '2m' } })
    const field = `steady-state-hypothesis.probes.${index}`
    if (kind === undefined) errors.push({ field, message: named(entry, 'is not a probe of kops') })
  }
  for (const [index, entry] of (experiment.rollbacks ?? []).entries()) {
    // What kops breaks heals by itself.
    const isOurs = isActivity(entry) && kopsWords(entry)?.[0] === 'abort'
    if (!isOurs) errors.push({ field: `rollbacks.${index}`, message: named(entry, 'is not an action of kops') })
  }
  if (errors.length > 0) throw documentError(errors, document)
  const plan = checked(
    StartGameDaySchema,
    { name: nameOf(experiment.title), description: experiment.description, steps },
    document
  )
  const wrong = errorsOf(plan)
  if (wrong.length > 0) throw documentError(wrong, document)
  return plan
}

async function stepsOf(entry: Entry, { drillOf }: ImportParts): Promise<GameDayStep[]> {
  if (!isActivity(entry)) throw new Error('refers to another activity, which kops does not follow')
  if (entry.background) throw new Error('runs in the background, and the steps of a game day do not')
  const own = ownSteps(entry)
  const words = kopsWords(entry)
  if (!own && !words) throw new Error(`is not an action of kops: ${providerInWords(entry)}`)
  const drill = words && (await drillOf(words))
  const { before = 0, after = 0 } = entry.pauses ?? {}
  return [...waits(before), ...(own ?? []), ...(drill ? [{ drill }] : []), ...waits(after)]
}

/** The steps of a request to kops; undefined: it is none. */
function ownSteps({ provider }: Activity): GameDayStep[] | undefined {
  if (provider.type !== 'http' || provider.method?.toUpperCase() !== 'POST') return undefined
  const path = /\/api\/(drills|gamedays)(\?wait=true)?$/.exec(provider.url ?? '')?.[1]
  const body = provider.arguments
  if (typeof body !== 'object' || body === null) return undefined
  // Their content is checked with the game day.
  if (path === 'drills') return [{ drill: body as DrillStep }]
  const steps: unknown = Reflect.get(body, 'steps')
  return path === 'gamedays' && Array.isArray(steps) ? steps : undefined
}

/** The words after `kops drill`; undefined: it is another process. */
function kopsWords({ provider }: Activity): string[] | undefined {
  if (provider.type !== 'process' || basename(provider.path ?? '') !== 'kops') return undefined
  const given = provider.arguments
  const words =
    typeof given === 'string'
      ? given.split(/\s+/).filter((word) => word !== '')
      : Array.isArray(given)
        ? given.map(String)
        : Object.entries(Object(given)).flat().map(String)
  return words[0] === 'drill' ? words.slice(1) : undefined
}

function probeKind({ provider }: Activity): 'health' | 'verdict' | undefined {
  if (provider.type !== 'http' || (provider.method ?? 'GET').toUpperCase() !== 'GET') return undefined
  const [, path] = /\/api\/(health|drills|gamedays)(?:[/?].*)?$/.exec(provider.url ?? '') ?? []
  if (path === undefined) return undefined
  return path === 'health' ? 'health' : 'verdict'
}

function waits(seconds: number): GameDayStep[] {
  return seconds > 0 ? [{ wait: Number.isInteger(seconds) ? `${seconds}s` : `${Math.round(seconds * 1000)}ms` }] : []
}

function isActivity(entry: Entry): entry is Activity {
  return 'provider' in entry
}

function named(entry: Entry, why: string): string {
  return `(${isActivity(entry) ? entry.name : entry.ref}) ${why}`
}

function providerInWords({ provider: { type, url, path, module, func, method = 'GET' } }: Activity): string {
  if (type === 'http') return `${method} ${url}`
  return type === 'python' ? `python ${module}.${func}` : `${type} ${path}`
}

/** A title as the name of a game day. */
function nameOf(title: string): string {
  return (
    title
      .replaceAll(/[^a-zA-Z0-9._-]+/g, '-')
      .replaceAll(/^[^a-zA-Z0-9]+|-+$/g, '')
      .slice(0, 100) || 'imported'
  )
}
