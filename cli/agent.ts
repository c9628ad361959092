import { createAgentClient } from '#shared/cluster/agent/client.ts'
import type { Agent } from '#shared/cluster/agent-port.ts'
import { agentSocket, type ClusterDefinition } from '#shared/cluster/definition.ts'

/** Uses the agent of a cluster for one command. @throws KopsError agent_unreachable when it does not answer */
export async function withAgent<T>(definition: ClusterDefinition, use: (agent: Agent) => Promise<T>): Promise<T> {
  const agent = createAgentClient(agentSocket(definition))
  try {
    return await use(agent)
  } finally {
    await agent.close()
  }
}
