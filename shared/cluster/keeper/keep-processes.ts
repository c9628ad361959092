import { watch } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { rotateLogs } from '../log-rotation.ts'
import { type RestartPace, restartDelay } from '../restart-delay.ts'
import { noDeaths, oneMore, reasonOf } from './deaths.ts'
import { isSameCommand, type KeptFiles, type KeptProcess } from './kept-files.ts'

/** The first four restarts in a row come within 5 s each; a process that cannot live is tried every 30 s. */
export const keepingPace: RestartPace = { healthyMs: 60_000, firstMs: 250, capMs: 30_000 }

/** Polls the watched directory too, for changes that the watch misses. */
const lookMs = 2000

/**
 * Starts the processes that the directory names, and restarts each when it dies, with growing delays. Resolves once the
 * directory names none, or on request; the processes keep running.
 */
export async function keepProcesses(
  files: KeptFiles,
  { signal, log }: { signal: AbortSignal; log: (line: string) => void }
): Promise<void> {
  await mkdir(files.folder, { recursive: true })
  const deaths = await files.deaths()
  const kept = new Map<string, Promise<void>>()
  const ended = new Promise<'ended'>((resolve) => signal.addEventListener('abort', () => resolve('ended')))
  const sleepers = new Set<() => void>()
  let changes = 0
  const wake = () => {
    changes += 1
    for (const awake of sleepers) awake()
  }
  signal.addEventListener('abort', wake)
  const watcher = watch(files.folder, wake)
  let saved = Promise.resolve()

  /** Until the time is over, or something has changed since `seen` was read from `changes`. */
  function sleep(ms: number, seen: number): Promise<void> {
    return new Promise((resolve) => {
      const awake = () => {
        clearTimeout(timer)
        sleepers.delete(awake)
        resolve()
      }
      const timer = setTimeout(awake, Math.max(0, ms))
      sleepers.add(awake)
      if (changes !== seen) awake()
    })
  }

  /** Waits, unless the process is no longer to be kept, or must restart at once with other settings. */
  async function backOff(spec: KeptProcess, ms: number): Promise<void> {
    const until = performance.now() + ms
    while (!signal.aborted && performance.now() < until) {
      const seen = changes
      if (!isDeepStrictEqual(await files.read(spec.name), spec)) return
      await sleep(until - performance.now(), seen)
    }
  }

  /** Those of the processes, and the keeper's own. */
  async function logFiles(): Promise<string[]> {
    const specs = await Promise.all((await files.names()).map(files.read))
    return [files.log, ...specs.flatMap((spec) => (spec ? [spec.logFile] : []))]
  }

  /** One write at a time; a failed write does not stop the count. */
  function save(): Promise<void> {
    saved = saved.then(() => files.saveDeaths(deaths)).catch((error) => log(`cannot save the death counts: ${error}`))
    return saved
  }

  async function keep(name: string): Promise<void> {
    let quickEnds = 0
    for (;;) {
      const spec = await files.read(name)
      if (spec === undefined || signal.aborted) return
      const startedAt = performance.now()
      const exit = await startAndWait(spec)
      const next = await files.read(name)
      if (exit === 'ended' || next === undefined) return
      // Whoever gave it other settings has ended it: that is no death.
      if (!isSameCommand(next, spec)) continue
      deaths[name] = oneMore(deaths[name] ?? noDeaths, exit, new Date().toISOString())
      await save()
      const pause = restartDelay(performance.now() - startedAt, quickEnds, keepingPace)
      quickEnds = pause.quickEnds
      log(`${name} died (${exit}); restarting it in ${pause.delayMs} ms`)
      await backOff(spec, pause.delayMs)
    }
  }

  async function startAndWait(spec: KeptProcess): Promise<string> {
    try {
      const { exited, alreadyRunning } = await files.ledger.start({ ...spec, attached: true })
      if (alreadyRunning) log(`${spec.name} runs already`)
      return await Promise.race([exited.then(reasonOf), ended])
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  const rotating = new AbortController()
  const rotated = rotateLogs(logFiles, {
    signal: rotating.signal,
    onProblem: (path, error) => log(`cannot empty ${path}: ${error}`)
  })
  try {
    for (;;) {
      const seen = changes
      const names = await files.names()
      if (names.length === 0 || signal.aborted) break
      const added = names.filter((name) => !(name in deaths))
      for (const name of added) deaths[name] = noDeaths
      if (added.length > 0) await save()
      for (const name of names.filter((name) => !kept.has(name))) {
        const keeping = keep(name).finally(() => kept.delete(name))
        kept.set(name, keeping)
      }
      await sleep(lookMs, seen)
    }
  } finally {
    watcher.close()
    rotating.abort()
    await rotated
  }
  // A process that is starting gets its record before this one ends.
  if (signal.aborted) await Promise.all(kept.values())
}
