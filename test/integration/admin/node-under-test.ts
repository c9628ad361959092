import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import { agentSocket, loadDefinition } from '#shared/cluster/definition.ts'
import type { TopicList } from '#shared/contracts/topics.ts'
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

/**
 * A broker that answers is not one yet to the controller, and its replicas are behind: resolves when three replicas can be placed
 * and all are in sync, or after 60 s.
 */
async function untilCounted(): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!((await isCounted()) && (await isInSync())) && performance.now() < deadline) await sleep(200)
}

async function isCounted(): Promise<boolean> {
  const plan = '/api/topics?topicName=test-admin-counted&partitions=1&replicationFactor=3&dryRun=true'
  return (await ask('POST', plan)).status === 200
}

async function isInSync(): Promise<boolean> {
  const { body } = await ask('GET', '/api/topics?internal=true&limit=1000')
  const topics = (body as Partial<TopicList>).topics ?? []
  return topics.length > 0 && topics.every(({ underReplicated }) => underReplicated === 0)
}
