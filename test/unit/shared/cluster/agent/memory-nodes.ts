import { faults } from '#shared/cluster/agent/faults.ts'
import type { NodeRuntime } from '#shared/cluster/runtime.ts'
import type { FaultKind, Impairment, NodeStatus } from '#shared/contracts/cluster.ts'

/**
 * Two nodes in memory. `failing` commands reject; `deaf` ones do nothing. `beforeEach` runs before each command.
 */
export function createNodes(beforeEach: (command: string, node: string) => Promise<void> = async () => {}) {
  const states = new Map<string, NodeStatus['state']>([
    ['kafka-1', 'running'],
    ['kafka-2', 'running']
  ])
  const isolated = new Set<string>()
  const impairments = new Map<string, Impairment>()
  const failing = new Set<string>()
  const deaf = new Set<string>()
  const calls: string[] = []

  const verb = (name: string, change: (node: string) => void) => async (node: string) => {
    calls.push(`${name} ${node}`)
    await beforeEach(name, node)
    if (failing.has(name)) throw new Error(`${name} does not work`)
    if (!deaf.has(name)) change(node)
  }
  const set = (state: NodeStatus['state']) => (node: string) => void states.set(node, state)
  const runtime: NodeRuntime = {
    kind: 'local',
    isolation: { available: true, mechanism: 'network-namespace', detail: '' },
    faultKinds: (Object.keys(faults) as FaultKind[]).map((kind) => ({
      kind,
      available: kind !== 'disk-slow',
      detail: ''
    })),
    up: async () => {},
    down: async () => {},
    wipe: async () => {},
    close: async () => {},
    logs: async () => [],
    status: async () =>
      [...states].map(([name, state]) => ({
        name,
        role: 'broker',
        state,
        isolated: isolated.has(name),
        impairments: [...impairments].flatMap(([node, one]) => (node === name ? [one] : [])),
        ready: state === 'running' && !isolated.has(name),
        address: '127.0.0.1:1',
        pid: null,
        startedAt: null
      })),
    remove: verb('remove', (node) => states.delete(node)),
    start: verb('start', set('running')),
    stop: verb('stop', set('stopped')),
    kill: verb('kill', set('stopped')),
    pause: verb('pause', set('paused')),
    resume: verb('resume', set('running')),
    isolate: verb('isolate', (node) => isolated.add(node)),
    heal: verb('heal', (node) => isolated.delete(node)),
    impair: (node, { kind }) =>
      verb(`impair:${kind}`, () => impairments.set(node, { kind, whole: true, detail: '2 of 2 rules' }))(node),
    unimpair: verb('unimpair', (node) => impairments.delete(node)),
    reach: async () => []
  }
  return { runtime, states, isolated, impairments, failing, deaf, calls }
}
