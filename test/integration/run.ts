/**
 * Runs the integration tests: starts a cluster of their own with everything around it, on free ports and in a state folder
 * of its own, runs the test files (all, or those given as arguments), and takes everything down again, whatever
 * happened. A cluster that is set up in this checkout is not touched.
 *
 *   npm run test:integration -- [--mode zookeeper|kraft] [--long] [files]
 *
 * --long runs the exhaustive tests of test/long instead: tables of crashes, planted failures, minutes without a quorum.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { glob } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import Value from 'typebox/value'
import { applyFirstCatalog } from '#cli/first-catalog.ts'
import { counted, terminal } from '#cli/output.ts'
import { showProgress } from '#cli/progress.ts'
import { defaultHeap, saveDefinition } from '#shared/cluster/definition.ts'
import { fetchDistribution } from '#shared/cluster/local/fetch-distribution.ts'
import { fastTiming, parseAlertingSettings } from '#shared/cluster/observability/index.ts'
import { createLocalStack } from '#shared/cluster/stack/local-stack.ts'
import { ClusterModeSchema } from '#shared/contracts/cluster.ts'
import { defineTestCluster, freePorts } from './support/test-cluster.ts'

const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const { values, positionals } = parseArgs({
  options: { mode: { type: 'string', default: 'zookeeper' }, long: { type: 'boolean', default: false } },
  allowPositionals: true
})
const { mode } = values
if (!Value.Check(ClusterModeSchema, mode)) {
  terminal.error(`--mode is zookeeper or kraft, not ${mode}`)
  process.exit(64)
}
// The same folder each time: what a killed run left is mended by the next one.
const stateDir = join(projectRoot, '.kops', mode === 'kraft' ? 'test-kraft' : 'test')

const definition = await defineTestCluster(stateDir, 'kops-integration-test', defaultHeap, mode)
await saveDefinition(stateDir, definition)
// Where tests of notifications listen; nobody does otherwise.
const [notifiedPort = 0, smtpPort = 0] = (await freePorts(16)).slice(14)
const alerting = parseAlertingSettings({
  KOPS_ALERT_WEBHOOK_URL: `http://127.0.0.1:${notifiedPort}/webhook`,
  KOPS_ALERT_SLACK_WEBHOOK_URL: `http://127.0.0.1:${notifiedPort}/slack`,
  KOPS_ALERT_PAGERDUTY_ROUTING_KEY: '0123456789abcdef0123456789abcdef',
  KOPS_ALERT_PAGERDUTY_URL: `http://127.0.0.1:${notifiedPort}/pagerduty`,
  KOPS_ALERT_EMAIL_TO: 'operators@example.org',
  KOPS_ALERT_EMAIL_FROM: 'kops@example.org',
  KOPS_ALERT_EMAIL_SMTP_HOST: `127.0.0.1:${smtpPort}`,
  KOPS_ALERT_EMAIL_SMTP_TLS: 'off'
})
const stack = createLocalStack(definition, {
  projectRoot,
  stateDir,
  timing: fastTiming,
  alerting,
  // What a fault does to the readings is to be seen within seconds.
  serviceEnv: { KOPS_POLL_INTERVAL_MS: '3000' }
})
const progress = showProgress(terminal)

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())

try {
  await fetchDistribution(join(projectRoot, 'kafka'), mode, progress)
  await stack.wipe(progress)
  await stack.up(progress)
  await applyFirstCatalog(definition, join(projectRoot, 'catalog', 'log-streaming.yaml'))
  process.exitCode = await runFiles(await testFiles())
} finally {
  await stack.wipe(progress)
}

async function testFiles(): Promise<string[]> {
  if (positionals.length > 0) return positionals
  return (
    await Array.fromAsync(glob(`test/${values.long ? 'long' : 'integration'}/**/*.test.ts`, { cwd: projectRoot }))
  ).sort()
}

/**
 * Runs one file after the other and says how long each took. Node runs them as they are: tap's own command would have every
 * process that a test starts, kops and the services too, load its hooks, which takes longer than what they do.
 */
async function runFiles(files: string[]): Promise<number> {
  const failed: string[] = []
  for (const file of files) {
    if (interrupted.signal.aborted) break
    console.log(`# File: ${file}`)
    const startedAt = performance.now()
    const code = await runFile(file)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    console.log(`${code === 0 ? 'ok' : 'not ok'} ${file} ${seconds} s\n`)
    if (code !== 0) failed.push(file)
  }
  const verdict = failed.length === 0 ? 'all passed' : `failed: ${failed.join(' ')}`
  console.log(`# ${counted(files.length, 'file')}, ${verdict}`)
  return failed.length === 0 && !interrupted.signal.aborted ? 0 : 1
}

async function runFile(file: string): Promise<number> {
  const { ports } = definition
  const local = (port: number) => `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [file], {
    cwd: projectRoot,
    stdio: 'inherit',
    env: {
      ...process.env,
      // Tests that start node or kops get this one.
      PATH: `${join(projectRoot, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      TAP_TIMEOUT: values.long ? '1500' : '240',
      KOPS_TEST_MODE: mode,
      KOPS_TEST_STATE_DIR: stateDir,
      KOPS_TEST_BOOTSTRAP_SERVERS: ports.kafka.map((port) => `127.0.0.1:${port}`).join(','),
      KOPS_TEST_ZOOKEEPER_SERVERS: ports.zookeeper.map((port) => `127.0.0.1:${port}`).join(','),
      KOPS_TEST_ADMIN_URL: local(ports.admin),
      KOPS_TEST_HEALTH_URL: local(ports.health),
      KOPS_TEST_LOADTEST_URL: local(ports.loadTest),
      KOPS_TEST_PROMETHEUS_URL: local(ports.prometheus),
      KOPS_TEST_ALERTMANAGER_URL: local(ports.alertmanager),
      KOPS_TEST_NOTIFIED_PORT: String(notifiedPort),
      KOPS_TEST_SMTP_PORT: String(smtpPort)
    }
  })
  // A test that is asked to end heals what it broke.
  const end = () => child.kill('SIGTERM')
  interrupted.signal.addEventListener('abort', end, { once: true })
  const [code] = (await once(child, 'exit')) as [number | null]
  interrupted.signal.removeEventListener('abort', end)
  return code ?? 1
}
