import { spawn } from 'node:child_process'
import { KopsError } from '../errors/catalog.ts'

/**
 * Runs a system command and resolves to its standard output.
 * @param options.timeoutMs kills it after this time; unlimited by default
 * @throws KopsError runtime_failed with the command and the end of its standard error
 */
export function run(
  command: string,
  args: string[],
  options: { input?: string; timeoutMs?: number } = {}
): Promise<string> {
  return new Promise((resolve, reject) => {
    const { timeoutMs } = options
    const limit = timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' as const }
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...limit })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    const fail = (why: string, cause?: unknown) =>
      reject(new KopsError('runtime_failed', `${command} ${args.join(' ')}: ${why}`, { cause }))
    child.once('error', (error) => fail(error.message, error))
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output)
      else fail(errors.trim().slice(-500) || `ended with ${signal ?? code}`)
    })
    // A command that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
  })
}

/** run(), returning undefined instead of rejecting, for checks whose failure is an answer. */
export function tryRun(command: string, args: string[], options: { input?: string } = {}): Promise<string | undefined> {
  return run(command, args, options).catch(() => undefined)
}
