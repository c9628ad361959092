import { chown, mkdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { request } from 'undici'
import { KopsError } from '../../errors/catalog.ts'
import { poll } from '../../poll.ts'
import { inheritedVariables } from '../keeper/config.ts'
import { ensureKeeper, keeperName } from '../keeper/ensure-keeper.ts'
import { isSameCommand, type KeptFiles, type KeptProcess, keptFiles } from '../keeper/kept-files.ts'
import { lastLines } from '../last-lines.ts'
import { processGroupOf } from '../own-ids.ts'
import type { ServiceUser } from './service-user.ts'

/** A process with an HTTP address for readiness. */
export interface HttpProcess {
  name: string
  command: string
  args: string[]
  cwd: string
  env: Record<string, string>
  /** Settings that the environment of the user who sets the system up does not have. */
  fallback?: Record<string, string>
  /** Its address for people. */
  url: string
  port: number
  /** Path that answers 200 once it is ready. */
  readyPath: string
  /** Sent with that request. */
  readyHeaders?: Record<string, string>
  /** How long an answer may take; a second by default. */
  answerMs?: number
  /** Directories that it writes to: created, and owned by the user that it runs as. */
  dataDirs: string[]
  /** Root without another user to be: at least without its capabilities. */
  user: ServiceUser | undefined
}

/** A machine that starts six JVMs at the same time has little left for others. */
const startDeadlineMs = 90_000
const pollMs = 50

/**
 * Lets the keeper run processes, and restart each when it dies, until stopHttpProcesses(). Resolves once each answers.
 * @throws KopsError runtime_failed with the last lines of the log of the one that did not answer; the others stay
 */
export async function startHttpProcesses(stateDir: string, clusterId: string, processes: HttpProcess[]): Promise<void> {
  const files = keptFiles(stateDir)
  await Promise.all(
    processes.map(async (spec) => {
      const { name, cwd, env } = spec
      const logFile = join(stateDir, 'logs', `${name}.log`)
      const running = await files.ledger.status(name)
      if (running.pid === null) {
        await assertPortFree(spec)
        await prepareFolders(spec)
      }
      const died = (await files.deaths())[name]?.count ?? 0
      const before = await files.read(name)
      const inherited = { ...spec.fallback, ...inheritedVariables() }
      const kept: KeptProcess = { ...withRights(clusterId, spec), name, cwd, env, inherited, logFile }
      await files.write(kept)
      await ensureKeeper(stateDir)
      try {
        if (before && running.pid !== null && !isSameCommand(before, kept)) await replace(files, name, running.pid)
        await untilReady(files, spec, { logFile, died })
      } catch (error) {
        // A process that does not start is not retried forever behind the back of whoever fixes it.
        await files.remove(name)
        await files.ledger.stop(name)
        throw error
      }
    })
  )
}

/**
 * Gives a kept process other values of some variables by a restart, after which it answers.
 * @returns whether it was restarted. It is not if it has these values, or is not kept
 * @throws KopsError runtime_failed with the last lines of its log
 */
export async function changeSettings(
  stateDir: string,
  process: Pick<HttpProcess, 'name' | 'port' | 'readyPath'>,
  values: Record<string, string>
): Promise<boolean> {
  const files = keptFiles(stateDir)
  const { name } = process
  const spec = await files.read(name)
  if (spec === undefined) return false
  const died = (await files.deaths())[name]?.count ?? 0
  await files.write({ ...spec, env: { ...spec.env, ...values } })
  // What it was started with: a call before this one may have been killed before the restart.
  const { pid } = await files.ledger.status(name)
  const started = pid === null ? '' : await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  const has = new Set(started.split('\0'))
  if (Object.entries(values).every(([variable, value]) => has.has(`${variable}=${value}`))) return false
  await ensureKeeper(stateDir)
  if (pid !== null) await replace(files, name, pid)
  await untilReady(files, process, { logFile: spec.logFile, died })
  return true
}

/** Stops one process, and keeps it no longer. Idempotent. */
export async function stopHttpProcess(stateDir: string, name: string): Promise<void> {
  const files = keptFiles(stateDir)
  await files.remove(name)
  await files.ledger.stop(name)
}

/** Stops the keeper and its processes, and keeps nothing any more. Idempotent. */
export async function stopHttpProcesses(stateDir: string, names: readonly string[]): Promise<void> {
  const { ledger, remove, names: keptNames } = keptFiles(stateDir)
  const all = [...new Set([...names, ...(await keptNames())])]
  // First the list, so that nothing restarts the keeper; then the keeper, so that nothing restarts a service.
  await Promise.all(all.map((name) => remove(name)))
  await ledger.stop(keeperName)
  await Promise.all(all.map((name) => ledger.stop(name)))
}

/** Ends a process whose settings have changed; the keeper starts it with those. Resolves once it has. */
async function replace(files: KeptFiles, name: string, pid: number): Promise<void> {
  await files.ledger.signal(name, 'SIGTERM')
  const isAnother = (now: number | null) => now !== null && now !== pid
  const nowRunning = async () => (await files.ledger.status(name)).pid
  const { done } = await poll(nowRunning, isAnother, { timeoutMs: startDeadlineMs, pauseMs: pollMs })
  if (!done) throw new KopsError('runtime_failed', `${name} does not restart with its new settings`)
}

/** The command, run as the given user in its own group. The user's group stays, for what only that one may read. */
function withRights(clusterId: string, { name, command, args, user }: HttpProcess) {
  if (process.getuid?.() !== 0) return { command, args }
  return {
    command,
    args,
    user: { uid: user?.uid ?? 0, gid: processGroupOf(clusterId, name), groups: [user?.gid ?? 0] }
  }
}

async function prepareFolders({ dataDirs, user }: HttpProcess): Promise<void> {
  for (const dir of dataDirs) {
    await mkdir(dir, { recursive: true })
    if (user && process.getuid?.() === 0) await chown(dir, user.uid, user.gid)
  }
}

async function untilReady(
  files: KeptFiles,
  {
    name,
    port,
    readyPath,
    readyHeaders = {},
    answerMs = 1000
  }: Pick<HttpProcess, 'name' | 'port' | 'readyPath' | 'readyHeaders' | 'answerMs'>,
  { logFile, died }: { logFile: string; died: number }
): Promise<void> {
  const isReady = async () => {
    if (((await files.deaths())[name]?.count ?? 0) > died) {
      throw new KopsError('runtime_failed', `${name} ended while it started:\n${await logTail(logFile)}`)
    }
    return (
      (await files.ledger.isAlive(name)) &&
      (await answers(`http://127.0.0.1:${port}${readyPath}`, readyHeaders, answerMs))
    )
  }
  const { done } = await poll(isReady, (ready) => ready, { timeoutMs: startDeadlineMs, pauseMs: pollMs })
  if (!done) {
    throw new KopsError(
      'runtime_failed',
      `${name} does not answer on port ${port} after ${startDeadlineMs / 1000} s:\n${await logTail(logFile)}`
    )
  }
}

async function answers(url: string, headers: Record<string, string>, answerMs: number): Promise<boolean> {
  try {
    const response = await request(url, { headers, headersTimeout: answerMs, bodyTimeout: answerMs })
    await response.body.dump()
    return response.statusCode === 200
  } catch {
    return false
  }
}

async function assertPortFree({ name, port }: HttpProcess): Promise<void> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
  if (!free) {
    throw new KopsError(
      'runtime_failed',
      `port ${port}, which ${name} needs, is used by another program (ss -ltnp names it)`
    )
  }
}

async function logTail(logFile: string): Promise<string> {
  return (await lastLines(logFile, 15)).join('\n')
}
