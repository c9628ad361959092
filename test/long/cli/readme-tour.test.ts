// Runs alone: the commands of the README do anything.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { clientOf } from '#cli/client.ts'
import { defaultPorts, loadDefinition } from '#shared/cluster/definition.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { kopsJson } from '../../integration/cli/kops.ts'
import { until } from '../../integration/cluster/own-cluster.ts'
import { untilHealthy } from '../../integration/health/cluster-under-test.ts'

t.setTimeout(900_000)

const projectRoot = join(import.meta.dirname, '../../..')
const stateDir = process.env['KOPS_TEST_STATE_DIR'] ?? ''
const definition = await loadDefinition(stateDir)
if (!definition) throw new Error('there is no cluster: run the tests with npm run test:long')
const { ports } = definition

/** Commands of the bash blocks between two headings, in order; joins lines that end in a backslash. */
function commandsOf(page: string, from: string, to: string): string[] {
  const section = page.slice(page.indexOf(from), page.indexOf(to))
  const blocks = Array.from(section.matchAll(/^```bash\n(.*?)^```$/gms), ([, block = '']) => block)
  return blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n')).filter((line) => line.trim() !== '')
}

/** The ports that the README has, and where they are in the cluster under test. */
const moved = new Map<number, number>([
  [defaultPorts.admin, ports.admin],
  [defaultPorts.health, ports.health],
  [defaultPorts.loadTest, ports.loadTest],
  [defaultPorts.prometheus, ports.prometheus],
  [defaultPorts.alertmanager, ports.alertmanager]
])
const here = (command: string) =>
  command.replaceAll(/localhost:(\d+)/g, (_, port) => `localhost:${moved.get(Number(port)) ?? port}`)

/** Commands that never end are stopped after some seconds, and pass if they have printed something. */
const isStream = (command: string) => /curl -N|messages tail/.test(command)

async function run(command: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  // An answer that refuses fails the command, as it would for a person who reads it.
  const script = `curl() { command curl -sS --fail-with-body "$@"; }\n${command}\n`
  const child = spawn('env', ['-u', 'NODE_OPTIONS', '-u', 'FORCE_COLOR', 'bash', '-c', script], {
    cwd: projectRoot,
    env: { ...process.env, KOPS_STATE_DIR: stateDir, KOPS_LOADTEST_URL: `http://127.0.0.1:${ports.loadTest}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    // It forms a process group with its children, so that they end together.
    detached: true
  })
  const end = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM')
  const timer = setTimeout(end, isStream(command) ? 8000 : 180_000)
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  clearTimeout(timer)
  return { code: code as number | null, stdout, stderr }
}

const tour = commandsOf(await readFile(join(projectRoot, 'README.md'), 'utf8'), '## Tour', '## Access control')

/** The difference between the catalog and the cluster, without the time of reading and the topics that kops makes when it needs them. */
async function differences() {
  const { asOf, own, ...plan } = await kopsJson(endpoints.planCatalog, ['catalog', 'plan', 'log-streaming'])
  return plan
}

t.test('the README’s tour runs from top to bottom as it is written', async (t) => {
  t.ok(tour.length > 35, `${tour.length} commands`)
  const before = await differences()
  let drill = ''
  let answer = ''
  for (const written of tour) {
    const id = /"id":"([^"]+)"/.exec(answer)?.[1]
    const command = here(written.replaceAll('<id>', id ?? '<id>'))
    const { code, stdout, stderr } = await run(command)
    const said = `${written}\n${stdout.slice(-2000)}\n${stderr.slice(-1000)}`
    if (isStream(command)) t.ok(stdout !== '', said)
    else t.equal(code, 0, said)
    if (/POST .*\/api\/drills/.test(command)) drill = JSON.parse(stdout).id
    answer = stdout
  }
  t.not(drill, '', 'the tour began a drill')
  await until('the drill that the tour began has ended', 180_000, async () => {
    const { status } = await clientOf(definition).call(endpoints.drill, { params: { id: drill } })
    return !['pending', 'running', 'healing', 'verifying'].includes(status)
  })
  t.match(await clientOf(definition).call(endpoints.drill, { params: { id: drill } }), { verdict: { result: 'pass' } })
  await untilHealthy()
  t.same(await differences(), before, 'catalogs are as they were')
})
