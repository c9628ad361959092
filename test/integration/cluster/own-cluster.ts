import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { createAgentClient } from '../../../shared/cluster/agent/client.ts'
import type { Agent } from '../../../shared/cluster/agent-port.ts'
import { tryRun } from '../../../shared/cluster/command.ts'
import { agentSocket, type ClusterDefinition, clusterId } from '../../../shared/cluster/definition.ts'
import { ensureAgent, stopAgent } from '../../../shared/cluster/launch.ts'

export interface OwnCluster {
  stateDir: string
  definition: ClusterDefinition
  agent: Agent
}

/** A cluster of this test's own: a new state folder, free ports, an agent. It is taken down whatever happens. */
export async function createOwnCluster(t: Test): Promise<OwnCluster> {
  const stateDir = await mkdtemp(join(tmpdir(), 'kops-test-'))
  const [k1 = 0, k2 = 0, k3 = 0, j1 = 0, j2 = 0, j3 = 0, z1 = 0, z2 = 0, z3 = 0, ...rest] = await freePorts(14)
  const [admin = 0, health = 0, loadTest = 0, prometheus = 0, alertmanager = 0] = rest
  const definition: ClusterDefinition = {
    id: clusterId(stateDir),
    name: 'kops-cluster-test',
    runtime: 'local',
    ports: {
      kafka: [k1, k2, k3],
      jmx: [j1, j2, j3],
      zookeeper: [z1, z2, z3],
      admin,
      health,
      loadTest,
      prometheus,
      alertmanager
    },
    heap: { broker: '256m', zookeeper: '64m' }
  }
  await ensureAgent(stateDir, definition)
  const agent = createAgentClient(agentSocket(definition))
  t.teardown(async () => {
    await agent.close()
    await ensureAgent(stateDir, definition)
    const last = createAgentClient(agentSocket(definition))
    await last.wipe()
    await last.close()
    await stopAgent(stateDir, definition)
    await rm(stateDir, { recursive: true, force: true })
  })
  return { stateDir, definition, agent }
}

/** Resolves when a condition holds; rejects with what was awaited when it does not in time. */
export async function until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() >= deadline) throw new Error(`${what}: not within ${timeoutMs} ms`)
    await delay(50)
  }
}

/** What of a cluster can be found in the kernel and in the folder of temporary files. */
export async function traces(id: string): Promise<string[]> {
  const [namespaces, links, tables, processes, folders] = await Promise.all([
    tryRun('ip', ['netns', 'list']),
    tryRun('ip', ['-o', 'link']),
    tryRun('nft', ['list', 'tables']),
    tryRun('ps', ['-eo', 'pid,stat,args', '-ww']),
    tryRun('ls', [tmpdir()])
  ])
  return [namespaces, links, tables, folders]
    .flatMap((text) => (text ?? '').split('\n'))
    .concat((processes ?? '').split('\n').filter((line) => !/^\s*\d+ Z/.test(line)))
    .filter((line) => line.includes(`kops-${id}`) || line.includes(`kops_${id}`))
}

/** Ports that nobody listens on and nobody forwards, below those that the kernel gives to outgoing connections. */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let port = 26_000 + (process.pid % 1000); ports.length < count && port < 32_000; port++) {
    if ((await canListen(port)) && !(await answers(port))) ports.push(port)
  }
  return ports
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** A forwarded port answers though nobody listens here; or leads nowhere, and then nothing is heard. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 500 })
    const settle = (taken: boolean) => {
      socket.destroy()
      resolve(taken)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(true))
    socket.once('error', () => settle(false))
  })
}
