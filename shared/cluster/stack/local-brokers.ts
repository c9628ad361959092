import { join } from 'node:path'
import { withAgent } from '../agent/client.ts'
import type { ClusterDefinition } from '../definition.ts'
import { ensureAgent } from '../launch.ts'
import { writeLocalTargets } from '../observability/index.ts'
import { withoutBroker } from '../scale/broker-count.ts'
import { changeSettings } from './local-services.ts'
import type { OnProgress, StackBrokers } from './port.ts'
import { serviceProcesses } from './services.ts'

/** The setting of health-service that names each broker. The services learn the rest from the brokers. */
const exporters = 'KOPS_JMX_TARGETS'

/** The brokers of a stack of processes. @param stateDir absolute */
export function createLocalBrokers(definition: ClusterDefinition, stateDir: string): StackBrokers {
  async function step(onProgress: OnProgress, name: string, act: () => Promise<unknown>): Promise<void> {
    onProgress({ step: name, state: 'started' })
    try {
      const detail = await act()
      onProgress({ step: name, state: 'done', ...(typeof detail === 'string' && { detail }) })
    } catch (error) {
      onProgress({ step: name, state: 'failed' })
      throw error
    }
  }

  return {
    addBroker: (broker, onProgress) =>
      step(onProgress, broker, async () => {
        await ensureAgent(stateDir, definition)
        const { address } = await withAgent(definition, (agent) => agent.node(broker, 'start'))
        return address
      }),

    removeBroker: (broker, onProgress) =>
      step(onProgress, `data of ${broker}`, async () => {
        const left = withoutBroker(definition, broker)
        await ensureAgent(stateDir, definition)
        await withAgent(definition, (agent) => agent.remove(broker))
        await ensureAgent(stateDir, left)
      }),

    scrapeBrokers: (onProgress) =>
      step(onProgress, 'targets of Prometheus', () => writeLocalTargets(definition, join(stateDir, 'observability'))),

    watchBrokers: (onProgress) =>
      step(onProgress, 'health-service', async () => {
        for (const { name, env, url } of serviceProcesses(definition, stateDir)) {
          const value = env[exporters]
          if (value === undefined) continue
          const answer = { port: Number(new URL(url).port), readyPath: '/livez' }
          if (await changeSettings(stateDir, { name, ...answer }, { [exporters]: value })) return 'restarted'
        }
        return undefined
      }),

    keepDefinition: () => ensureAgent(stateDir, definition),

    restartBroker: (broker, onProgress) =>
      step(onProgress, broker, async () => {
        await withAgent(definition, (agent) => agent.node(broker, 'restart', 'kops scale'))
      })
  }
}
