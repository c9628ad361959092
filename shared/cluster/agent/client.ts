import { Agent as Dispatcher, request } from 'undici'
import type { ClusterStatus, Fault, NodeLogs, NodeStatus, Reachability } from '../../contracts/cluster.ts'
import type { Problem } from '../../contracts/common.ts'
import type { FoundRecords } from '../../contracts/replica-records.ts'
import { type ErrorCode, errorCatalog, KopsError } from '../../errors/catalog.ts'
import type { Agent } from '../agent-port.ts'
import { agentSocket } from '../agent-sockets.ts'
import type { ClusterDefinition } from '../definition.ts'
import { assertMayOpen, assertTrusted } from './socket.ts'

const quickMs = 5_000
/** Covers starting and stopping nodes: the runtime's own deadlines are shorter. */
const patientMs = 180_000

interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  body?: object
  timeoutMs?: number
}

/**
 * Connects to the agent of a cluster for one use, with every verb.
 * @throws KopsError agent_unreachable if it does not answer, or this user may not open its socket
 */
export async function withAgent<T>(definition: ClusterDefinition, use: (agent: Agent) => Promise<T>): Promise<T> {
  const agent = createAgentClient(agentSocket(definition))
  try {
    return await use(agent)
  } finally {
    await agent.close()
  }
}

/**
 * The agent behind a unix socket, as its port. Creating it sends no request: each call may reject with
 * agent_unreachable.
 */
export function createAgentClient(socketPath: string): Agent {
  const dispatcher = new Dispatcher({ connect: { socketPath, timeout: quickMs } })

  async function call<T>(path: string, { method = 'GET', body, timeoutMs = quickMs }: Call = {}): Promise<T> {
    const { status, text } = await exchange(path, { method, body, timeoutMs })
    if (status >= 200 && status < 300) return (text === '' ? undefined : JSON.parse(text)) as T
    throw toError(status, text)
  }

  async function exchange(
    path: string,
    { method, body, timeoutMs }: Omit<Call, 'body'> & { body: object | undefined }
  ) {
    await assertTrusted(socketPath)
    await assertMayOpen(socketPath)
    try {
      const response = await request(`http://agent${path}`, {
        dispatcher,
        method: method ?? 'GET',
        headersTimeout: timeoutMs ?? null,
        bodyTimeout: timeoutMs ?? null,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
      })
      return { status: response.statusCode, text: await response.body.text() }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new KopsError('agent_unreachable', `The cluster agent at ${socketPath} does not answer (${why})`, {
        cause: error
      })
    }
  }

  const post = <T>(path: string) => call<T>(path, { method: 'POST', timeoutMs: patientMs })
  const faultPath = (id: string) => `/v1/faults/${encodeURIComponent(id)}`

  return {
    status: () => call<ClusterStatus>('/v1/cluster'),
    up: () => post<ClusterStatus>('/v1/cluster/up'),
    down: () => post<void>('/v1/cluster/down'),
    wipe: () => post<void>('/v1/cluster/wipe'),
    node: (node, verb, reason) => {
      const query = reason === undefined ? '' : `?reason=${encodeURIComponent(reason)}`
      return post<NodeStatus>(`/v1/nodes/${encodeURIComponent(node)}/${verb}${query}`)
    },
    remove: (node) => call<void>(`/v1/nodes/${encodeURIComponent(node)}`, { method: 'DELETE', timeoutMs: patientMs }),
    logs: (node, lines) => call<NodeLogs>(`/v1/nodes/${encodeURIComponent(node)}/logs?lines=${lines}`),
    inject: (fault) => call<Fault>('/v1/faults', { method: 'POST', body: fault, timeoutMs: patientMs }),
    renew: (id, leaseMs) => call<Fault>(`${faultPath(id)}/lease`, { method: 'PUT', body: { leaseMs } }),
    findRecords: (question) =>
      call<FoundRecords>('/v1/replicas/records', { method: 'POST', body: question, timeoutMs: patientMs }),
    heal: (id) => call<Fault>(faultPath(id), { method: 'DELETE', timeoutMs: patientMs }),
    fault: (id) => call<Fault>(faultPath(id)),
    reach: () => call<Reachability>('/v1/reach'),
    close: () => dispatcher.close()
  }
}

/** The agent's own error as thrown; an error unknown to kops becomes internal. */
function toError(status: number, text: string): KopsError {
  const problem = parseProblem(text)
  if (problem?.code === undefined || !(problem.code in errorCatalog)) {
    return new KopsError('internal', `The cluster agent answered ${status}: ${text.slice(0, 200)}`)
  }
  return new KopsError(problem.code as ErrorCode, problem.detail ?? '', {
    ...(problem.errors === undefined ? {} : { errors: problem.errors })
  })
}

function parseProblem(text: string): Partial<Problem> | undefined {
  try {
    return JSON.parse(text) as Partial<Problem>
  } catch {
    return undefined
  }
}
