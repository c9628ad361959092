import { stderr, stdout } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { isKopsError } from '#shared/errors/catalog.ts'
import { type ReadOptions, show } from './answer.ts'
import { exit } from './exit-codes.ts'
import { itemsOf, nameOf } from './items.ts'
import { describeError, type Output, paint } from './output.ts'
import { createScreen } from './screen.ts'

/** How long an answer counts as new where no event says otherwise. */
const pollMs = 3000
/** Events that come together cause one reading. */
const settleMs = 200

/** An answer, and how a person sees it. */
export interface Shown {
  answer: object
  print: (page: Output) => void
}

export interface Watched {
  /** Kept as short as the command line, for the notes of a screen: `kops groups list`. */
  name: string
  read: (signal: AbortSignal) => Promise<Shown>
  /** Events of a stream, each of which may change what is read. Without them, it is read every three seconds only. */
  events?: (signal: AbortSignal) => AsyncIterable<unknown>
}

export interface WatchOptions extends ReadOptions {
  watch?: boolean | undefined
}

/** Shows an answer once, or with `--watch` and every change of it until Ctrl-C. */
export async function showOrWatch(output: Output, { watch, json }: WatchOptions, watched: Watched): Promise<void> {
  if (!watch) {
    const { answer, print } = await watched.read(new AbortController().signal)
    return show(output, { json }, answer, () => print(output))
  }
  await untilInterrupted((signal) =>
    stdout.isTTY && !json ? redraw(watched, signal) : printChanges(output, watched, signal)
  )
}

/** Does work that has no end of its own, until Ctrl-C, which sets the exit code to 130. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController()
  const interrupt = () => {
    process.exitCode = exit.interrupted
    stop.abort()
  }
  process.once('SIGINT', interrupt)
  try {
    await work(stop.signal)
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    stop.abort()
    process.off('SIGINT', interrupt)
  }
}

async function redraw(watched: Watched, signal: AbortSignal): Promise<void> {
  const note = watched.events ? 'Read at every event, and every 3 s; Ctrl-C quits.' : 'Read every 3 s; Ctrl-C quits.'
  const screen = createScreen(stdout, { note, whole: watched.name })
  const lost = (error: unknown) => screen.draw((page) => page.print(paint('red', describeError(error))))
  for await (const { print } of readings(watched, signal, lost)) screen.draw(print)
}

/** A line of JSON for each item that is added, has changed or is gone; all are added at first. */
async function printChanges(output: Output, watched: Watched, signal: AbortSignal): Promise<void> {
  let known = new Map<string, string>()
  let away = false
  const lost = (error: unknown) => {
    if (!away) output.error(paint('yellow', describeError(error), stderr))
    away = true
  }
  for await (const { answer } of readings(watched, signal, lost)) {
    away = false
    const items = itemsOf(answer) ?? [answer]
    const now = new Map(items.map((item) => [keyOf(item), JSON.stringify(item)]))
    const at = new Date().toISOString()
    const say = (event: string, item: string) => output.print(`{"at":"${at}","event":"${event}","item":${item}}`)
    for (const [key, item] of now) {
      const before = known.get(key)
      if (before !== item) say(before === undefined ? 'added' : 'changed', item)
    }
    for (const [key, item] of known) if (!now.has(key)) say('gone', item)
    known = now
  }
}

/** Alerts of one name differ by their labels. */
function keyOf(item: unknown): string {
  const fingerprint = typeof item === 'object' && item !== null && 'fingerprint' in item ? item.fingerprint : ''
  return `${nameOf(item) ?? ''} ${fingerprint}`
}

/** What is read, again and again. Waits for a service that is away. @param lost hears why nothing could be read */
async function* readings(watched: Watched, signal: AbortSignal, lost: (error: unknown) => void): AsyncGenerator<Shown> {
  let changed = Promise.withResolvers<void>()
  let listening: Promise<void> | undefined
  const end = new AbortController()
  try {
    while (!signal.aborted) {
      try {
        yield await watched.read(signal)
      } catch (error) {
        if (!isKopsError(error) || !error.retriable) throw error
        lost(error)
      }
      // Who may not follow the stream, or loses it, has what is read every few seconds.
      listening ??= listen(watched, AbortSignal.any([signal, end.signal]), () => changed.resolve()).catch(() => {})
      await Promise.race([changed.promise, sleep(pollMs, undefined, { signal })])
      await sleep(settleMs, undefined, { signal })
      changed = Promise.withResolvers<void>()
    }
  } finally {
    end.abort()
    await listening
  }
}

async function listen({ events }: Watched, signal: AbortSignal, onEvent: () => void): Promise<void> {
  if (!events) return
  for await (const _event of events(signal)) onEvent()
}
