import { dirname, resolve } from 'node:path'
import { type DrillSchedule, DrillScheduleFileSchema } from '../contracts/drill-schedules.ts'
import type { FieldError } from '../errors/catalog.ts'
import { messageOf } from '../jobs/runner.ts'
import { checked, documentError, parseWithLines, readText } from '../yaml/read-yaml.ts'
import { loadGameDay } from './load-gameday.ts'
import { nextTimes } from './schedule-times.ts'

/**
 * Reads schedules from a YAML or JSON file. A game day is the name of a file beside it, `gameday: bad-night`, or its path.
 * @param workloads the folder of workloads that have names
 * @throws KopsError validation_failed, naming file, line and field
 */
export async function loadSchedules(path: string, workloads: string, now: Date): Promise<DrillSchedule[]> {
  const name = { path, what: 'the file of schedules' }
  const { value, lineOf } = parseWithLines(await readText(name), name)
  const document = { ...name, lineOf }
  const { schedules } = checked(DrillScheduleFileSchema, await withGameDays(value, dirname(path), workloads), document)
  const errors = schedules.flatMap((schedule, index) => errorsOf(schedule, { index, schedules, now }))
  if (errors.length > 0) throw documentError(errors, document)
  return schedules
}

async function withGameDays(value: unknown, folder: string, workloads: string): Promise<unknown> {
  if (!isObject(value) || !Array.isArray(value['schedules'])) return value
  const schedules = value['schedules'].map(async (schedule: unknown) => {
    if (!isObject(schedule) || typeof schedule['gameday'] !== 'string') return schedule
    const file = schedule['gameday']
    const { plan } = await loadGameDay(resolve(folder, /[/.]/.test(file) ? file : `${file}.yaml`), workloads)
    return { ...schedule, gameday: plan }
  })
  return { ...value, schedules: await Promise.all(schedules) }
}

/** What the schema cannot say. */
function errorsOf(
  schedule: DrillSchedule,
  { index, schedules, now }: { index: number; schedules: readonly DrillSchedule[]; now: Date }
): FieldError[] {
  const { name, drill, gameday } = schedule
  const field = `schedules.${index}`
  const errors: FieldError[] = []
  if (schedules.findIndex((each) => each.name === name) < index) {
    errors.push({ field: `${field}.name`, message: `is that of another schedule: ${name}` })
  }
  if ((drill === undefined) === (gameday === undefined)) {
    errors.push({ field, message: 'needs exactly one of drill, gameday' })
  }
  const forced = gameday?.steps.findIndex(({ drill }) => drill !== undefined && 'force' in drill) ?? -1
  if (forced >= 0) {
    errors.push({
      field: `${field}.gameday`,
      message: `forces a drill in step ${forced + 1}, and a schedule never forces`
    })
  }
  try {
    if (nextTimes(schedule, now, 1).length === 0) {
      errors.push({ field: `${field}.cron`, message: 'is never due, or only in quiet hours' })
    }
  } catch (error) {
    errors.push({
      field: isTimeZone(schedule.timeZone) ? `${field}.cron` : `${field}.timeZone`,
      message: messageOf(error)
    })
  }
  return errors
}

function isTimeZone(timeZone: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone }) !== undefined
  } catch {
    return false
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
