// Runs alone: it kills a broker.
import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { BalancedResponse } from '#shared/contracts/load-balancer.ts'
import {
  answersOf,
  createTopics,
  everyRecord,
  messagesOf,
  runKops,
  startMember
} from '../../integration/apps/balancer-commands.ts'
import { kops } from '../../integration/cli/kops.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { agentUnderTest } from '../../integration/support/under-test.ts'

t.setTimeout(240_000)
await createTopics()

const requests = 3000

/** Starts the generator, a hundred requests a second. Resolves to the ids of its requests, each answered, once it is asked. */
function generating(t: Test) {
  const args = ['lb', 'generate', '--num-requests', String(requests), '--rate', '100', '--json']
  const generator = runKops(t, args)
  const ended = once(generator.child, 'close')
  return async () => {
    const [code] = await ended
    t.equal(code, 0, generator.stderr())
    const generated = JSON.parse(generator.stdout())
    t.match(generated, { requests, acknowledged: requests })
    const counts = await eventually(
      'every request is answered',
      () => answersOf(generated),
      (all) => all.every(Boolean),
      60_000
    )
    t.equal(counts.length, requests)
    t.comment(`${counts.filter((count) => count > 1).length} of ${requests} requests were answered more than once`)
  }
}

t.test('kill -9 of the processor, again and again, loses no request', async (t) => {
  const answered = async () => (await everyRecord('load-balancer-responses')).length
  const allAreAnswered = generating(t)
  for (let kill = 0; kill < 3; kill += 1) {
    const before = await answered()
    const processor = await startMember(t, 'process')
    // In the middle of its work: some requests are answered, and not all that were read.
    await eventually('it has answered some', answered, (count) => count > before + 20, 40_000)
    t.equal(await processor.end('SIGKILL'), null)
  }
  const last = await startMember(t, 'process')
  await allAreAnswered()
  t.equal(await last.end('SIGINT'), 130)
})

t.test('requests that have waited are answered as if they had not', async (t) => {
  const args = ['lb', 'generate', '--num-requests', '600', '--rate', '40', '--json']
  const { firstId, lastId } = JSON.parse((await kops(args)).stdout)
  const processor = await startMember(t, 'process')
  await eventually(
    'every request is answered',
    () => answersOf({ firstId, lastId }),
    (all) => all.every(Boolean),
    60_000
  )
  const answers = await messagesOf<BalancedResponse>('load-balancer-responses')
  const failed = answers.filter(
    (each) => each.request_id >= firstId && each.request_id <= lastId && each.status === 'failed'
  )
  t.ok(failed.length < 30, `${failed.length} of 600 requests failed, as in a rush`)
  t.equal(await processor.end('SIGINT'), 130)
})

t.test('a broker that is killed under generator, processor and monitor costs no request', async (t) => {
  const agent = await agentUnderTest()
  t.teardown(async () => {
    await agent.node('kafka-2', 'start').catch(() => undefined) // it runs already when the test passed
    await agent.close()
  })
  const monitor = runKops(t, ['lb', 'monitor', '--json'])
  const processor = await startMember(t, 'process')
  const allAreAnswered = generating(t)
  const total = () =>
    Number(
      monitor
        .stdout()
        .match(/"total_requests":\d+(?=,"successful)/g)
        ?.at(-1)
        ?.slice(17) ?? 0
    )
  await eventually('some are answered', total, (count) => count > 300, 40_000)
  await agent.node('kafka-2', 'kill')
  await eventually('others are answered without it', total, (count) => count > 1500, 60_000)
  await agent.node('kafka-2', 'start')
  await allAreAnswered()
  await eventually('the monitor has seen all of them', total, (count) => count >= requests, 20_000)
  t.equal(await processor.end('SIGTERM'), 143)
  t.equal(await monitor.end('SIGTERM'), 143)
})
