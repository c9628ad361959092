import { type ClusterDefinition, securityOf } from '../definition.ts'
import { brokerPrincipal } from './credentials.ts'
import type { AccessPlace } from './grant-access.ts'
import { aclArguments } from './rights.ts'

/**
 * Lets a broker that is added to a running secured cluster take part (grant), or takes that back (revoke). The other brokers learn
 * at their next start that it is a super user; until then it has an ACL for what brokers ask of one another, all of which needs
 * ClusterAction on the cluster. Idempotent; does nothing for a cluster in plain text.
 */
export async function admitBroker(
  change: 'grant' | 'revoke',
  broker: string,
  { definition, place }: { definition: Pick<ClusterDefinition, 'security'>; place: Pick<AccessPlace, 'runTool'> }
): Promise<void> {
  if (securityOf(definition) === 'plaintext') return
  const right = { resource: 'cluster' as const, pattern: 'kafka-cluster', operation: 'ClusterAction' }
  for (const args of aclArguments(change, { principal: brokerPrincipal(broker), rights: [right] })) {
    await place.runTool({ tool: 'acls', args })
  }
}
