import { spawn } from 'node:child_process'
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { KopsError } from '../errors/catalog.ts'
import { poll } from '../poll.ts'
import { rotateLog } from './log-rotation.ts'
import { observe, type ProcessIdentity, type ProcessState, parseRecord } from './process-identity.ts'

export interface ProcessSpec {
  /** Under which the ledger keeps it. */
  name: string
  command: string
  args: string[]
  cwd?: string
  /** Added to the inherited environment. */
  env?: Record<string, string>
  /** The environment to begin with; this process's own unless given. */
  inherited?: Record<string, string>
  /** Gets standard output and error, appended. */
  logFile: string
  /** Runs as this user, in no groups but these and without capabilities, even if it is root. Needs root. */
  user?: { uid: number; gid: number; groups?: number[] }
  /** Runs in this named network namespace (ip-netns(8)). Needs root. */
  networkNamespace?: string
  /** Keeps this process alive until the started one ends, so that `exited` can be awaited. */
  attached?: boolean
}

export interface StartedProcess {
  pid: number
  /** It ran already; nothing was started. */
  alreadyRunning: boolean
  /** Settles when it ends; code and signal are null if this process is not its parent. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export interface ProcessStatus {
  state: ProcessState
  pid: number | null
  startedAt: Date | null
}

/**
 * Starts long-running processes that outlive their starter, and finds them again. Each has a record on disk that it writes
 * itself before it becomes the command, so there is never a started process without one; the record is compared with the
 * kernel's before any signal is sent, so a pid that was given to another process meanwhile is never hit.
 */
export interface ProcessLedger {
  /** Starts a process in its own session, unless it is running. @throws KopsError runtime_failed */
  start(spec: ProcessSpec): Promise<StartedProcess>
  status(name: string): Promise<ProcessStatus>
  isAlive(name: string): Promise<boolean>
  /** @returns false if it is gone and nothing was sent */
  signal(name: string, signal: NodeJS.Signals): Promise<boolean>
  /** Whether it was started, and ended otherwise than by stop() or kill(). */
  hasDied(name: string): Promise<boolean>
  /** SIGTERM, and SIGKILL if it is still running after graceMs. Resolves once it is gone and its record is removed. */
  stop(name: string, options?: { graceMs?: number }): Promise<'stopped' | 'killed' | 'not-running'>
  /** SIGKILL. Resolves once it is gone and its record is removed. */
  kill(name: string): Promise<void>
  /** Resolves to whether it ended within timeoutMs. @param pollMs interval of the checks; 20 ms by default */
  waitUntilGone(name: string, timeoutMs: number, pollMs?: number): Promise<boolean>
}

// The record is written before exec: a crash of the parent at any moment leaves no unknown process.
const recordAndExec = `record=$1; shift
stat=$(cat "/proc/$$/stat") && boot=$(cat /proc/sys/kernel/random/boot_id) &&
printf '%s\\n%s\\n' "$boot" "$stat" > "$record.new" && mv "$record.new" "$record" && exec "$@"`

/** @param recordFile the path of a process's record */
export function createProcessLedger(recordFile: (name: string) => string): ProcessLedger {
  async function identityOf(name: string): Promise<ProcessIdentity | undefined> {
    const text = await readFile(recordFile(name), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : parseRecord(text)
  }

  const ledger: ProcessLedger = {
    async start(spec) {
      const before = await ledger.status(spec.name)
      if (before.pid !== null) {
        return { pid: before.pid, alreadyRunning: true, exited: pollUntilGone(ledger, spec.name) }
      }
      const record = recordFile(spec.name)
      await mkdir(dirname(record), { recursive: true })
      await rm(record, { force: true })
      const log = await openLog(spec.logFile)
      try {
        const child = spawn('/bin/sh', ['-c', recordAndExec, 'sh', record, ...commandLine(spec)], {
          cwd: spec.cwd,
          ...(spec.inherited === undefined ? {} : { env: spec.inherited }),
          detached: true,
          stdio: ['ignore', log.fd, log.fd]
        })
        const exited = new Promise<Awaited<StartedProcess['exited']>>((resolve) => {
          child.once('exit', (code, signal) => resolve({ code, signal }))
          child.once('error', () => resolve({ code: null, signal: null }))
        })
        const pid = await recorded(spec.name, child.pid, exited, identityOf)
        if (!spec.attached) child.unref()
        return { pid, alreadyRunning: false, exited }
      } finally {
        await log.close()
      }
    },

    async status(name) {
      const identity = await identityOf(name)
      const state = identity === undefined ? 'gone' : await observe(identity)
      if (identity === undefined || state === 'gone') return { state: 'gone', pid: null, startedAt: null }
      const startedAt = (await stat(recordFile(name)).catch(() => undefined))?.mtime ?? null
      return { state, pid: identity.pid, startedAt }
    },

    async isAlive(name) {
      return (await ledger.status(name)).state !== 'gone'
    },

    async hasDied(name) {
      return (await identityOf(name)) !== undefined && !(await ledger.isAlive(name))
    },

    async signal(name, signal) {
      const identity = await identityOf(name)
      if (identity === undefined || (await observe(identity)) === 'gone') return false
      try {
        return process.kill(identity.pid, signal)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
        throw new KopsError('runtime_failed', `${name} (pid ${identity.pid}) cannot be sent ${signal}`, {
          cause: error
        })
      }
    },

    async stop(name, { graceMs = 10_000 } = {}) {
      let outcome: 'stopped' | 'killed' | 'not-running' = 'not-running'
      if (await ledger.signal(name, 'SIGTERM')) {
        // A paused process receives SIGTERM only once it is resumed.
        await ledger.signal(name, 'SIGCONT')
        outcome = 'stopped'
        if (!(await ledger.waitUntilGone(name, graceMs))) {
          outcome = 'killed'
          await ledger.kill(name)
        }
      }
      await rm(recordFile(name), { force: true })
      return outcome
    },

    async kill(name) {
      await ledger.signal(name, 'SIGKILL')
      if (!(await ledger.waitUntilGone(name, 10_000))) {
        throw new KopsError('runtime_failed', `${name} is still running 10 s after SIGKILL`)
      }
      await rm(recordFile(name), { force: true })
    },

    async waitUntilGone(name, timeoutMs, pollMs = 20) {
      const { done } = await poll(
        () => ledger.isAlive(name),
        (alive) => !alive,
        { timeoutMs, pauseMs: pollMs }
      )
      return done
    }
  }
  return ledger
}

/** env, setpriv and nsenter exec what they start, so the recorded pid stays that of the command. */
function commandLine(spec: ProcessSpec): string[] {
  const variables = Object.entries(spec.env ?? {}).map(([key, value]) => `${key}=${value}`)
  return [
    ...(spec.networkNamespace === undefined ? [] : ['nsenter', `--net=/run/netns/${spec.networkNamespace}`, '--']),
    ...(spec.user === undefined
      ? []
      : [
          ...['setpriv', `--reuid=${spec.user.uid}`, `--regid=${spec.user.gid}`],
          spec.user.groups === undefined ? '--clear-groups' : `--groups=${spec.user.groups.join(',')}`,
          ...['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs', '--']
        ]),
    ...(variables.length === 0 ? [] : ['env', ...variables]),
    spec.command,
    ...spec.args
  ]
}

async function recorded(
  name: string,
  pid: number | undefined,
  exited: Promise<unknown>,
  identityOf: (name: string) => Promise<ProcessIdentity | undefined>
): Promise<number> {
  let ended = false
  exited.then(() => {
    ended = true
  })
  while (pid !== undefined) {
    const last = ended
    if ((await identityOf(name))?.pid === pid) return pid
    if (last) break
    await delay(5)
  }
  throw new KopsError('runtime_failed', `${name} could not be started: no shell, no working directory, or no room`)
}

async function pollUntilGone(ledger: ProcessLedger, name: string): Promise<{ code: null; signal: null }> {
  while (!(await ledger.waitUntilGone(name, 60_000, 250)));
  return { code: null, signal: null }
}

/** Opens a log for appending; moves a large one aside first. */
async function openLog(path: string) {
  await mkdir(dirname(path), { recursive: true })
  await rotateLog(path)
  return open(path, 'a')
}
