// Runs alone: it stops a broker.
import t, { type Test } from 'tap'
import { kops } from '../cli/kops.ts'
import { eventually } from '../support/eventually.ts'
import { testMode } from '../support/test-cluster.ts'
import { agentOf } from './node-under-test.ts'
import { createOn } from './replicas.ts'
import { ask, independentAdmin, ownTopic } from './service.ts'

const inKraft = testMode === 'kraft'

t.test(
  'with a broker stopped, readings continue, report what is missing, and topics are created and deleted correctly',
  async (t) => {
    const kafka = await independentAdmin(t)
    const name = ownTopic(t, 'down')
    t.equal((await ask('POST', `/api/topics?topicName=${name}&partitions=3&replicationFactor=3`)).status, 201)
    const spared = await createOn(t, 'spared', [[1, 3]])
    const drained = await createOn(t, 'drained', [
      [1, 2, 3],
      [3, 2, 1]
    ])
    const safe = { configs: { 'min.insync.replicas': '2' } }
    t.equal((await ask('PATCH', `/api/topics/${drained}/configs`, safe)).status, 200)
    const agent = await agentOf(t, 'kafka-2')
    await agent.node('kafka-2', 'stop')

    const list = await ask('GET', `/api/topics?name=${name}`)
    t.equal(list.status, 200)
    t.match(list.body, { topics: [{ name, partitions: 3, replicationFactor: 3, underReplicated: 3 }] })
    t.match(list.body['warnings'], [{ code: 'broker_unreachable' }])
    // A sum that misses one replica is not a size.
    const unknown = { sizeBytes: null, sizeReason: 'broker_unreachable' }
    t.match(list.body['topics'], [unknown])
    t.match(await ask('GET', `/api/topics/${spared}`), {
      status: 200,
      body: { sizeBytes: 0, partitions: [{ sizeBytes: 0 }] }
    })
    const bySize = await ask('GET', '/api/topics?name=test-admin-&sort=size&order=desc')
    t.match(
      bySize.body['topics'],
      [{ name: spared, sizeBytes: 0 }, { ...unknown }],
      'sizes that are not known come last'
    )

    const detail = await ask('GET', `/api/topics/${name}`)
    t.equal(detail.status, 200)
    t.match(detail.body['partitions'], [{ leader: Number, logEndOffset: 0 }, { leader: Number }, { leader: Number }])
    t.match(detail.body, { ...unknown, partitions: [unknown, unknown, unknown] })
    t.match(detail.body['warnings'], [{ code: 'broker_unreachable' }])

    await t.test('no plan calls the cluster balanced, and another broker is not drained', (t) =>
      assertNothingIsBalanced(t, drained)
    )

    // A KRaft controller knows the dead broker, and assigns replicas to it that will catch up.
    const three = ownTopic(t, 'three')
    t.match(
      await ask('POST', `/api/topics?topicName=${three}&partitions=1&replicationFactor=3`),
      inKraft
        ? { status: 201, body: { applied: true } }
        : { status: 400, body: { code: 'replication_factor_invalid', errors: [{ field: 'replicationFactor' }] } }
    )
    if (inKraft) t.match((await ask('GET', `/api/topics/${three}`)).body['partitions'], [{ offlineReplicas: [2] }])
    const two = ownTopic(t, 'two')
    t.equal((await ask('POST', `/api/topics?topicName=${two}&partitions=3&replicationFactor=2`)).status, 201)
    t.equal((await ask('DELETE', `/api/topics/${two}`)).status, 200)
    t.notOk((await kafka.listTopics()).includes(two))

    const deleted = await ask('DELETE', `/api/topics/${name}`)
    t.match(deleted, { status: 200, body: { applied: true } })
    // With ZooKeeper the name is reserved until the dead broker has dropped its replicas.
    const stillTaken = inKraft ? [] : [{ code: 'topic_exists', target: name }]
    t.match(deleted.body['warnings'], [{ code: 'broker_unreachable' }, ...stillTaken])
    t.notOk((await kafka.listTopics()).includes(name))
    t.match(
      await ask('POST', `/api/topics?topicName=${name}&partitions=3&replicationFactor=2`),
      inKraft ? { status: 201 } : { status: 409, body: { code: 'topic_exists', detail: /is being deleted/ } }
    )
  }
)

t.test('with the controller paused, its successor creates a topic, or nothing is created', async (t) => {
  const kafka = await independentAdmin(t)
  const { controller } = await kafka.describeCluster()
  const node = `kafka-${controller}`
  const agent = await agentOf(t, node)
  const name = ownTopic(t, 'controller')
  await agent.node(node, 'pause')
  const answer = await ask('POST', `/api/topics?topicName=${name}&partitions=3&replicationFactor=2`)
  const made = answer.status === 201 || answer.status === 202
  if (made) t.match(answer.body, { applied: true })
  else t.match(answer, { status: 503, body: { code: /controller_unavailable|audit_unavailable/, retriable: true } })
  const exists = (await ask('GET', `/api/topics/${name}`)).status === 200
  t.equal(exists, made)
})

/** Broker 2 is down, and the topic has replicas on all three. */
async function assertNothingIsBalanced(t: Test, topic: string): Promise<void> {
  const topics = [topic]

  t.match(await ask('POST', '/api/reassignments/plan', { topics }), {
    status: 503,
    body: { code: 'broker_unreachable', errors: [{ field: 'brokers' }], detail: /broker 2 does not answer/ }
  })
  const refused = await kops(['reassignments', 'plan'])
  t.match(refused, { code: 6, stdout: '', stderr: /broker 2 does not answer/ })
  const plan = await ask('POST', '/api/reassignments/plan', { topics, brokers: [1, 3] })
  t.match(plan, { status: 200, body: { staying: [{ topic, partitions: 2, replicas: 3 }] } })
  const about = (plan.body['warnings'] as { target?: string }[]).filter(({ target }) => target?.startsWith(topic))
  t.equal(about.length, 1, 'what stays is said once a topic')

  const objection = {
    status: 409,
    body: { code: 'drain_unsafe', errors: [{ field: 'brokerId', message: `${topic} 0, 1` }] }
  }
  t.match(await ask('POST', '/api/brokers/3/drain', { topics }), objection, 'replicas have nowhere to go, either')
  t.match(await ask('POST', '/api/brokers/3/drain', { topics, mode: 'leaderships' }), objection)
  const dry = await ask('POST', '/api/brokers/3/drain?dryRun=true', { topics, mode: 'leaderships' })
  const left = { left: [1], needed: 2 }
  t.match(dry, {
    status: 200,
    body: {
      applied: false,
      leftShort: [
        { partition: 0, ...left },
        { partition: 1, ...left }
      ]
    }
  })
  const shown = await kops(['brokers', 'drain', '3', '--mode', 'leaderships', '--topic', topic, '--dry-run'])
  t.match(shown, { code: 0, stdout: /2 partitions left short of in-sync replicas .*refused unless --force/ })
  t.match(await ask('POST', '/api/brokers/3/drain', { topics, mode: 'leaderships', force: true }), {
    status: 400,
    body: { errors: [{ field: 'reason' }] }
  })
  const forced = { topics, mode: 'leaderships', force: true, reason: 'it is on fire' }
  t.match(await ask('POST', '/api/brokers/3/drain', forced), { status: 202, body: { applied: true, refused: [] } })
  await eventually(
    'broker 1 leads',
    async () => ((await ask('GET', `/api/topics/${topic}`)).body['partitions'] as { leader: number }[]) ?? [],
    (partitions) => partitions.every(({ leader }) => leader === 1)
  )
}
