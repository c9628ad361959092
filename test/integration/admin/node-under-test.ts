import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { createAgentClient } from '../../../shared/cluster/agent/client.ts'
import { agentSocket, loadDefinition } from '../../../shared/cluster/definition.ts'
import { ask } from './service.ts'

/** The agent of the cluster under test; the node runs, and counts as a broker, again after the test, whatever happened. */
export async function agentOf(t: Test, node: string) {
  const definition = await loadDefinition(process.env['KOPS_TEST_STATE_DIR'] ?? '')
  if (definition === undefined) throw new Error('KOPS_TEST_STATE_DIR has no cluster definition')
  const agent = createAgentClient(agentSocket(definition))
  t.teardown(async () => {
    await agent.node(node, 'resume').catch(() => {})
    await agent.node(node, 'start')
    await agent.close()
    await untilCounted()
  })
  return agent
}

/** A broker that answers is not one yet to the controller: resolves when three replicas can be placed, or after 30 s. */
async function untilCounted(): Promise<void> {
  const deadline = performance.now() + 30_000
  const plan = '/api/topics?topicName=test-admin-counted&partitions=1&replicationFactor=3&dryRun=true'
  while ((await ask('POST', plan)).status !== 200 && performance.now() < deadline) await sleep(200)
}
