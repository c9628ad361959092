import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { KopsError } from '../../errors/catalog.ts'
import { tryRun } from '../command.ts'
import { explainFailure } from './failure-hints.ts'

/** The state of Compose's requirements on this machine. */
export interface ComposeAvailability {
  available: boolean
  /** The engine's version; undefined when none answers. */
  engine: string | undefined
  /** The Compose command; undefined if it is not installed. */
  command: string[] | undefined
  /** What is missing, and how to fix it: one sentence each. */
  missing: string[]
}

/** The results of the checks on this machine; undefined for a failed command. */
export interface ComposeFindings {
  dockerClient: string | undefined
  engine: string | undefined
  composeV2: string | undefined
  composeV1: string | undefined
}

/** Chooses the Compose command: version 2, the client's plugin, before version 1, and reports what is missing. */
export function chooseCompose({ dockerClient, engine, composeV2, composeV1 }: ComposeFindings): ComposeAvailability {
  const missing: string[] = []
  if (dockerClient === undefined) missing.push('docker is not installed (on Debian: apt-get install docker.io)')
  else if (engine === undefined) {
    missing.push('no Docker engine answers: start it (systemctl start docker), or join the group docker for access')
  }
  const command =
    composeV2 !== undefined ? ['docker', 'compose'] : composeV1 !== undefined ? ['docker-compose'] : undefined
  if (!command) missing.push('Docker Compose is not installed (on Debian: apt-get install docker-compose)')
  return { available: missing.length === 0, engine, command, missing }
}

/** Looks for a Docker engine that answers and for Compose. Never rejects. */
export async function findCompose(): Promise<ComposeAvailability> {
  const [dockerClient, engine, composeV2] = await Promise.all([
    tryRun('docker', ['--version']),
    tryRun('docker', ['version', '--format', '{{.Server.Version}}']),
    tryRun('docker', ['compose', 'version', '--short'])
  ])
  // It is written in Python: its start alone takes half a second.
  const composeV1 = composeV2 === undefined ? await tryRun('docker-compose', ['version', '--short']) : undefined
  return chooseCompose({ dockerClient, engine: engine?.trim(), composeV2, composeV1 })
}

export interface ComposeRun {
  command: string[]
  args: string[]
  projectRoot: string
  env: NodeJS.ProcessEnv
}

const keptLines = 15

/**
 * Runs Compose to its end.
 * @throws KopsError runtime_failed with the last lines that it wrote and, for known failures, what to do
 */
export async function runCompose({ command, args, projectRoot, env }: ComposeRun): Promise<void> {
  const [program = 'docker-compose', ...first] = command
  const child = spawn(program, [...first, ...args], { cwd: projectRoot, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() === '') return
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
    })
  }
  const what = [...command, ...args].join(' ')
  const ended = await new Promise<number | string | Error>((resolve) => {
    child.once('error', resolve)
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1))
  })
  if (ended === 0) return
  const said = lines.length > 0 ? lines.join('\n') : String(ended)
  const hint = explainFailure(lines)
  throw new KopsError('runtime_failed', `${what} failed:\n${said}${hint ? `\n${hint}` : ''}`, { cause: ended })
}
