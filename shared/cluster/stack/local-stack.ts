import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withAgent } from '../agent/client.ts'
import type { Agent } from '../agent-port.ts'
import { connectFiles, connectName, ensureConnectPassword } from '../connect/files.ts'
import { startConnect, stopConnect } from '../connect/worker.ts'
import { type ClusterDefinition, modeOf, securityOf } from '../definition.ts'
import { noDeaths } from '../keeper/deaths.ts'
import { keptFiles } from '../keeper/kept-files.ts'
import { ensureAgent, stopAgent } from '../launch.ts'
import { storedOnDisk } from '../local/stored-data.ts'
import {
  type AlertingSettings,
  alertmanagerCommand,
  ensureMonitoringAccess,
  findObservability,
  isFound,
  loginHeaders,
  loginHint,
  monitoringFiles,
  newLogin,
  type Observability,
  type ObservabilityMissing,
  type ObservabilityTiming,
  observabilityCacheDir,
  prometheusCommand,
  writeObservabilityConfig
} from '../observability/index.ts'
import { ensureCredentials } from '../security/credentials.ts'
import { giveToServices, securityFiles } from '../security/files.ts'
import { createLocalBrokers } from './local-brokers.ts'
import { type HttpProcess, startHttpProcesses, stopHttpProcesses } from './local-services.ts'
import type { OnProgress, Stack, StackPart } from './port.ts'
import { findServiceUser, type ServiceUser } from './service-user.ts'
import { publicUrls, serviceProcesses } from './services.ts'

export interface LocalStackOptions {
  projectRoot: string
  stateDir: string
  /** The user who called sudo, if any: the services run as that user. */
  sudo?: { uid: number; gid: number } | undefined
  /** Other times for scrapes and alerts than the files have. */
  timing?: ObservabilityTiming
  /** Settings of the services besides those from the definition. */
  serviceEnv?: Record<string, string>
  /** Receivers of alerts. */
  alerting?: AlertingSettings | undefined
  /** Unpacked packages; shared by the clusters of a checkout. */
  cacheDir?: string
}

const serviceNames = ['admin-service', 'health-service', 'load-test-service']
const monitoringNames = ['prometheus', 'alertmanager']

/** The stack of processes on this machine, each on record in the state folder. */
export function createLocalStack(definition: ClusterDefinition, options: LocalStackOptions): Stack {
  const { projectRoot, stateDir, sudo, timing, serviceEnv, alerting } = options
  const cacheDir = options.cacheDir ?? observabilityCacheDir(projectRoot)
  const nodesStep = modeOf(definition) === 'kraft' ? 'Kafka in KRaft mode' : 'Kafka and ZooKeeper'
  const files = keptFiles(stateDir)
  const access = monitoringFiles(stateDir)
  let observability: Promise<Observability | ObservabilityMissing> | undefined

  /** Looked up once: it may download packages. */
  const findMonitoring = () => {
    observability ??= findObservability({ cacheDir })
    return observability
  }

  async function startServices(user: ServiceUser | undefined, onProgress: OnProgress): Promise<void> {
    const step = 'services'
    onProgress({ step, state: 'started' })
    const node = join(projectRoot, 'node_modules/.bin/node')
    const processes = serviceProcesses(definition, stateDir).map(
      ({ name, script, env, url, dataDirs }): HttpProcess => {
        // With the signal, whoever runs as the same user could open a debugger in it.
        const args = ['--disable-sigusr1', '--disable-warning=TimeoutNegativeWarning', script]
        const port = Number(new URL(url).port)
        const publicUrl = alerting?.KOPS_PUBLIC_HEALTH_URL
        const settings = { ...env, ...(publicUrl && { KOPS_PUBLIC_HEALTH_URL: publicUrl }), ...serviceEnv }
        return {
          name,
          command: node,
          args,
          cwd: projectRoot,
          env: settings,
          fallback: publicUrls(definition),
          url,
          port,
          readyPath: '/livez',
          dataDirs,
          user
        }
      }
    )
    await startHttpProcesses(stateDir, definition.id, processes)
    onProgress({ step, state: 'done', detail: user ? `as ${user.reason}` : 'as root without capabilities' })
  }

  /** @param made the password, if it was made now */
  async function startMonitoring(
    user: ServiceUser | undefined,
    made: string | undefined,
    onProgress: OnProgress
  ): Promise<void> {
    const step = 'Prometheus and Alertmanager'
    onProgress({ step, state: 'started' })
    const found = await findMonitoring()
    if (!isFound(found)) return onProgress({ step, state: 'skipped', detail: found.missing })
    const configDir = join(stateDir, 'observability')
    await writeObservabilityConfig(definition, {
      sourceDir: join(projectRoot, 'prometheus'),
      configDir,
      accessDir: access.folder,
      alerting,
      reader: user,
      ...(timing ? { timing } : {})
    })
    const dirs = (name: string) => ({
      configDir,
      dataDir: join(stateDir, 'data', name),
      webConfig: access.webConfig
    })
    const commands = {
      prometheus: prometheusCommand(found, definition, dirs('prometheus')),
      alertmanager: alertmanagerCommand(found, definition, dirs('alertmanager'))
    }
    const processes = Object.entries(commands).map(([name, { command, args, cwd, readyUrl, url }]): HttpProcess => {
      const { pathname, port } = new URL(readyUrl)
      const dataDirs = [dirs(name).dataDir]
      const place = cwd ?? stateDir
      const ready = { port: Number(port), readyPath: pathname, readyHeaders: loginHeaders(stateDir) }
      return { name, command, args, cwd: place, env: {}, url, ...ready, dataDirs, user }
    })
    await startHttpProcesses(stateDir, definition.id, processes)
    // Services that were already running read what has changed.
    await Promise.all(monitoringNames.map((name) => files.ledger.signal(name, 'SIGHUP')))
    onProgress({ step, state: 'done', ...(made && { detail: newLogin(stateDir, made) }) })
  }

  function detailOf(name: string, url: string): string {
    if (monitoringNames.includes(name)) return loginHint(stateDir)
    return name === connectName ? `login: curl -K ${connectFiles(stateDir).curl}` : `API: ${url}/docs`
  }

  async function startCluster(onProgress: OnProgress): Promise<void> {
    const step = nodesStep
    onProgress({ step, state: 'started' })
    await ensureAgent(stateDir, definition)
    const status = await withAgent(definition, (agent) => agent.up())
    onProgress({ step, state: 'done', detail: status.bootstrapServers.join(',') })
  }

  async function takeDown(onProgress: OnProgress, end: (agent: Agent) => Promise<void>): Promise<void> {
    onProgress({ step: 'services', state: 'started' })
    await stopHttpProcesses(stateDir, [...serviceNames, ...monitoringNames, connectName])
    onProgress({ step: 'services', state: 'done' })
    onProgress({ step: nodesStep, state: 'started' })
    await ensureAgent(stateDir, definition)
    await withAgent(definition, end)
    await stopAgent(stateDir, definition)
    onProgress({ step: nodesStep, state: 'done' })
  }

  return {
    ...createLocalBrokers(definition, stateDir),

    async up(onProgress) {
      const user = await findServiceUser(projectRoot, sudo)
      // Before the services, which read them when they start.
      await ensureCredentials(stateDir, definition)
      const made = await ensureMonitoringAccess(stateDir, { user, inContainers: false })
      if (user && securityOf(definition) !== 'plaintext') await giveToServices(securityFiles(stateDir), user)
      // Side by side: the services and Prometheus do not wait for the brokers, and starting them is mostly waiting.
      const cluster = startCluster(onProgress)
      // Except on a secured cluster, to which the services have no access before it is up for the first time.
      const ready = securityOf(definition) === 'plaintext' ? Promise.resolve() : cluster
      if (definition.connect === undefined) await stopConnect(stateDir)
      else await ensureConnectPassword(connectFiles(stateDir), user)
      const results = await Promise.allSettled([
        cluster,
        ready.then(() => startServices(user, onProgress)),
        cluster.then(() => startConnect(definition, { projectRoot, stateDir, reader: user }, onProgress)),
        startMonitoring(user, made, onProgress)
      ])
      const failed = results.find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
    },

    down: (onProgress) => takeDown(onProgress, (agent) => agent.down()),

    async wipe(onProgress) {
      await takeDown(onProgress, (agent) => agent.wipe())
      for (const name of ['data', 'connect', 'monitoring', 'observability', 'services', 'processes']) {
        await rm(join(stateDir, name), { recursive: true, force: true })
      }
    },

    stored: () => storedOnDisk(stateDir, definition),

    async parts() {
      // Only up() looks for monitoring, which may download it.
      const found = await observability
      const missing = found && !isFound(found) ? found.missing : undefined
      const [deaths, kept] = await Promise.all([files.deaths(), files.names()])
      const urls: Record<string, string> = {
        prometheus: `http://localhost:${definition.ports.prometheus}`,
        alertmanager: `http://localhost:${definition.ports.alertmanager}`
      }
      for (const { name, url } of serviceProcesses(definition, stateDir))
        urls[name] = url.replace('127.0.0.1', 'localhost')
      const connect = definition.connect && `http://localhost:${definition.connect.port}`
      if (connect !== undefined) urls[connectName] = connect
      return Promise.all(
        [...serviceNames, ...monitoringNames, ...(connect === undefined ? [] : [connectName])].map(
          async (name): Promise<StackPart> => {
            const url = urls[name] ?? ''
            if (monitoringNames.includes(name) && missing !== undefined) {
              return { name, url: '', state: 'left out', detail: missing, deaths: null }
            }
            const dead = kept.includes(name) ? 'restarting' : 'stopped'
            const state = (await files.ledger.isAlive(name)) ? 'running' : dead
            const detail = detailOf(name, url)
            return { name, url, state, deaths: deaths[name] ?? noDeaths, detail }
          }
        )
      )
    }
  }
}
