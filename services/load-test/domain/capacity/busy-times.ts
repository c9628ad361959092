/** A time in which kops itself made load, in milliseconds since the epoch. */
export interface BusyTime {
  from: number
  to: number
}

/** The times of jobs. @param now the end of those that still run */
export function busyTimesOf(jobs: readonly { createdAt: string; finishedAt: string | null }[], now: Date): BusyTime[] {
  return jobs.map(({ createdAt, finishedAt }) => ({
    from: Date.parse(createdAt),
    to: finishedAt === null ? now.getTime() : Date.parse(finishedAt)
  }))
}

/** Whether any of the times overlaps with the one given. */
export function isBusy({ from, to }: BusyTime, times: readonly BusyTime[]): boolean {
  return times.some((time) => time.from <= to && time.to >= from)
}
