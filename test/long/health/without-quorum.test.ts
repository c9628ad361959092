// Runs alone: it stops ZooKeepers.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import Value from 'typebox/value'
import { AuditListSchema } from '#shared/contracts/audit.ts'
import { ask } from '../../integration/admin/service.ts'
import { kops } from '../../integration/cli/kops.ts'
import { agentOf, ownTopic, untilHealth, untilHealthy } from '../../integration/health/cluster-under-test.ts'
import { askAgainAndAgain, lookedAt, quorumNodes } from '../../integration/support/night-shift.ts'
import { steadyProducer } from '../../integration/support/steady-producer.ts'
import { skipWithoutZooKeeper } from '../../integration/support/test-cluster.ts'
import { adminUrl, healthUrl, kafkajsConnection } from '../../integration/support/under-test.ts'

const partitions = 6
/** Measured: some 0.05 s, with kops' services and without. A busy machine adds to it; handlers that hang add all that is left. */
const longestGapMs = 10_000
const mutationLimitMs = 5000

/**
 * When each reading of a configuration held a handler, all four of a broker hung after 12 to 40 s.
 */
const withoutQuorumMs = 45_000

t.test(
  'producers continue while ZooKeeper has no quorum, whatever is requested from kops',
  { skip: skipWithoutZooKeeper },
  async (t) => {
    const agent = await agentOf(t)
    await untilHealthy()
    const topic = `do-no-harm-${Date.now().toString(36)}`
    await ownTopic(t, topic, partitions)
    // Its first event makes the audit trail's producer, and its topic where that is missing.
    await ask('PATCH', `/api/topics/${topic}/configs`, { configs: { 'retention.ms': '3600000' } })
    await untilHealth(
      'the settings of all topics are known, its own too',
      ({ topics }) =>
        topics.some(({ name }) => name === topic) && topics.every(({ underMinIsr }) => underMinIsr !== null),
      30_000
    )
    const producer = await steadyProducer(t, kafkajsConnection, topic, partitions)
    t.teardown(async () => {
      await Promise.all(quorumNodes.map((node) => agent.node(node, 'start')))
      await untilHealthy()
    })
    askAgainAndAgain(t, lookedAt({ admin: adminUrl, health: healthUrl }, topic))

    await Promise.all(quorumNodes.map((node) => agent.node(node, 'kill')))
    producer.begin()
    const killedAt = performance.now()
    const { health } = await untilHealth(
      'the lost quorum is known',
      ({ reasons }) => reasons.some(({ code }) => code === 'zookeeper_no_quorum'),
      15_000
    )
    t.notOk(
      health.reasons.some(({ code }) => code === 'reading_incomplete'),
      'the lost quorum is the one reason'
    )
    t.same(
      health.topics.filter(({ underMinIsr }) => underMinIsr === null).map(({ name }) => name),
      [],
      'settings that were read before still hold'
    )

    await t.test('what cannot be read is missing, with the reason', async (t) => {
      const { status, body } = await ask('GET', `/api/topics/${topic}`)
      t.equal(status, 200)
      t.match(body, { configs: null, warnings: [{ code: 'metadata_unavailable', target: 'configs' }] })
      t.match(await ask('GET', `/api/topics/${topic}/configs`), {
        status: 503,
        body: { code: 'metadata_unavailable' }
      })
      t.equal((await ask('GET', '/api/brokers/1/configs')).status, 200, 'a broker knows its own')
    })

    const name = `${topic}-new`
    const mutations: [what: string, ...Parameters<typeof ask>][] = [
      ['topics create', 'POST', `/api/topics?topicName=${name}&partitions=1&replicationFactor=3`],
      ['topics create, dry run', 'POST', `/api/topics?topicName=${name}&partitions=1&replicationFactor=3&dryRun=true`],
      ['config set', 'PATCH', `/api/topics/${topic}/configs`, { configs: { 'retention.ms': '7200000' } }],
      ['partitions add', 'POST', `/api/topics/${topic}/partitions?partitions=12`],
      ['topics delete', 'DELETE', `/api/topics/${topic}?force=true&reason=test`],
      ['brokers config set', 'PATCH', '/api/brokers/default/configs', { configs: { 'log.retention.ms': '360000000' } }]
    ]
    for (const [what, ...mutation] of mutations) {
      await t.test(`${what} is answered in time: metadata cannot change now`, async (t) => {
        const startedAt = performance.now()
        const { status, body } = await ask(...mutation)
        const tookMs = performance.now() - startedAt
        t.match({ status, body }, { status: 503, body: { code: 'metadata_unavailable', retriable: true } })
        t.match(body['detail'], /quorum/)
        t.ok(tookMs < mutationLimitMs, `it took ${Math.round(tookMs)} ms`)
      })
    }
    const { code, stderr } = await kops(['topics', 'create', name, '--partitions', '1', '--replication-factor', '3'])
    t.not(code, 0)
    t.match(stderr, /quorum/)

    await t.test('no requested event is left without an outcome', async (t) => {
      const { body } = await ask('GET', `/api/audit?target=${name}`)
      const { events } = Value.Parse(AuditListSchema, body)
      t.same(
        events.map(({ outcome, concludedAs }) => concludedAs ?? outcome),
        ['failed', 'failed', 'failed', 'failed'],
        'the request of the API and that of the command, each with its outcome'
      )
    })

    await delay(Math.max(0, killedAt + withoutQuorumMs - performance.now()))
    const gapMs = producer.longestGapMs()
    t.comment(`${producer.acknowledged()} records, longest gap ${Math.round(gapMs)} ms`)
    t.ok(gapMs < longestGapMs, `no partition was without an acknowledgement for ${Math.round(gapMs)} ms`)
  }
)
