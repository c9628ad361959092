import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import type { Agent } from '#shared/cluster/agent-port.ts'
import { tryRun } from '#shared/cluster/command.ts'
import { agentSocket, type ClusterDefinition } from '#shared/cluster/definition.ts'
import { ensureAgent, stopAgent } from '#shared/cluster/launch.ts'
import { eventually } from '../support/eventually.ts'
import { defineTestCluster, testMode } from '../support/test-cluster.ts'

export interface OwnCluster {
  stateDir: string
  definition: ClusterDefinition
  agent: Agent
}

/**
 * A cluster of this test's own: a new state folder, free ports, an agent. It is taken down whatever happens.
 * @param adjust makes another cluster out of three brokers and, in the mode with them, three ZooKeepers
 * @param mode that of the cluster under test unless told otherwise
 */
export async function createOwnCluster(
  t: Test,
  adjust: (definition: ClusterDefinition) => ClusterDefinition = (definition) => definition,
  mode = testMode
): Promise<OwnCluster> {
  const stateDir = await mkdtemp(join(tmpdir(), 'kops-test-'))
  const heap = { broker: '256m', zookeeper: '64m' }
  const definition = adjust(await defineTestCluster(stateDir, 'kops-cluster-test', heap, mode))
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
  await eventually(what, holds, Boolean, timeoutMs)
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
