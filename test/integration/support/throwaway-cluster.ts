import { mkdtemp, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import type { Agent } from '#shared/cluster/agent-port.ts'
import { agentSocket } from '#shared/cluster/agent-sockets.ts'
import type { ClusterDefinition } from '#shared/cluster/definition.ts'
import { ensureAgent, stopAgent } from '#shared/cluster/launch.ts'
import { kafkaSettings } from '#shared/cluster/security/kafka-settings.ts'
import type { ClusterMode } from '#shared/contracts/cluster.ts'
import { defineTestCluster } from './test-cluster.ts'

export interface ThrowawayCluster {
  stateDir: string
  definition: ClusterDefinition
  agent: Agent
  /** The settings, KOPS_KAFKA_…, with which services reach its brokers; none in plain text. */
  kafkaSettings: Record<string, string>
  /** Stops the nodes and the agent, even a killed one, and removes their leftovers. */
  takeDown(): Promise<void>
}

export interface ThrowawayOptions {
  name: string
  heap: ClusterDefinition['heap']
  mode: ClusterMode
  /** Makes another cluster out of three brokers in plain text and, in the mode with them, three ZooKeepers. */
  adjust?: (definition: ClusterDefinition) => ClusterDefinition
}

/**
 * A cluster for one test or bench: a new state folder, free ports, an agent; its nodes are not started yet. An interrupted process
 * takes it down before it ends, and ends with 128 and the number of the signal.
 */
export async function createThrowawayCluster(options: ThrowawayOptions): Promise<ThrowawayCluster> {
  const { name, heap, mode, adjust = (definition) => definition } = options
  const stateDir = await mkdtemp(join(tmpdir(), 'kops-test-'))
  const definition = adjust(await defineTestCluster(stateDir, name, heap, mode))
  const signals = ['SIGINT', 'SIGTERM'] as const
  const onSignal = (signal: (typeof signals)[number]) => {
    void takeDown().finally(() => process.exit(128 + constants.signals[signal]))
  }
  for (const signal of signals) process.on(signal, onSignal)
  let down: Promise<void> | undefined
  await ensureAgent(stateDir, definition)
  const agent = createAgentClient(agentSocket(definition))

  async function removeAll(): Promise<void> {
    await agent.close()
    await ensureAgent(stateDir, definition)
    const last = createAgentClient(agentSocket(definition))
    await last.wipe()
    await last.close()
    await stopAgent(stateDir, definition)
    await rm(stateDir, { recursive: true, force: true })
    for (const signal of signals) process.off(signal, onSignal)
  }

  function takeDown(): Promise<void> {
    down ??= removeAll()
    return down
  }

  return { stateDir, definition, agent, kafkaSettings: kafkaSettings(definition, stateDir), takeDown }
}
