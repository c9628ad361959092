import type { Client } from '#shared/client/client.ts'
import { withAgent } from '#shared/cluster/agent/client.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { Access } from '../../access.ts'
import type { Reading, Readings } from '../check.ts'
import type { Sources } from '../sources.ts'
import {
  type Limit,
  readBrokerSettings,
  readHistory,
  readOpenServices,
  readTopicSettings,
  readTopics
} from './answers.ts'
import { readReceivers, readSecrets, readSettings, readStrangeVariables } from './configuration.ts'
import { readDisk, readDistribution, readFileLimits, readJava, readMachine, readNode } from './machine.ts'
import { readBrokers, readPorts, readService } from './network.ts'

/** What a diagnosis looks at. */
export interface Place {
  projectRoot: string
  stateDir: string
  /** Of the cluster in the state directory; undefined if there is none, it is not valid, or not the one that is looked at. */
  definition: ClusterDefinition | undefined
  /** Why there is none. */
  withoutDefinition: string
  access: Access
  /** With the caller's token. */
  client: Client
  /** Without any. */
  stranger: Client
  /** The authorities of the services' certificates, PEM. */
  ca: string | undefined
  /** Names of KOPS_ variables, and files with secrets that some of them name. */
  variables: readonly string[]
  secretFiles: readonly string[]
}

type Readers = { [Name in keyof Sources]: (place: Place, limit: Limit) => Sources[Name] | Promise<Sources[Name]> }

/** How each source is read. */
const readers: Readers = {
  machine: () => readMachine(),
  disk: ({ stateDir, definition, projectRoot }) => readDisk(definition ? stateDir : projectRoot),
  fileLimits: async (place) => readFileLimits((await readCluster(place).catch(() => undefined))?.nodes ?? []),
  ports: async (place) => {
    const nodes = (await readCluster(place).catch(() => undefined))?.nodes ?? []
    const running = nodes.filter(({ state }) => state === 'running' || state === 'paused')
    return readPorts(
      definitionOf(place),
      running.map(({ name }) => name)
    )
  },
  definition: definitionOf,
  cluster: readCluster,
  brokers: (place) => readBrokers(place.stateDir, definitionOf(place)),
  health: ({ client }, limit) => client.call(endpoints.health, limit),
  probe: ({ client }, limit) => client.call(endpoints.probe, limit),
  admin: ({ access, client, ca }, limit) =>
    readService({ name: 'admin-service', url: access.urls.admin }, (part) => client.call(endpoints.listBrokers, part), {
      ca,
      ...limit
    }),
  healthService: ({ access, client, ca }, limit) =>
    readService(
      { name: 'health-service', url: access.urls.health },
      (part) => client.call(endpoints.healthStatus, part),
      {
        ca,
        ...limit
      }
    ),
  loadTest: ({ access, client, ca }, limit) =>
    readService(
      { name: 'load-test-service', url: access.urls.loadTest },
      (part) => client.call(endpoints.runningDrill, part),
      { ca, ...limit }
    ),
  node: readNode,
  java: ({ definition }, { timeoutMs }) => (definition?.runtime === 'compose' ? null : readJava(timeoutMs)),
  distribution: (place) => readDistribution(place.projectRoot, definitionOf(place)),
  settings: ({ stateDir, access }) => readSettings(stateDir, access),
  secrets: ({ stateDir, definition, secretFiles }) => readSecrets(stateDir, definition, secretFiles),
  strangeVariables: ({ projectRoot, variables }) => readStrangeVariables(projectRoot, variables),
  brokerSettings: ({ client }, limit) => readBrokerSettings(client, limit),
  topics: ({ client }, limit) => readTopics(client, limit),
  topicSettings: ({ client }, limit) => readTopicSettings(client, limit),
  receivers: ({ stateDir }) => readReceivers(stateDir),
  alerts: ({ client }, limit) => client.call(endpoints.alerts, { query: { status: 'firing' }, ...limit }),
  history: ({ client }, limit) => readHistory(client, limit),
  scorecard: ({ client }, limit) => client.call(endpoints.scorecard, limit),
  openServices: ({ stranger }, limit) => readOpenServices(stranger, limit)
}

/**
 * Reads some sources, side by side. Never rejects: one that fails, or takes too long, is unknown.
 * @param timeoutMs for each
 */
export async function readSources(place: Place, names: Iterable<keyof Sources>, timeoutMs: number): Promise<Readings> {
  const signal = AbortSignal.timeout(timeoutMs)
  const limit = { timeoutMs, signal }
  const read = await Promise.all(
    Array.from(
      new Set(names),
      async (name) => [name, await readingOf(() => readers[name](place, limit), signal)] as const
    )
  )
  return Object.fromEntries(read) as Readings
}

/** @param signal aborts when the time is up */
export async function readingOf<T>(read: () => T | Promise<T>, signal: AbortSignal): Promise<Reading<T>> {
  const { promise: late, resolve } = Promise.withResolvers<Reading<T>>()
  const tooLate = () => resolve({ unknown: 'there was no answer in time' })
  signal.addEventListener('abort', tooLate, { once: true })
  try {
    return await Promise.race([late, valueFrom(read)])
  } catch (error) {
    if (signal.aborted) return await late
    return { unknown: reasonOf(error) }
  } finally {
    signal.removeEventListener('abort', tooLate)
  }
}

async function valueFrom<T>(read: () => T | Promise<T>): Promise<Reading<T>> {
  return { value: await read() }
}

function reasonOf(error: unknown): string {
  if (isKopsError(error)) return `${error.message} (${error.code})`
  return error instanceof Error ? error.message : String(error)
}

function definitionOf({ definition, withoutDefinition }: Place): ClusterDefinition {
  if (definition) return definition
  throw new Error(withoutDefinition)
}

async function readCluster(place: Place): Promise<Sources['cluster']> {
  return withAgent(definitionOf(place), (agent) => agent.status())
}
