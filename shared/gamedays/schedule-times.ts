import { Cron } from 'croner'
import type { DrillSchedule, QuietHours } from '../contracts/drill-schedules.ts'

type Timed = Pick<DrillSchedule, 'cron' | 'timeZone' | 'quietHours'>

/** Times in quiet hours that are left out before a schedule counts as one that never runs. */
const mostSkipped = 2000

/**
 * The next times of a schedule after an instant, in order, without those in its quiet hours. Pure. A time that daylight saving
 * skips is moved to the next that exists; one that it repeats counts once.
 * @throws Error if the expression or the time zone is not valid
 */
export function nextTimes(schedule: Timed, after: Date, count: number): Date[] {
  const cron = new Cron(schedule.cron, { timezone: schedule.timeZone, mode: '5-part', paused: true })
  const times: Date[] = []
  let at = cron.nextRun(after)
  for (let skipped = 0; at && times.length < count && skipped < mostSkipped; at = cron.nextRun(at)) {
    if (isQuiet(at, schedule)) skipped += 1
    else times.push(at)
  }
  return times
}

/** Whether an instant is in the quiet hours of a schedule. Pure. */
export function isQuiet(at: Date, { quietHours = [], timeZone }: Timed): boolean {
  if (quietHours.length === 0) return false
  const { day, minute } = localTime(at, timeZone)
  return quietHours.some((hours) => contains(hours, day, minute))
}

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

function contains({ from, to, days = [...weekdays] }: QuietHours, day: number, minute: number): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  const beginsOn = (weekday: number) => days.includes(weekdays[(weekday + 7) % 7] ?? 'sun')
  if (begin < end) return beginsOn(day) && minute >= begin && minute < end
  // Past midnight; all day where both are equal.
  return (beginsOn(day) && minute >= begin) || (beginsOn(day - 1) && minute < end)
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** The day of the week, from Sunday as 0, and the minute of the day. */
function localTime(at: Date, timeZone: string): { day: number; minute: number } {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
  })
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const day = weekdays.findIndex((name) => parts['weekday']?.toLowerCase().startsWith(name))
  return { day, minute: Number(parts['hour']) * 60 + Number(parts['minute']) }
}
