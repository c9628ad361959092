import { readFile } from 'node:fs/promises'

/**
 * Identifies a process beyond its pid, which may be reused: the kernel's start time (field 22 of /proc/<pid>/stat,
 * clock ticks since boot; proc_pid_stat(5)) and the boot id.
 */
export interface ProcessIdentity {
  pid: number
  startTime: string
  bootId: string
}

export type ProcessState = 'running' | 'paused' | 'gone'

/** Parses a line of /proc/<pid>/stat. The command name in parentheses may itself contain spaces and parentheses. */
export function parseStat(line: string): { pid: number; state: string; startTime: string } | undefined {
  const open = line.indexOf(' (')
  const close = line.lastIndexOf(') ')
  if (open < 1 || close < open) return undefined
  const pid = Number(line.slice(0, open))
  const fields = line.slice(close + 2).split(' ')
  const state = fields[0]
  const startTime = fields[19]
  if (!Number.isInteger(pid) || pid < 1 || !state || !startTime || !/^\d+$/.test(startTime)) return undefined
  return { pid, state, startTime }
}

/** Parses a pid record: the boot id, and on the next line the process's own stat from its start. */
export function parseRecord(text: string): ProcessIdentity | undefined {
  const [bootId, line] = text.split('\n', 2)
  const stat = line === undefined ? undefined : parseStat(line)
  if (!stat || !bootId || !/^[0-9a-f-]{36}$/.test(bootId)) return undefined
  return { pid: stat.pid, startTime: stat.startTime, bootId }
}

/**
 * The state of a recorded process, given the current boot id and /proc's data on its pid. A zombie is gone: its parent
 * has not collected it, and no signal brings it back.
 */
export function judge(identity: ProcessIdentity, bootId: string, statLine: string | undefined): ProcessState {
  if (identity.bootId !== bootId || statLine === undefined) return 'gone'
  const stat = parseStat(statLine)
  if (!stat || stat.startTime !== identity.startTime) return 'gone'
  if (stat.state === 'Z' || stat.state === 'X' || stat.state === 'x') return 'gone'
  return stat.state === 'T' || stat.state === 't' ? 'paused' : 'running'
}

/** judge() with this machine's /proc. */
export async function observe(identity: ProcessIdentity): Promise<ProcessState> {
  const [bootId, stat] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readFile(`/proc/${identity.pid}/stat`, 'utf8').catch(() => undefined)
  ])
  return judge(identity, bootId.trim(), stat)
}
