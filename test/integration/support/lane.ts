import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { applyFirstCatalogs } from '#cli/first-catalogs.ts'
import { terminal } from '#cli/output.ts'
import { showProgress } from '#cli/progress.ts'
import { defaultHeap, saveDefinition } from '#shared/cluster/definition.ts'
import { fastTiming, parseAlertingSettings } from '#shared/cluster/observability/index.ts'
import { kafkaSettings } from '#shared/cluster/security/kafka-settings.ts'
import { createLocalStack } from '#shared/cluster/stack/local-stack.ts'
import type { ClusterMode, ClusterSecurity } from '#shared/contracts/cluster.ts'
import { logSizes, whatTheClusterLooksLike } from './cluster-summary.ts'
import { defineTestCluster, portsOfCluster } from './test-cluster.ts'

const projectRoot = join(import.meta.dirname, '../../..')

// Brokers under test live for minutes and start again and again: the optimizing compiler would take half of their processor
// time. Java reads this variable, and the agent and the clusters that tests create hand it on.
process.env['JDK_JAVA_OPTIONS'] ??= '-XX:TieredStopAtLevel=1'

export interface LaneOptions {
  mode: ClusterMode
  security: ClusterSecurity
  /** Only for this lane; the next run repairs what a killed one left there. */
  stateDir: string
  /** A file that takes longer fails. */
  timeoutSeconds: number
  /** Free ports: those of a cluster, and two where tests listen for notifications. */
  ports: number[]
  /** Stops the running file: a test that is asked to stop heals its faults. */
  signal: AbortSignal
}

export interface FileOutcome {
  passed: boolean
  seconds: number
  /** The file's output; after a failure also the state of the cluster. */
  output: string
}

/** A cluster with everything around it, and the test files that run on it. */
export interface Lane {
  /** @param alone whether no other file runs on this cluster: then the file may break it */
  run(file: string, alone: boolean): Promise<FileOutcome>
  end(): Promise<void>
}

/** Number of free ports for a lane. */
export const portsOfLane = portsOfCluster + 2

/** @throws Error when the cluster does not come up; it is down again then */
export async function startLane({
  mode,
  security,
  stateDir,
  timeoutSeconds,
  ports,
  signal
}: LaneOptions): Promise<Lane> {
  const [notifiedPort = 0, smtpPort = 0] = ports.slice(portsOfCluster)
  const definition = {
    ...(await defineTestCluster(stateDir, 'kops-integration-test', defaultHeap, mode, ports)),
    ...(security === 'plaintext' ? {} : { security })
  }
  await saveDefinition(stateDir, definition)
  const alerting = parseAlertingSettings({
    // The ports where tests of notifications listen; unused otherwise.
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
    // The effect of a fault on the readings must show within seconds.
    serviceEnv: { KOPS_POLL_INTERVAL_MS: '3000' }
  })
  const progress = showProgress(terminal)
  const end = () => stack.wipe(progress)
  const local = (port: number) => `http://127.0.0.1:${port}`
  const healthUrl = local(definition.ports.health)
  const env = {
    ...process.env,
    // Tests that start node or kops get this one.
    PATH: `${join(projectRoot, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    TAP_TIMEOUT: String(timeoutSeconds),
    KOPS_TEST_MODE: mode,
    KOPS_TEST_SECURITY: security,
    // With what a test connects, and may configure a service of its own.
    ...kafkaSettings(definition, stateDir),
    KOPS_TEST_STATE_DIR: stateDir,
    KOPS_TEST_BOOTSTRAP_SERVERS: definition.ports.kafka.map((port) => `127.0.0.1:${port}`).join(','),
    KOPS_TEST_ZOOKEEPER_SERVERS: definition.ports.zookeeper.map((port) => `127.0.0.1:${port}`).join(','),
    KOPS_TEST_ADMIN_URL: local(definition.ports.admin),
    KOPS_TEST_HEALTH_URL: healthUrl,
    KOPS_TEST_LOADTEST_URL: local(definition.ports.loadTest),
    KOPS_TEST_PROMETHEUS_URL: local(definition.ports.prometheus),
    KOPS_TEST_ALERTMANAGER_URL: local(definition.ports.alertmanager),
    KOPS_TEST_NOTIFIED_PORT: String(notifiedPort),
    KOPS_TEST_SMTP_PORT: String(smtpPort)
  }

  try {
    await stack.wipe(progress)
    await stack.up(progress)
    // Tests that need others apply them: fewer partitions recover sooner from what tests do to brokers.
    await applyFirstCatalogs(definition, [join(projectRoot, 'catalog', 'log-streaming.yaml')])
  } catch (error) {
    await end()
    throw error
  }
  return {
    async run(file, alone) {
      const startedAt = performance.now()
      const before = await logSizes(stateDir)
      // Node runs a file unmodified: tap's own command would make every process of a test, including kops and the
      // services, load its hooks, which takes longer than the processes themselves.
      const child = spawn(process.execPath, [file], {
        cwd: projectRoot,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...env, KOPS_TEST_ALONE: alone ? 'yes' : 'no' }
      })
      const kill = () => child.kill('SIGTERM')
      signal.addEventListener('abort', kill, { once: true })
      const exit = once(child, 'close') as Promise<[number | null]>
      const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit])
      signal.removeEventListener('abort', kill)
      const passed = code === 0
      const seconds = (performance.now() - startedAt) / 1000
      const shown = passed ? '' : await whatTheClusterLooksLike(healthUrl, stateDir, before)
      return { passed, seconds, output: `${stdout}${stderr}${shown}` }
    },
    end
  }
}
