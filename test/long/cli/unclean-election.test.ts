// Runs alone: it leaves a partition without a leader.
import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { ask, independentAdmin } from '../../integration/admin/service.ts'
import { kops, kopsJson } from '../../integration/cli/kops.ts'
import { until } from '../../integration/cluster/own-cluster.ts'
import { agentOf, produce, untilHealthy } from '../../integration/health/cluster-under-test.ts'

const topic = 'test-unclean-election'
const group = 'test-unclean-readers'
const elect = ['brokers', 'elect-leaders', '--unclean', '--partition', `${topic}:0`]

t.setTimeout(300_000)

t.test('a partition without a live in-sync replica gets another leader once its loss is accepted', async (t) => {
  const agent = await agentOf(t)
  const admin = await independentAdmin(t)
  t.teardown(async () => {
    for (const node of ['kafka-1', 'kafka-2']) await agent.node(node, 'start').catch(() => undefined)
    await untilHealthy()
    await admin.deleteGroups([group]).catch(() => undefined) // not there when the test ended early
    await admin.deleteTopics({ topics: [topic] })
  })
  await kopsJson(endpoints.createTopic, [
    'topics',
    'create',
    topic,
    '--assignment',
    '1:2',
    '-c',
    'min.insync.replicas=1'
  ])
  await produce(topic, 100)
  const commit = (offset: string) => admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset }] })
  await commit('90') // while all brokers are there: the first commit of a cluster makes __consumer_offsets
  t.match(await kops([...elect, '--dry-run']), {
    code: 0,
    stdout: /^1 partition is led by a replica: nothing to do$/m
  })

  await agent.node('kafka-2', 'stop')
  await until('kafka-1 alone is in sync', 60_000, async () => (await partition()).isr.join() === '1')
  await produce(topic, 50)
  await commit('140')
  await agent.node('kafka-1', 'kill')
  await agent.node('kafka-2', 'start')
  await until('the partition has no leader', 60_000, async () => (await partition()).leader === null)

  const dry = await kops([...elect, '--dry-run'])
  t.match(dry, { code: 0, stdout: new RegExp(`^${topic} +0 +none +kafka-2 +planned`, 'm') })
  t.match(
    dry.stdout,
    /would lose at least 40 records: kafka-2 would lead and has records up to 100; group test-unclean-readers has read up to 140; records beyond that which only kafka-1 had are lost too/
  )
  t.match(await kops([...elect, '--reason', 'a test']), {
    code: 2,
    stderr: /--dry-run shows the plan, --yes confirms/
  })
  t.match(await kops([...elect, '--yes']), { code: 2, stderr: /--unclean needs --reason/ })
  const partitions = [{ topic, partition: 0 }]
  const unaccepted = { kind: 'unclean', partitions, acceptLoss: [`${topic}-1`], reason: 'a test' }
  t.match(await ask('POST', '/api/elections', unaccepted), {
    status: 409,
    body: { code: 'data_loss_not_accepted', detail: /40 records would be lost/ }
  })
  const unreasoned = { kind: 'unclean', partitions, acceptLoss: [`${topic}-0`] }
  t.match(await ask('POST', '/api/elections', unreasoned), { status: 400, body: { errors: [{ field: 'reason' }] } })
  t.equal((await partition()).leader, null, 'what was refused changed nothing')

  t.match(await kops([...elect, '--reason', 'the disk is lost', '--yes']), {
    code: 0,
    stdout: /has lost at least 40 records/
  })
  await until('kafka-2 leads', 30_000, async () => (await partition()).leader === 2)
  await until('its log is the log', 30_000, async () => {
    const [end] = await admin.fetchTopicOffsets(topic).catch(() => [])
    return end?.high === '100'
  })
  const { events } = await kopsJson(endpoints.searchAudit, [
    'audit',
    'search',
    '--action',
    'leader.elect',
    '--from',
    '10m'
  ])
  t.match(
    events.find(({ outcome }) => outcome === 'applied'),
    { reason: 'the disk is lost', target: 'unclean leaders', after: { [`${topic}-0`]: 2 } }
  )
})

async function partition() {
  const found = await kopsJson(endpoints.describeTopic, ['topics', 'describe', topic])
  const [first] = found.partitions
  if (!first) throw new Error(`${topic} has no partition`)
  return first
}
