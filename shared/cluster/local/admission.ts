import { dirname } from 'node:path'
import { type ClusterDefinition, modeOf, securityOf } from '../definition.ts'
import { fewestBrokers } from '../scale/broker-count.ts'
import { admitBroker } from '../security/admit-broker.ts'
import { grantAccess } from '../security/grant-access.ts'
import { createBrokerAccess } from './broker-access.ts'
import { internalAddress, type NodePlan } from './node-plan.ts'
import { findDistribution } from './preflight.ts'

/** Who may use a secured cluster; nothing to do for one in plain text. */
export interface Admission {
  /** Gives kops its access, once the nodes are up. */
  grantKops(nodes: readonly NodePlan[]): Promise<void>
  /**
   * Lets a broker that was added take part, or takes that back, by those of the nodes that run. If none does, all start together and
   * know it from their configuration, as they know those that were set up.
   */
  admit(change: 'grant' | 'revoke', broker: NodePlan, nodes: readonly NodePlan[]): Promise<void>
}

export function createAdmission({
  stateDir,
  definition,
  kafkaDir,
  isAlive
}: {
  stateDir: string
  definition: ClusterDefinition
  kafkaDir: string
  isAlive: (name: string) => Promise<boolean>
}): Admission {
  const isOpen = securityOf(definition) === 'plaintext'

  async function accessBy(nodes: readonly NodePlan[]) {
    const { java } = await findDistribution(kafkaDir, modeOf(definition))
    const brokers = nodes.filter(({ role }) => role === 'broker').map(internalAddress)
    return createBrokerAccess({ stateDir, definition, brokers, projectRoot: dirname(kafkaDir), java })
  }

  return {
    async grantKops(nodes) {
      if (!isOpen) await grantAccess(stateDir, definition, await accessBy(nodes))
    },

    async admit(change, { name: broker, id }, nodes) {
      if (isOpen || id <= fewestBrokers) return
      const alive = await Promise.all(nodes.map(({ name }) => isAlive(name)))
      const others = nodes.filter(({ name, role }, at) => role === 'broker' && name !== broker && alive[at])
      if (others.length > 0) await admitBroker(change, broker, { definition, place: await accessBy(others) })
    }
  }
}
