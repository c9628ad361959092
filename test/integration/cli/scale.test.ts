import t from 'tap'
import type { BrokerScalePlan } from '#cli/scale/broker-plan.ts'
import type { ConsumerPlan } from '#cli/scale/consumer-plan.ts'
import type { ThreadPlan } from '#cli/scale/threads.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { independentAdmin, ownTopic } from '../admin/service.ts'
import { kops, kopsJson } from './kops.ts'

t.setTimeout(180_000)
const admin = await independentAdmin(t)

async function planned<Plan>(...args: string[]): Promise<Plan> {
  const { code, stdout, stderr } = await kops([...args, '--json'])
  t.equal(code, 0, stderr)
  return JSON.parse(stdout) as Plan
}

t.test('partitions are planned with what follows, and added', async (t) => {
  const topic = ownTopic(t, 'scale')
  await kopsJson(endpoints.createTopic, ['topics', 'create', topic, '--partitions', '2'])
  const asked = ['scale', 'partitions', topic, '4', '--consumers', '5', '--target-mb', '20']
  t.match(await planned(...asked, '--dry-run'), {
    ...{ before: 2, after: 4, applied: false, consumersAtMost: 4, canBeUndone: false },
    advice: { partitions: 6, evenlyShared: 10 }
  })
  t.match(await kops(asked), { code: 0, stdout: /has 4 partitions instead of 2[\s\S]*4 consumers/ })
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  t.equal(topics[0]?.partitions.length, 4)
  t.match(await kops(['scale', 'partitions', topic, '3']), { code: 1, stderr: /partitions_invalid/ })
})

t.test('a fourth broker, another heap and more threads are planned, and nothing is changed', async (t) => {
  const plan = await planned<BrokerScalePlan>('scale', 'brokers', '4', '--dry-run')
  t.match(plan, { action: 'add-broker', broker: 'kafka-4', dryRun: true, applied: false })
  t.same(
    plan.steps.map(({ step, state }) => `${step} ${state}`),
    ['start planned', 'watch planned', 'fill planned', 'leaders planned']
  )
  const fourth = plan.movement?.brokers.find(({ id }) => id === 4)
  t.ok(plan.movement && fourth && fourth.before.replicas === 0 && fourth.after.replicas === plan.movement.copies)

  t.match(await planned('scale', 'heap', '400m', '--dry-run'), {
    action: 'scale-heap',
    applied: false,
    heap: { after: '400m' }
  })
  t.match(await kops(['scale', 'heap', '900g', '--dry-run']), { code: 0, stdout: /refused unless --force/ })
  t.match(await kops(['scale', 'heap', '900g']), { code: 1, stderr: /validation_failed/ })

  const threads = await planned<ThreadPlan>('scale', 'threads', '--network', '16', '--io', '32', '--dry-run')
  t.match(threads, { applied: false, pools: [{ steps: [6, 12, 16] }, { steps: [8, 16, 32] }] })
  t.equal((await kopsJson(endpoints.listBrokers, ['brokers', 'list'])).brokers.length, 3)
})

t.test('a command line that asks for what cannot be is refused', async (t) => {
  for (const [args, code, why] of [
    [['brokers', '2'], 1, /from 3/],
    [['brokers', '10'], 1, /to 9/],
    [['brokers', '6'], 1, /one at a time/],
    [['brokers', 'four'], 2, /whole number/],
    [['heap', '2GB'], 2, /Not a heap/],
    [['threads'], 2, /--network or --io/],
    [['consumers', 'no-such-group', '--measure', '1s'], 1, /group_not_found/]
  ] as const) {
    t.match(await kops(['scale', ...args]), { code, stderr: why }, args.join(' '))
  }
})

t.test('a group is measured, and nothing is started', async (t) => {
  const topic = ownTopic(t, 'scale-group')
  await kopsJson(endpoints.createTopic, ['topics', 'create', topic, '--partitions', '3'])
  const group = `${topic}-group`
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '0' }] })
  t.teardown(() => admin.deleteGroups([group]))
  const plan = await planned<ConsumerPlan>(
    'scale',
    'consumers',
    group,
    '--measure',
    '1s',
    '--per-member',
    '100',
    '--members',
    '2'
  )
  t.match(plan, { action: 'scale-consumers', group, members: 0, lag: 0, perMember: { perSec: 100, source: 'given' } })
})
