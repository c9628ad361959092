import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'

const passedOn = ['SIGTERM', 'SIGHUP'] as const

/**
 * Runs a program with this process's terminal, to its end. Ctrl-C is the program's, which may have something to undo; what only
 * this process gets, SIGTERM and SIGHUP, is passed on, so that it does not outlive its caller.
 * @param env its whole environment; undefined: that of this process
 * @returns its exit code; 128 and the number of the signal that ended it
 * @throws Error if it cannot be started
 */
export async function runInForeground(
  program: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv
): Promise<number> {
  const wait = () => {}
  const passOn = (signal: NodeJS.Signals) => void child.kill(signal)
  // Before the program begins: its caller may get a signal at once.
  process.on('SIGINT', wait)
  for (const signal of passedOn) process.on(signal, passOn)
  const child = spawn(program, args, { stdio: 'inherit', ...(env && { env }) })
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal])
  } finally {
    process.off('SIGINT', wait)
    for (const signal of passedOn) process.off(signal, passOn)
  }
}
