import { join } from 'node:path'
import { withAgent } from '../agent/client.ts'
import type { ClusterDefinition } from '../definition.ts'
import { ensureAgent } from '../launch.ts'
import { writeLocalTargets } from '../observability/index.ts'
import { withoutBroker } from '../scale/broker-count.ts'
import { changeSettings } from './local-services.ts'
import type { OnProgress, StackBrokers } from './port.ts'
import { serviceProcesses } from './services.ts'

/** Settings of the services that name brokers. */
const naming = ['KOPS_BOOTSTRAP_SERVERS', 'KOPS_JMX_TARGETS']

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

    watchBrokers: (onProgress) =>
      step(onProgress, 'health-service and Prometheus', async () => {
        await writeLocalTargets(definition, join(stateDir, 'observability'))
        const changed: string[] = []
        for (const { name, env, url } of serviceProcesses(definition, stateDir)) {
          const values = Object.fromEntries(Object.entries(env).filter(([variable]) => naming.includes(variable)))
          // The others learn brokers from brokers, and a restart would abort load tests and drills.
          const atOnce = 'KOPS_JMX_TARGETS' in env
          const answer = { port: Number(new URL(url).port), readyPath: '/livez' }
          if (await changeSettings(stateDir, { name, ...answer }, values, atOnce)) changed.push(name)
        }
        return changed.length === 0 ? undefined : `${changed.join(', ')} restarted`
      }),

    keepDefinition: () => ensureAgent(stateDir, definition),

    restartBroker: (broker, onProgress) =>
      step(onProgress, broker, async () => {
        await withAgent(definition, (agent) => agent.node(broker, 'restart', 'kops scale'))
      })
  }
}
