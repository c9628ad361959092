import type { Clock } from '#shared/clock.ts'
import type { DrillSchedule, DrillSchedules, ScheduledRun } from '#shared/contracts/drill-schedules.ts'
import { nextTimes } from '#shared/gamedays/schedule-times.ts'
import { drillInWords } from '#shared/gamedays/step-words.ts'
import { messageOf } from '#shared/jobs/runner.ts'

/** What is kept of a schedule. */
export interface KeptSchedule {
  /** Its name. */
  id: string
  last: ScheduledRun
}

export interface SchedulesOptions {
  schedules: readonly DrillSchedule[]
  /**
   * Starts what is due, and never forces it.
   * @throws KopsError if it is refused
   */
  start: (schedule: DrillSchedule, dueAt: Date) => Promise<Pick<ScheduledRun, 'drill' | 'gameDay'>>
  /** The verdict of what was started; null while there is none. */
  verdictOf: (run: Pick<ScheduledRun, 'drill' | 'gameDay'>) => string | null
  store: { load(): Promise<KeptSchedule[]>; save(kept: KeptSchedule): Promise<void> }
  clock: Clock
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

/** Starts drills and game days when they are due. What was due while nobody could start it is not made up. */
export interface Schedules {
  open(): Promise<void>
  answer(): DrillSchedules
  close(): Promise<void>
}

/** Later than this, a time was missed: the machine slept, or its clock was set. */
const graceMs = 60_000
/** Timers end within 24 days, and a clock may be set meanwhile. */
const longestSleepMs = 60_000
const shown = 3

export function createSchedules({ schedules, start, verdictOf, store, clock, onProblem }: SchedulesOptions): Schedules {
  const last = new Map<string, ScheduledRun>()
  const due = new Map<string, Date | undefined>()
  const closing = new AbortController()
  let running: Promise<void> = Promise.resolve()

  async function note(name: string, run: ScheduledRun): Promise<void> {
    last.set(name, run)
    await store
      .save({ id: name, last: run })
      .catch((error: unknown) => onProblem(error, `could not save what became of schedule ${name}`))
  }

  async function fire(schedule: DrillSchedule, dueAt: Date): Promise<void> {
    const none = { dueAt: dueAt.toISOString(), drill: null, gameDay: null }
    const lateMs = clock.now().getTime() - dueAt.getTime()
    if (lateMs > graceMs) {
      const detail = `the service could not start it until ${Math.round(lateMs / 1000)} s later`
      return note(schedule.name, { ...none, outcome: 'missed', detail })
    }
    try {
      await note(schedule.name, { ...none, ...(await start(schedule, dueAt)), outcome: 'started', detail: null })
    } catch (error) {
      await note(schedule.name, { ...none, outcome: 'refused', detail: messageOf(error) })
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const now = clock.now()
      for (const schedule of schedules) {
        const dueAt = due.get(schedule.name)
        if (!dueAt || dueAt > now || closing.signal.aborted) continue
        await fire(schedule, dueAt)
        due.set(schedule.name, nextTimes(schedule, clock.now(), 1)[0])
      }
      const next = Math.min(...Array.from(due.values(), (at) => at?.getTime() ?? Number.POSITIVE_INFINITY))
      const ms = Math.max(0, Math.min(longestSleepMs, next - clock.now().getTime()))
      await clock.sleep(ms, closing.signal).catch(() => undefined)
    }
  }

  return {
    async open() {
      for (const kept of await store.load()) last.set(kept.id, kept.last)
      for (const schedule of schedules) due.set(schedule.name, nextTimes(schedule, clock.now(), 1)[0])
      if (schedules.length > 0) running = run()
    },
    answer: () => ({
      schedules: schedules.map((schedule) => {
        const { name, cron, timeZone } = schedule
        const run = last.get(name) ?? null
        return {
          ...{ name, cron, timeZone, what: scheduledInWords(schedule), last: run },
          next: nextTimes(schedule, clock.now(), shown).map((at) => at.toISOString()),
          verdict: run && verdictOf(run)
        }
      }),
      asOf: clock.now().toISOString()
    }),
    async close() {
      closing.abort()
      await running
    }
  }
}

/** What a schedule starts: `drill broker-stop kafka-1`, `game day bad-night`. */
export function scheduledInWords({ drill, gameday }: Pick<DrillSchedule, 'drill' | 'gameday'>): string {
  return drill ? `drill ${drillInWords(drill)}` : `game day ${gameday?.name ?? ''}`
}
