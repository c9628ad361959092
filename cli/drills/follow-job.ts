import type { Client } from '#shared/client/client.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { listenForInterruption } from '../interruption.ts'
import { describeError } from '../output.ts'
import type { LiveLine } from './live-line.ts'

/** Healing, reading back and deleting the topic may take this long. */
export const abortTimeoutMs = 240_000
const redrawMs = 1000

export interface FollowedJob<T> {
  line: LiveLine
  /** The states of the job as they come. @param lost hears once why the stream broke, which is begun again */
  states: (signal: AbortSignal, lost: (error: unknown) => void) => AsyncIterable<{ event: string; data: T }>
  /** Prints what is new, and may wait for what that shows. */
  show: (state: T) => void | Promise<void>
  /** The line that is redrawn every second, while nothing is being shown. */
  live: (state: T) => string
}

/**
 * Follows a job to its end and shows it. Waits ten minutes for the service to come back if it goes away.
 * @returns it as it ended; undefined if the signal came first
 */
export async function followJob<T>(job: FollowedJob<T>, signal: AbortSignal): Promise<T | undefined> {
  const { line, show, live } = job
  let last: T | undefined
  let away = false
  let showing = false
  const redraw = () => {
    if (last !== undefined && !away && !showing) line.draw(live(last))
  }
  const timer = setInterval(redraw, redrawMs)
  const lost = (error: unknown) => {
    line.error(describeError(error))
    away = true
  }
  try {
    for await (const { event, data } of job.states(signal, lost)) {
      away = false
      last = data
      showing = true
      await show(data)
      showing = false
      if (event === 'end') return data
      redraw()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    clearInterval(timer)
    line.clear()
  }
  return undefined
}

export interface AbortedJob<T> {
  /** `drill`, as it is named to people. */
  noun: string
  line: LiveLine
  /** Starts it. */
  start: () => Promise<{ id: string }>
  follow: (id: string, signal: AbortSignal) => Promise<T | undefined>
  abort: (id: string) => Promise<T>
  read: (id: string) => Promise<T>
}

/**
 * Starts a job and follows it. Ctrl-C aborts it, and waits until that is done; a second one leaves it to the service.
 * @returns it as it ended
 */
export async function runJob<T>({ noun, line, start, follow, abort, read }: AbortedJob<T>): Promise<T> {
  let id: string | undefined
  const interruption = listenForInterruption(() => {
    line.error(`The service ends the ${noun}: kops drill list shows it.`)
  })
  interruption.signal.addEventListener('abort', () => {
    line.error('Aborting: this waits until the fault is healed. Ctrl-C again ends the waiting.')
  })
  try {
    const started = await start()
    id = started.id
    const ended = await follow(id, interruption.signal)
    return ended ?? (await abortJob({ abort, read }, id))
  } finally {
    if (interruption.signal.aborted) process.exitCode = interruption.signal.reason
    interruption.close()
  }
}

/** @returns the job as it ended, also if it had ended before */
export async function abortJob<T>({ abort, read }: Pick<AbortedJob<T>, 'abort' | 'read'>, id: string): Promise<T> {
  try {
    return await abort(id)
  } catch (error) {
    if (!isKopsError(error, 'job_finished')) throw error
    return read(id)
  }
}

/** Follows a job that somebody else started; Ctrl-C leaves it running. */
export async function watchJob<T>(
  line: LiveLine,
  follow: (signal: AbortSignal) => Promise<T | undefined>
): Promise<T | undefined> {
  const interruption = listenForInterruption(() => {})
  try {
    line.error('Ctrl-C ends watching, and leaves it running.')
    const ended = await follow(interruption.signal)
    if (!ended) process.exitCode = interruption.signal.reason
    return ended
  } finally {
    interruption.close()
  }
}

export type DrillClient = Pick<Client, 'call' | 'watch'>
