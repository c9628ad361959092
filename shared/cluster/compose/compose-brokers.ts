import { rm } from 'node:fs/promises'
import { withAgent } from '../agent/client.ts'
import { type ClusterDefinition, nodeNames, saveDefinition, securityOf } from '../definition.ts'
import { writeComposeTargets } from '../observability/index.ts'
import { withoutBroker } from '../scale/broker-count.ts'
import { admitBroker } from '../security/admit-broker.ts'
import { giveToServices, securityFiles } from '../security/files.ts'
import type { OnProgress, StackBrokers } from '../stack/port.ts'
import { createBrokerAccess } from './broker-access.ts'
import { writeContainerFiles } from './container-files.ts'
import { waitUntilHealthy } from './health-wait.ts'

export interface ComposeBrokersOptions {
  definition: ClusterDefinition
  stateDir: string
  sudo: { uid: number; gid: number } | undefined
  targets: Parameters<typeof writeComposeTargets>[1]
  /** Creates, or recreates with what has changed, containers of a definition, and leaves what they depend on alone. */
  create: (definition: ClusterDefinition, services: readonly string[]) => Promise<void>
  step: (onProgress: OnProgress, name: string, detail: string | undefined, act: () => Promise<void>) => Promise<void>
}

/** The brokers of a stack of containers. */
export function createComposeBrokers(options: ComposeBrokersOptions): StackBrokers {
  const { definition, stateDir, sudo, targets, create, step } = options
  const isSecured = securityOf(definition) !== 'plaintext'
  const files = securityFiles(stateDir)
  const [firstBroker = ''] = nodeNames(definition).brokers
  const access = { definition, place: createBrokerAccess(firstBroker) }

  async function createHealthy(of: ClusterDefinition, services: readonly string[], onProgress: OnProgress) {
    await step(onProgress, 'containers', services.join(', '), () => create(of, services))
    await waitUntilHealthy(definition.name, onProgress, (name) => services.includes(name))
  }

  return {
    async addBroker(broker, onProgress) {
      await saveDefinition(stateDir, definition)
      if (isSecured) {
        await writeContainerFiles(stateDir, definition)
        if (sudo) await giveToServices(files, sudo)
        await step(onProgress, `access of ${broker}`, undefined, () => admitBroker('grant', broker, access))
      }
      await createHealthy(definition, ['agent', broker], onProgress)
    },

    async removeBroker(broker, onProgress) {
      await step(onProgress, `container and volume of ${broker}`, undefined, () =>
        withAgent(definition, (agent) => agent.remove(broker))
      )
      if (isSecured) {
        await admitBroker('revoke', broker, access)
        await rm(files.brokers.keystore(broker), { force: true })
        await rm(files.containers.mounted(broker), { recursive: true, force: true })
      }
      const left = withoutBroker(definition, broker)
      await createHealthy(left, ['agent'], onProgress)
      await saveDefinition(stateDir, left)
    },

    async scrapeBrokers(onProgress) {
      await writeComposeTargets(definition, targets)
      await createHealthy(definition, ['prometheus'], onProgress)
    },

    watchBrokers: (onProgress) => createHealthy(definition, ['health-service'], onProgress),

    keepDefinition: () => saveDefinition(stateDir, definition),

    restartBroker: (broker, onProgress) => createHealthy(definition, [broker], onProgress)
  }
}
