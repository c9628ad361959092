import type { Test } from 'tap'
import type { TopicList } from '#shared/contracts/topics.ts'
import { poll } from '#shared/poll.ts'
import { agentUnderTest } from '../support/under-test.ts'
import { ask } from './service.ts'

/** The agent of the cluster under test; the node runs, and counts as a broker, again after the test, whatever happened. */
export async function agentOf(t: Test, node: string) {
  const agent = await agentUnderTest()
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
  const counts = async () => (await isCounted()) && (await isInSync())
  await poll(counts, Boolean, { timeoutMs: 60_000, pauseMs: 200 })
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
