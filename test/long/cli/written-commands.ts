import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { type ClusterDefinition, defaultPorts, loadDefinition } from '#shared/cluster/definition.ts'

const projectRoot = join(import.meta.dirname, '../../..')
const stateDir = process.env['KOPS_TEST_STATE_DIR'] ?? ''

/** The cluster under test. */
export async function definitionUnderTest(): Promise<ClusterDefinition> {
  const definition = await loadDefinition(stateDir)
  if (!definition) throw new Error('there is no cluster: run the tests with npm run test:long')
  return definition
}

/**
 * Commands of the bash blocks of a page, in order; joins lines that end in a backslash.
 * @param path relative to the project
 * @param between the headings that bound the part of the page that counts
 */
export async function commandsOf(path: string, between?: [from: string, to: string]): Promise<string[]> {
  const page = await readFile(join(projectRoot, path), 'utf8')
  const [from, to] = between ? between.map((heading) => page.indexOf(heading)) : [0, page.length]
  const blocks = Array.from(page.slice(from, to).matchAll(/^```bash\n(.*?)^```$/gms), ([, block = '']) => block)
  return blocks
    .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
}

/** A command as it was written, and the standard output that it had. */
export interface Done {
  written: string
  stdout: string
}

/** From its first output on: long enough to join a group, which a broker holds up for 3 s, and to work on records. */
const streamMs = 15_000
/** What prints nothing for so long will not. */
const silentMs = 60_000
const commandMs = 180_000

/** Commands that never end are stopped after some seconds, and pass if they have printed something. */
const isStream = (command: string) => /curl -N|messages tail|lb (process|monitor|route)|analytics run/.test(command)

/**
 * Runs commands as they are written, one after the other, on the cluster under test: only ports differ. `<id>` stands for the id in
 * the answer before.
 */
export async function runWritten(t: Test, definition: ClusterDefinition, commands: readonly string[]): Promise<Done[]> {
  const { ports } = definition
  const moved = new Map<number, number>([
    [defaultPorts.admin, ports.admin],
    [defaultPorts.health, ports.health],
    [defaultPorts.loadTest, ports.loadTest],
    [defaultPorts.prometheus, ports.prometheus],
    [defaultPorts.alertmanager, ports.alertmanager],
    ...defaultPorts.kafka.map((port, index): [number, number] => [port, ports.kafka[index] ?? port])
  ])
  const here = (command: string) =>
    command.replaceAll(/localhost:(\d+)/g, (_, port) => `localhost:${moved.get(Number(port)) ?? port}`)
  const done: Done[] = []
  for (const written of commands) {
    const id = /"id":\s*"([^"]+)"/.exec(done.at(-1)?.stdout ?? '')?.[1]
    const command = here(written.replaceAll('<id>', id ?? '<id>'))
    const { code, stdout, stderr } = await run(command, ports.loadTest)
    const said = `${written}\n${stdout.slice(-2000)}\n${stderr.slice(-1000)}`
    if (isStream(command)) t.not(`${stdout}${stderr}`, '', said)
    else t.equal(code, 0, said)
    done.push({ written, stdout })
  }
  return done
}

async function run(command: string, loadTestPort: number): Promise<{ code: unknown; stdout: string; stderr: string }> {
  // An answer that refuses fails the command, as it would for a person who reads it.
  const script = `curl() { command curl -sS --fail-with-body "$@"; }\n${command}\n`
  const child = spawn('env', ['-u', 'NODE_OPTIONS', '-u', 'FORCE_COLOR', 'bash', '-c', script], {
    cwd: projectRoot,
    env: { ...process.env, KOPS_STATE_DIR: stateDir, KOPS_LOADTEST_URL: `http://127.0.0.1:${loadTestPort}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    // It forms a process group with its children, so that they end together.
    detached: true
  })
  const end = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM')
  let timer = setTimeout(end, isStream(command) ? silentMs : commandMs)
  const begun = () => {
    clearTimeout(timer)
    timer = setTimeout(end, streamMs)
  }
  if (isStream(command)) Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]).then(begun, () => {})
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  clearTimeout(timer)
  return { code, stdout, stderr }
}
