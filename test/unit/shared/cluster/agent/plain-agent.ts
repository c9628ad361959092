import type { Agent } from '#shared/cluster/agent-port.ts'
import type { Fault, NodeStatus, Reachability } from '#shared/contracts/cluster.ts'
import { KopsError } from '#shared/errors/catalog.ts'

export const node: NodeStatus = {
  name: 'kafka-1',
  role: 'broker',
  state: 'running',
  isolated: false,
  ready: true,
  address: '127.0.0.1:9092',
  pid: 1,
  startedAt: '2026-01-31T12:00:00.000Z'
}
export const fault: Fault = {
  id: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
  kind: 'kill',
  node: 'kafka-1',
  state: 'active',
  injectedAt: '2026-01-31T12:00:00.000Z',
  expiresAt: '2026-01-31T12:00:10.000Z',
  healedAt: null,
  healedBy: null
}

export const reachability: Reachability = {
  asOf: '2026-01-31T12:00:00.000Z',
  from: [
    { node: 'kafka-1', to: [{ node: 'kafka-2', service: 'broker', reachable: false }] },
    { node: 'kafka-2', to: [], detail: 'no shell' }
  ]
}

/** An agent that does nothing but note what it is asked. */
export function plainAgent() {
  const asked: unknown[][] = []
  const note =
    <T>(name: string, answer: T) =>
    async (...args: unknown[]): Promise<T> => {
      asked.push([name, ...args])
      return answer
    }
  const status = {
    name: 'test',
    runtime: 'local' as const,
    isolation: { available: false, mechanism: 'none' as const, detail: 'needs root' },
    faultKinds: [
      {
        kind: 'slow' as const,
        available: true,
        detail: 'tbf',
        lacks: [{ parameter: 'delayMs', detail: 'needs netem' }]
      }
    ],
    bootstrapServers: ['127.0.0.1:9092'],
    zookeeperServers: ['127.0.0.1:2181'],
    nodes: [node],
    faults: [fault],
    asOf: '2026-01-31T12:00:00.000Z'
  }
  const agent: Agent = {
    status: note('status', status),
    up: note('up', status),
    down: note('down', undefined),
    wipe: note('wipe', undefined),
    node: note('node', node),
    remove: note('remove', undefined),
    logs: note('logs', { node: 'kafka-1', lines: ['a', 'b'] }),
    inject: note('inject', fault),
    reach: note('reach', reachability),
    findRecords: note('findRecords', { replicas: [{ node: 'kafka-1', holds: [3] }] }),
    renew: note('renew', fault),
    heal: async () => {
      throw new KopsError('fault_conflict', 'another fault is there')
    },
    fault: async () => {
      throw new TypeError('a mistake in the agent')
    },
    close: async () => {}
  }
  return { agent, asked, status }
}
