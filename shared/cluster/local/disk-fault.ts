import { readFile } from 'node:fs/promises'
import type { FaultKindStatus, Impairment } from '../../contracts/cluster.ts'
import { run, tryRun } from '../command.ts'

/**
 * A full disk for one process: no file may be longer than nothing (RLIMIT_FSIZE), so that each write fails with EFBIG where
 * one to a full disk fails with ENOSPC. Both are an IOException, which is all that Kafka and ZooKeeper look at; the JVM
 * ignores the signal that comes with it. The process's log is a file too, and lacks lines. The soft limit alone is changed:
 * the hard one says what it was.
 */
export async function fillDisk(pid: number): Promise<void> {
  await run(...(await prlimit(pid, '0')))
}

/** Sets the limit back. Harmless for a process that has none of it, or has ended. */
export async function freeDisk(pid: number): Promise<void> {
  const limits = await limitsOf(pid)
  if (limits === undefined || limits.soft === limits.hard) return
  // It may end meanwhile: a broker without a log directory halts.
  await prlimit(pid, limits.hard).then(
    (command) => tryRun(...command),
    () => undefined
  )
}

/** @returns undefined for a process without it, or that has ended */
export async function readDisk(pid: number): Promise<Impairment | undefined> {
  const limits = await limitsOf(pid)
  if (limits === undefined || limits.soft === limits.hard) return undefined
  return { kind: 'disk-full', whole: limits.soft === '0', detail: `process ${pid} may write to no file` }
}

export async function diskFaultKind(): Promise<FaultKindStatus> {
  const available = (await tryRun('prlimit', ['--version'])) !== undefined
  const detail = available
    ? 'The writes of the node fail with EFBIG, as those to a full disk with ENOSPC (RLIMIT_FSIZE)'
    : 'It needs prlimit: apt-get install util-linux'
  return { kind: 'disk-full', available, detail }
}

/**
 * The command that sets the soft limit, as the process' own user: even root needs a capability (CAP_SYS_RESOURCE, which
 * containers lack) for the limits of others, and a user none for its own.
 */
async function prlimit(pid: number, soft: string): Promise<[string, string[]]> {
  const args = ['--pid', String(pid), `--fsize=${soft}:`]
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  const [uid, gid] = ['Uid', 'Gid'].map((name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]))
  if (uid === process.getuid?.()) return ['prlimit', args]
  return ['setpriv', [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', 'prlimit', ...args]]
}

/** The limit of a file's size, in bytes or `unlimited`. */
async function limitsOf(pid: number): Promise<{ soft: string; hard: string } | undefined> {
  const text = await readFile(`/proc/${pid}/limits`, 'utf8').catch(() => '')
  return parseFileSizeLimit(text)
}

/** Reads /proc/PID/limits (proc(5)). */
export function parseFileSizeLimit(text: string): { soft: string; hard: string } | undefined {
  const [, soft, hard] = /^Max file size +(\S+) +(\S+)/m.exec(text) ?? []
  return soft === undefined || hard === undefined ? undefined : { soft, hard }
}
