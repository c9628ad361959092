import { connect } from 'node:net'
import { Agent, request } from 'undici'
import { type ClusterDefinition, nodeNames } from '#shared/cluster/definition.ts'
import { listenerOf } from '#shared/cluster/local/preflight.ts'
import { answersApiVersions } from '#shared/cluster/node-probes.ts'
import { createProbeContext } from '#shared/cluster/security/probe-context.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { networkReason } from '#shared/errors/network-reason.ts'
import type { Port, ServiceState, Sources } from '../sources.ts'
import type { Limit } from './answers.ts'

const host = '127.0.0.1'
const connectMs = 1000

/**
 * Every port of the cluster but those of the services, which say themselves who they are.
 * @param running names of the nodes that run: who listens for another one is looked up, which takes a while
 */
export function readPorts(definition: ClusterDefinition, running: readonly string[]): Promise<Port[]> {
  const { ports } = definition
  const { brokers, zookeepers } = nodeNames(definition)
  const nodes = Object.fromEntries([
    ...brokers.map((name, at) => [name, ports.kafka[at] ?? 0] as const),
    ...zookeepers.map((name, at) => [name, ports.zookeeper[at] ?? 0] as const)
  ])
  const around = { prometheus: ports.prometheus, alertmanager: ports.alertmanager }
  return Promise.all(
    Object.entries({ ...nodes, ...around }).map(async ([name, port]) => {
      const accepts = await acceptsConnections(port)
      const isStrange = accepts && name in nodes && !running.includes(name)
      return { name, port, accepts, listener: isStrange ? ((await listenerOf(port)) ?? null) : null }
    })
  )
}

function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectMs })
    const settle = (accepts: boolean) => {
      socket.destroy()
      resolve(accepts)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}

/** Asks each broker for its versions, as every client does first: over TLS where it speaks TLS. */
export async function readBrokers(stateDir: string, definition: ClusterDefinition): Promise<Sources['brokers']> {
  const tls = await createProbeContext(stateDir, definition)()
  return Promise.all(
    definition.ports.kafka.map(async (port, at) => ({
      address: `${host}:${port}`,
      answers: await answersApiVersions({ host, port, timeoutMs: 2 * connectMs, tls, serverName: `kafka-${at + 1}` })
    }))
  )
}

export interface ServiceAddress {
  name: string
  url: string
}

/**
 * Whether a service is there, which version it is of, and how it answers an ordinary request.
 * @param ask that request, with the caller's token
 */
export async function readService(
  { name, url }: ServiceAddress,
  ask: (limit: Limit) => Promise<unknown>,
  { ca, ...limit }: Limit & { ca: string | undefined }
): Promise<ServiceState> {
  // Both end before the reading does: a service that hangs is found to be silent.
  const [first, then] = [partOf(limit, 0.4), partOf(limit, 0.8)]
  const dispatcher = new Agent({ connect: { ...(ca === undefined ? {} : { ca }), timeout: connectMs } })
  const get = async (path: string, { signal }: Limit) => {
    const { statusCode, body } = await request(`${url}${path}`, { dispatcher, signal })
    return { statusCode, body: (await body.json().catch(() => null)) as unknown }
  }
  const state = { name, url, detail: '', version: null, request: 'ok' as const }
  try {
    const live = await get('/livez', first).catch((error: unknown) => silence(error))
    if (typeof live === 'string') return { ...state, state: 'silent', detail: live }
    if (live.statusCode !== 200 || Object(live.body).status !== 'ok') return { ...state, state: 'stranger' }
    const [document, outcome] = await Promise.all([
      get('/docs/json', then).catch(() => null),
      outcomeOf(() => ask(then))
    ])
    const version: unknown = Object(Object(document?.body).info).version
    return { ...state, state: 'answers', version: typeof version === 'string' ? version : null, request: outcome }
  } finally {
    await dispatcher.close()
  }
}

function partOf({ timeoutMs, signal }: Limit, share: number): Limit {
  const partMs = Math.ceil(timeoutMs * share)
  return { timeoutMs: partMs, signal: AbortSignal.any([signal, AbortSignal.timeout(partMs)]) }
}

async function outcomeOf(ask: () => Promise<unknown>): Promise<ServiceState['request']> {
  try {
    await ask()
    return 'ok'
  } catch (error) {
    return {
      code: isKopsError(error) ? error.code : 'internal',
      message: error instanceof Error ? error.message : String(error)
    }
  }
}

function silence(error: unknown): string {
  const code: unknown = Object(error).code
  const reason = networkReason(code) ?? (typeof code === 'string' ? code : 'no answer in time')
  return `does not answer: ${reason}`
}
