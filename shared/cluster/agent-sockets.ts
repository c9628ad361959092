import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterDefinition } from './definition.ts'

type AgentPlace = Pick<ClusterDefinition, 'id'> & Partial<Pick<ClusterDefinition, 'runtime' | 'name'>>

/**
 * The folder of the agent's sockets. Outside the state folder: a unix socket's path is limited to 107 bytes, and services
 * that run as another user must be able to reach it. Under Compose it bears the project's name, as
 * docker-compose.cluster.yml has it: a machine has one project of a name, whichever checkout it came from.
 */
export function agentDir({ id, runtime, name }: AgentPlace): string {
  return join(tmpdir(), `kops-${runtime === 'compose' && name !== undefined ? name : id}`)
}

/** For whoever drives the cluster: every verb. */
export function agentSocket(definition: AgentPlace): string {
  return join(agentDir(definition), 'agent.sock')
}

/** For load-test-service: the verbs of drills. In the local runtime; under Compose it is not on this machine. */
export function drillsSocket(definition: AgentPlace): string {
  return join(agentDir(definition), 'drills.sock')
}
