// Runs alone: it kills a broker.
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { processorGroup } from '#apps/load-balancer/run-processor.ts'
import { routerGroup } from '#apps/load-balancer/run-router.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type BalancedResponse, balancerTopics } from '#shared/contracts/load-balancer.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { parseDeadLetter } from '#shared/streams/dead-letters/headers.ts'
import { independentAdmin } from '../../integration/admin/service.ts'
import {
  answersOf,
  createTopics,
  everyRecord,
  messagesOf,
  runKops,
  startMember
} from '../../integration/apps/balancer-commands.ts'
import { kops, kopsJson } from '../../integration/cli/kops.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { agentUnderTest, connection } from '../../integration/support/under-test.ts'

t.setTimeout(240_000)
await createTopics()
const admin = await independentAdmin(t)
// What others write to these topics would be unread, and the cluster DEGRADED. Members that were killed are members for a while.
t.teardown(() =>
  eventually(
    'the groups are deleted',
    () =>
      admin.deleteGroups([processorGroup, routerGroup]).then(
        () => true,
        () => false
      ),
    Boolean,
    60_000
  )
)

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

t.test('kill -9 of the router repeats a hundred reports of a partition at most, and loses none', async (t) => {
  const serviceId = `killed-${Date.now().toString(36)}`
  const instances = 2000
  const writer = createRecordWriter(connection)
  t.teardown(() => writer.close())
  // One key, and so one partition; every fiftieth is none.
  const records = Array.from({ length: instances }, (_, nth) => {
    const origin = { timestamp: new Date().toISOString(), serviceId, instanceId: `${serviceId}-${nth}` }
    const metrics = { rps: 1, p95Latency: 10, errorRate: 0, activeConnections: 1, cpuUsage: 0.1, memoryUsage: 0.1 }
    const message = nth % 50 === 0 ? { broken: nth } : { ...origin, metrics }
    return { key: Buffer.from(serviceId), value: Buffer.from(JSON.stringify(message)), headers: [] }
  })
  const written = await writer.write(balancerTopics.serviceMetrics, records, { deadlineMs: 20_000 })
  t.ok(written.every(({ status }) => status === 'acknowledged'))
  const letters = async () =>
    (await everyRecord(`${balancerTopics.serviceMetrics}.dlq`)).filter(({ key }) => String(key) === serviceId)
  let kills = 0
  for (const wanted of [5, 15, 25]) {
    const router = await startMember(t, 'route')
    await eventually(
      'it has put some aside',
      async () => (await letters()).length,
      (count) => count >= wanted,
      60_000
    )
    t.equal(await router.end('SIGKILL'), null)
    kills += 1
  }
  const last = await startMember(t, 'route', '--interval', '1s')
  await eventually(
    'all is committed',
    () => kopsJson(endpoints.describeGroup, ['groups', 'describe', routerGroup]),
    // Of a partition without a record nothing is committed.
    ({ partitions }) => partitions.every(({ logEndOffset, lag }) => logEndOffset === 0 || lag === 0),
    60_000
  )
  t.equal(await last.end('SIGTERM'), 143)
  const offsets = (await letters()).map(({ headers }) => parseDeadLetter(headers)?.offset)
  t.equal(new Set(offsets).size, instances / 50, 'every broken report is a dead letter')
  t.comment(`${offsets.length - instances / 50} dead letters are there twice`)
  t.ok(offsets.length - instances / 50 <= kills * 2, 'those of a hundred reports for each kill, at most')
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
