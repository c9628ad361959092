import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { projectRoot } from '#cli/config.ts'
import type { Person } from '#cli/confirm.ts'
import type { ClusterChoice } from '#cli/definition.ts'
import { exitCodeOf } from '#cli/exit-codes.ts'
import { describeError, type Output } from '#cli/output.ts'
import { buildProgram } from '#cli/program.ts'
import { prepareDefinition } from '#cli/replace-cluster.ts'
import { loadDefinition } from '#shared/cluster/definition.ts'
import { exists } from '#shared/files/exists.ts'

/**
 * The answers of a Docker client. The engine runs while the file `engine` exists; `volumes` lists its volumes. `build`
 * and `up` are Compose's behaviour for these commands.
 */
const docker = `#!/bin/sh
cd "$(dirname "$0")/.."
has_engine() { [ -e engine ] || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; }; }
case "$*" in
  --version) echo 'Docker version 27' ;;
  'version '*) has_engine; echo 27 ;;
  'compose version '*) echo 2.29 ;;
  'compose build') has_engine; . ./build ;;
  'compose up -d'*) has_engine; . ./up ;;
  'compose down -v') has_engine; : >volumes ;;
  'volume ls '*) has_engine; cat volumes ;;
  'ps '*) has_engine ;;
  'system df '*) has_engine; printf '%s\\t12.5MB\\n' $(cat volumes) ;;
  *) exit 1 ;;
esac
`

/** A checkout's state directory, and a machine whose Docker behaves as these commands define. */
async function machine(t: Test, { build = 'true', up = 'true' } = {}) {
  const folder = t.testdir({ bin: { docker }, engine: '', volumes: '', build, up, state: {} })
  await chmod(join(folder, 'bin/docker'), 0o755)
  const stateDir = join(folder, 'state')
  const { env } = process
  t.teardown(() => {
    process.env = env
  })
  process.env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` }

  /** Does what a command does, without a process of its own: most of the time would be that of its start. */
  const running = async (command: (parts: { output: Output; person: Person }) => Promise<unknown>) => {
    const stdout: string[] = []
    const stderr: string[] = []
    const output: Output = { print: (line) => void stdout.push(line), error: (line) => void stderr.push(line) }
    let code = 0
    try {
      await command({ output, person: { present: false, ask: async () => '' } })
    } catch (error) {
      output.error(describeError(error))
      code = exitCodeOf(error)
    }
    return { code, stdout: stdout.join('\n'), stderr: stderr.join('\n') }
  }
  const kops = (...args: string[]) =>
    running((parts) => buildProgram(parts).parseAsync(['--state-dir', stateDir, ...args], { from: 'user' }))
  /** What kops would start for a choice, without starting it: a local cluster would use the real ports. */
  const choose = (choice: ClusterChoice) =>
    running(async (parts) => {
      const access = async () => {
        throw new Error('no service is called')
      }
      const options = { access, asksCurl: () => false, confirmedCluster: () => undefined }
      const context = { ...parts, ...options, projectRoot, stateDir: () => stateDir }
      const { runtime, mode = 'zookeeper', security = 'plaintext' } = await prepareDefinition(context, choice, () => {})
      parts.output.print(`${runtime} ${mode} ${security}`)
    })
  return {
    folder,
    choose,
    definition: () => loadDefinition(stateDir),
    kops,
    setUp: (...args: string[]) => kops('setup', ...args)
  }
}

t.test('a setup whose engine disappears before anything is created does not bind the checkout', async (t) => {
  const { setUp, definition, choose } = await machine(t, {
    build: 'rm engine; echo "error during connect" >&2; exit 1'
  })
  t.match(await setUp('--runtime', 'compose'), { code: 1, stderr: /error during connect/ })
  t.equal(await definition(), undefined)
  t.match(await choose({ runtime: 'local' }), { code: 0, stdout: /^local zookeeper plaintext$/m })
})

t.test('a setup that fails before it has created any container does not bind the checkout', async (t) => {
  const { setUp, definition } = await machine(t, { up: 'echo "port is taken" >&2; exit 1' })
  t.match(await setUp('--runtime', 'compose'), { code: 1, stderr: /port is taken/ })
  t.equal(await definition(), undefined)
})

t.test('a setup that fails half way is bound by what it created, until that is reset', async (t) => {
  const { folder, setUp, definition } = await machine(t, { up: 'echo p_kafka-1-data >volumes; exit 1' })
  t.match(await setUp('--runtime', 'compose'), { code: 1 })
  t.match(await definition(), { runtime: 'compose' })
  t.match(await setUp('--runtime', 'local'), {
    code: 1,
    stderr: /--runtime.*set up with compose.*--reset --runtime local/s
  })

  const refused = await setUp('--reset', '--runtime', 'compose')
  t.match(refused, {
    code: 2,
    stderr: /all data of kafka-log-streaming-cluster: 11\.9 MiB on disk.*p_kafka-1-data +11\.9 MiB/s
  })
  t.match(refused.stderr, /--yes/)
  t.equal(await readFile(join(folder, 'volumes'), 'utf8'), 'p_kafka-1-data\n')

  await writeFile(join(folder, 'up'), 'exit 1')
  t.match(await setUp('--reset', '--runtime', 'compose', '--yes'), { code: 1, stdout: /ok +containers and volumes/ })
  t.equal(await readFile(join(folder, 'volumes'), 'utf8'), '')
})

t.test('cluster down --wipe shows how much data is lost and requires --yes without a terminal', async (t) => {
  const { folder, setUp, kops } = await machine(t, { up: 'echo p_kafka-1-data >volumes; exit 1' })
  await setUp('--runtime', 'compose')
  const refused = await kops('cluster', 'down', '--wipe')
  t.match(refused, { code: 2, stderr: /11\.9 MiB on disk.*p_kafka-1-data +11\.9 MiB.*--yes/s })
  t.equal(await readFile(join(folder, 'volumes'), 'utf8'), 'p_kafka-1-data\n')
  t.match(await kops('cluster', 'down', '--wipe', '--yes'), { code: 0, stdout: /its data is removed/ })
  t.equal(await readFile(join(folder, 'volumes'), 'utf8'), '')
  await rm(join(folder, 'engine'))
  t.match(await kops('cluster', 'down', '--wipe'), { code: 1, stderr: /no Docker engine answers/ })
})

t.test('a reset without its engine reports what may remain, and continues', async (t) => {
  const { folder, setUp, definition, choose } = await machine(t, { up: 'echo p_kafka-1-data >volumes; exit 1' })
  await setUp('--runtime', 'compose')
  await rm(join(folder, 'engine'))
  t.match(await setUp('--runtime', 'local'), { code: 1, stderr: /set up with compose/ }, 'what is there is not known')
  const reset = await setUp('--reset', '--runtime', 'compose')
  t.match(
    reset.stdout,
    /containers and volumes of kafka-log-streaming-cluster +could not be removed and may remain.*no Docker engine answers.*down --volumes/
  )
  t.match(reset, { code: 1, stderr: /no Docker engine answers/ }, 'the new set-up needs it')
  t.equal(await definition(), undefined)
  t.match(
    await choose({ runtime: 'local' }),
    { code: 0, stdout: /^local zookeeper plaintext$/m },
    'another one does not'
  )
})

t.test('a definition of a runtime that created nothing gives way to another choice', async (t) => {
  const { folder, setUp, definition, choose } = await machine(t, { up: 'exit 1' })
  await mkdir(join(folder, 'state'), { recursive: true })
  const ports = { kafka: [1], jmx: [2], admin: 4, health: 5, loadTest: 6, prometheus: 7, alertmanager: 8 }
  const heap = { broker: '1g', zookeeper: '1g' }
  const common = { id: 'abcdef', name: 'p', runtime: 'compose', heap }
  await writeFile(
    join(folder, 'state/cluster.json'),
    JSON.stringify({ ...common, ports: { ...ports, zookeeper: [3] } })
  )
  t.match(await choose({ runtime: 'local', mode: 'kraft' }), { code: 0, stdout: /^local kraft plaintext$/m })
  // Another mode needs the other runtime: the mode is refused only if a cluster exists.
  t.match(await setUp('--runtime', 'compose', '--mode', 'kraft'), { code: 1, stderr: /only the local runtime/ })
  await writeFile(join(folder, 'volumes'), 'p_kafka-1-data\n')
  t.match(await setUp('--runtime', 'local', '--mode', 'kraft'), { code: 1, stderr: /set up with compose/ })
  t.match(await definition(), { runtime: 'compose' })
})

t.test('data binds a checkout to the security it was created with', async (t) => {
  const { folder, choose } = await machine(t)
  t.match(await choose({ runtime: 'local', security: 'ssl' }), { code: 0, stdout: /^local zookeeper ssl$/m })
  t.match(await choose({ runtime: 'local' }), { code: 0, stdout: /^local zookeeper plaintext$/m })
  t.match(await choose({ runtime: 'compose', security: 'ssl' }), { code: 0, stdout: /^compose zookeeper ssl$/m })
  const ports = { kafka: [1], jmx: [2], admin: 4, health: 5, loadTest: 6, prometheus: 7, alertmanager: 8 }
  const heap = { broker: '1g', zookeeper: '1g' }
  const definition = { id: 'abcdef', name: 'p', runtime: 'local', heap, ports: { ...ports, zookeeper: [3] } }
  const bound = { ...definition, security: 'sasl_ssl' }
  await mkdir(join(folder, 'state/nodes/kafka-1/data'), { recursive: true })
  await writeFile(join(folder, 'state/cluster.json'), JSON.stringify(bound))
  t.match(await choose({}), { code: 0, stdout: /^local zookeeper sasl_ssl$/m })
  t.match(await choose({ security: 'plaintext' }), {
    code: 1,
    stderr: /set up with sasl_ssl; .*--reset --security plaintext/
  })
})

t.test('Compose creates the brokers of a secured cluster with their credentials, which a wipe removes', async (t) => {
  const { folder, setUp, definition, kops } = await machine(t, {
    up: 'env | grep -E "^(COMPOSE_FILE|KOPS_SECURITY_DIR)=" >seen; echo p_kafka-1-data >volumes; exit 1'
  })
  t.match(await setUp('--runtime', 'compose', '--security', 'sasl_ssl'), { code: 1, stdout: /access of kops/ })
  t.match(await definition(), { runtime: 'compose', security: 'sasl_ssl' })
  const security = join(folder, 'state/security')
  t.same((await readFile(join(folder, 'seen'), 'utf8')).split('\n').sort(), [
    '',
    'COMPOSE_FILE=docker-compose.cluster.yml:docker-compose.security.yml',
    `KOPS_SECURITY_DIR=${security}`
  ])
  t.ok(await exists(join(security, 'containers/kafka-1/brokers/kafka-1.pem')))
  t.match(await setUp('--runtime', 'compose', '--security', 'ssl'), {
    code: 1,
    stderr: /set up with sasl_ssl; .*--reset --security ssl/
  })
  t.match(await kops('cluster', 'down', '--wipe', '--yes'), { code: 0 })
  t.notOk(await exists(security))
})
