import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Type } from 'typebox'
import Value from 'typebox/value'
import type { Answer, Endpoint } from '#shared/contracts/endpoint.ts'

const program = join(import.meta.dirname, '../../../kops')
const stateDir = process.env['KOPS_TEST_STATE_DIR']
if (!stateDir)
  throw new Error('KOPS_TEST_STATE_DIR is not set: run the integration tests with npm run test:integration')

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

/** Starts kops as a script does: without a terminal, pointed at the cluster under test. */
export function startKops(args: string[], env: Record<string, string> = {}): ChildProcess {
  const { KOPS_ADMIN_URL, KOPS_TOKEN, FORCE_COLOR, ...inherited } = process.env
  const [command, ...rest] = commandLine(args)
  return spawn(command, rest, { env: { ...inherited, ...env } })
}

/** tap makes every Node.js process of a test load its hooks: kops must run unmodified, and as fast. */
function commandLine(args: string[]): [string, ...string[]] {
  return ['env', '-u', 'NODE_OPTIONS', program, '--state-dir', String(stateDir), ...args]
}

/** Starts kops on its own terminal of a given width (`script` creates it). */
export function startKopsOnTerminal(args: string[], columns: number): ChildProcessWithoutNullStreams {
  const command = commandLine(args).map((word) => `'${word}'`)
  return spawn('script', ['-qefc', `stty cols ${columns} rows 24; exec ${command.join(' ')}`, '/dev/null'])
}

/** Runs kops to its end. @param input its standard input */
export async function kops(args: string[], input = '', env: Record<string, string> = {}): Promise<Outcome> {
  const child = startKops(args, env)
  child.stdin?.on('error', () => undefined) // a command that reads nothing closes it
  child.stdin?.end(input)
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('kops has no output')
  const [[code], printed, said] = await Promise.all([once(child, 'close'), text(stdout), text(stderr)])
  return { code: code as number | null, stdout: printed, stderr: said }
}

/** Runs kops with --json, and validates its output against the endpoint's contract. */
export async function kopsJson<E extends Endpoint>(
  endpoint: E,
  args: string[],
  env: Record<string, string> = {}
): Promise<Answer<E>> {
  const { code, stdout, stderr } = await kops([...args, '--json'], '', env)
  if (code !== 0) throw new Error(`kops ${args.join(' ')} ended with ${code}: ${stderr}`)
  const answer: unknown = JSON.parse(stdout)
  const [problem] = Value.Errors(Type.Union(Object.values(endpoint.answers)), answer)
  if (problem) throw new Error(`kops ${args.join(' ')}: ${problem.instancePath} ${problem.message}`)
  return answer as Answer<E>
}
