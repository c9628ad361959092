import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { KopsError } from '../../errors/catalog.ts'
import { agentDir } from '../agent-sockets.ts'
import { connectFiles, connectName, ensureConnectPassword } from '../connect/files.ts'
import {
  type ClusterDefinition,
  loadDefinition,
  nodeNames,
  removeDefinition,
  saveDefinition,
  securityOf
} from '../definition.ts'
import { noDeaths } from '../keeper/deaths.ts'
import {
  type AlertingSettings,
  ensureMonitoringAccess,
  loginHint,
  monitoringFiles,
  newLogin,
  writeComposeConfig,
  writeComposeTargets
} from '../observability/index.ts'
import { giveToServices, securityFiles } from '../security/files.ts'
import { grantAccess } from '../security/grant-access.ts'
import type { OnProgress, Stack, StackPart } from '../stack/port.ts'
import { writeAddedBrokers } from './added-brokers.ts'
import { createBrokerAccess } from './broker-access.ts'
import { createComposeBrokers } from './compose-brokers.ts'
import { type ComposeAvailability, findCompose, runCompose } from './compose-command.ts'
import { composeEnvironment, connectEnvironment, securedEnvironment, withFile } from './config.ts'
import { writeContainerFiles } from './container-files.ts'
import { type ListedContainer, listContainers, listRestarts, listStored } from './container-list.ts'
import { waitUntilHealthy } from './health-wait.ts'

export interface ComposeStackOptions {
  projectRoot: string
  stateDir: string
  /** The user who called sudo, if any: that user acts as kops with Kafka's tools. */
  sudo?: { uid: number; gid: number } | undefined
  /** Receivers of alerts, for up(). */
  alerting?: AlertingSettings | undefined
}

/** The user as whom Prometheus' images run. */
const nobody = 65_534

export interface ComposeStack extends Stack {
  /** Whether an engine answers and Compose is installed, and what is missing if not. */
  available(): Promise<ComposeAvailability>
}

/** The services besides the nodes; the last two only with the profile ui. */
const partNames = ['admin-service', 'health-service', 'load-test-service', 'prometheus', 'alertmanager']
const uiNames = ['grafana', 'kafka-ui']

/**
 * The stack of docker-compose.cluster.yml, and of docker-compose.security.yml where the cluster is secured, driven from
 * this machine by Compose 2 or 1.
 */
export function createComposeStack(
  definition: ClusterDefinition,
  { projectRoot, stateDir, sudo, alerting }: ComposeStackOptions
): ComposeStack {
  const project = definition.name
  const observabilityDir = join(stateDir, 'observability')
  const targets = { targets: join(projectRoot, 'prometheus/targets-compose'), observabilityDir }
  const isSecured = securityOf(definition) !== 'plaintext'
  const files = securityFiles(stateDir)
  const access = monitoringFiles(stateDir)
  const worker = connectFiles(stateDir)
  const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const environmentOf = (of: ClusterDefinition) =>
    composeEnvironment(of, user, undefined, {
      observabilityDir,
      accessDir: access.folder,
      consoleAccessDir: access.consoleFolder,
      publicHealthUrl: alerting?.KOPS_PUBLIC_HEALTH_URL
    })
  const env = environmentOf(definition)

  async function runIn(environment: NodeJS.ProcessEnv, args: string[], of = definition): Promise<void> {
    const { available, command, missing } = await findCompose()
    if (!available || !command) throw new KopsError('runtime_failed', missing.join('; '))
    const added = await writeAddedBrokers(of, { projectRoot, stateDir })
    await runCompose({
      command,
      args,
      projectRoot,
      env: added === undefined ? environment : withFile(environment, added)
    })
  }

  const compose = (...args: string[]) => runIn(env, args)
  /** Only this needs the files of a secured cluster: it goes down without them. */
  const secured = async (of: ClusterDefinition): Promise<NodeJS.ProcessEnv> => {
    const given = isSecured ? securedEnvironment(environmentOf(of), files.folder) : environmentOf(of)
    return of.connect ? { ...given, ...connectEnvironment(of, await ensureConnectPassword(worker, sudo)) } : given
  }
  const create = async (...services: string[]) => runIn(await secured(definition), ['up', '-d', ...services])

  /** Compose leaves containers of a profile alone that is not active. */
  async function removeConnect(): Promise<void> {
    if (definition.connect !== undefined) return
    const isThere = (await listContainers(project)).some(({ name }) => name === connectName)
    if (isThere) await runIn({ ...env, COMPOSE_PROFILES: 'connect' }, ['rm', '-s', '-f', connectName])
  }

  /** The services have no access to a secured cluster before it is up for the first time. */
  async function secure(): Promise<void> {
    const { zookeepers, brokers } = nodeNames(definition)
    const [firstBroker = ''] = brokers
    const nodes = [...zookeepers, ...brokers]
    await create(...nodes)
    await waitUntilHealthy(
      project,
      () => {},
      (name) => nodes.includes(name)
    )
    await grantAccess(stateDir, definition, createBrokerAccess(firstBroker))
  }

  async function takeDown(...options: string[]): Promise<void> {
    // Whatever was started by hand: Compose leaves out the services of other profiles, which would keep the network.
    await runIn({ ...env, COMPOSE_PROFILES: 'ui,load,connect' }, ['down', ...options])
    // The engine created the directory of the agent's socket as root: only root can remove it, and it does no harm.
    await rmdir(agentDir(definition)).catch(() => {})
  }

  async function step(onProgress: OnProgress, name: string, detail: string | undefined, act: () => Promise<void>) {
    onProgress({ step: name, state: 'started', ...(detail ? { detail } : {}) })
    try {
      await act()
    } catch (error) {
      onProgress({ step: name, state: 'failed' })
      throw error
    }
    onProgress({ step: name, state: 'done' })
  }

  /** Binds the state directory to this cluster as soon as something may have been created, and only then. */
  async function bound(make: () => Promise<void>): Promise<void> {
    const before = await loadDefinition(stateDir)
    await saveDefinition(stateDir, definition)
    try {
      await make()
    } catch (error) {
      const left = await listStored(project).catch(() => undefined)
      if (before?.runtime !== 'compose' && left?.length === 0) await removeDefinition(stateDir)
      throw error
    }
  }

  return {
    ...createComposeBrokers({
      ...{ definition, stateDir, sudo, targets, step },
      create: async (of, services) => runIn(await secured(of), ['up', '-d', '--no-deps', ...services], of)
    }),

    available: findCompose,

    async stored() {
      const { engine, missing } = await findCompose()
      if (engine === undefined) throw new KopsError('runtime_failed', missing.join('; '))
      return listStored(project)
    },

    async up(onProgress) {
      await step(onProgress, 'images', 'takes some minutes the first time', () => compose('build'))
      const reader = { uid: nobody, gid: nobody }
      await writeComposeConfig(definition, {
        sourceDir: join(projectRoot, 'prometheus'),
        configDir: observabilityDir,
        alerting,
        reader
      })
      await writeComposeTargets(definition, targets)
      const made = await ensureMonitoringAccess(stateDir, { user: sudo, inContainers: true })
      if (isSecured) await writeContainerFiles(stateDir, definition)
      if (isSecured && sudo) await giveToServices(files, sudo)
      await bound(async () => {
        if (isSecured) await step(onProgress, 'access of kops', 'after the brokers have started', secure)
        await removeConnect()
        await step(onProgress, 'containers', undefined, () => create())
      })
      // Services that were already running read what has changed.
      await compose('kill', '-s', 'SIGHUP', 'prometheus', 'alertmanager')
      await waitUntilHealthy(project, onProgress)
      if (made === undefined) return
      onProgress({ step: 'login of Prometheus and Alertmanager', state: 'done', detail: newLogin(stateDir, made) })
    },

    down: (onProgress) => step(onProgress, 'containers', undefined, () => takeDown()),

    wipe: (onProgress) =>
      step(onProgress, 'containers and volumes', undefined, async () => {
        await takeDown('-v')
        for (const folder of [files.folder, access.outer, worker.folder])
          await rm(folder, { recursive: true, force: true })
      }),

    async parts() {
      const names = [...partNames, ...(definition.connect === undefined ? [] : [connectName]), ...uiNames]
      const [listed, restarts] = await Promise.all([listContainers(project), listRestarts(names)])
      const containers = new Map(listed.map((container) => [container.name, container]))
      return names.map((name) => toPart(name, containers.get(name), restarts.get(name), stateDir))
    }
  }
}

function toPart(
  name: string,
  container: ListedContainer | undefined,
  restarts: number | undefined,
  stateDir: string
): StackPart {
  // The engine counts, and does not say how a container that runs again had ended.
  const deaths = restarts === undefined ? null : { ...noDeaths, count: restarts }
  if (!container) {
    return uiNames.includes(name)
      ? { name, url: '', state: 'left out', detail: 'COMPOSE_PROFILES does not name ui', deaths: null }
      : { name, url: '', state: 'stopped', deaths }
  }
  const url = container.port === undefined ? '' : `http://localhost:${container.port}`
  if (container.health === 'stopped') return { name, url, state: 'stopped', deaths }
  const detail = detailOf(name, url, container, stateDir)
  const state = container.health === 'restarting' ? 'restarting' : 'running'
  return { name, url, state, deaths, ...(detail ? { detail } : {}) }
}

function detailOf(name: string, url: string, { health }: ListedContainer, stateDir: string): string | undefined {
  if (health !== 'healthy') return health
  if (name === 'prometheus' || name === 'alertmanager') return loginHint(stateDir)
  if (name === 'grafana') return 'admin/admin'
  if (name === connectName) return `login: curl -K ${connectFiles(stateDir).curl}`
  return name.endsWith('-service') ? `API: ${url}/docs` : undefined
}
