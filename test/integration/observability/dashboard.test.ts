// Takes turns: load tests
import kafkajs from 'kafkajs'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { dashboards, queriesOf } from '../../unit/grafana/dashboard-queries.ts'
import { kafkajsConnection, loadTestUrl } from '../support/under-test.ts'
import { seriesOf, targets, until } from './monitoring.ts'

const topic = 'log-events'
const groupId = 'observability-test'

t.test('Prometheus scrapes every broker and every service, by name', async (t) => {
  const scraped = await until(targets, (all) => all.every(({ health }) => health === 'up'), 30_000)
  t.same(
    scraped
      .map(({ labels, health, lastError }) => `${labels['job']} ${labels['instance']} ${health} ${lastError}`.trim())
      .sort(),
    [
      'admin-service admin-service up',
      'health-service health-service up',
      'health-service health-service up',
      'kafka kafka-1 up',
      'kafka kafka-2 up',
      'kafka kafka-3 up',
      'load-test-service load-test-service up'
    ]
  )
})

t.test('every query of every dashboard has an answer, and every variable values', { timeout: 200_000 }, async (t) => {
  await makeTraffic(t)
  // A reading of the cluster after the group's commit: health-service makes one every 30 s.
  const own = `kafka_consumer_lag{group="${groupId}"}`
  t.equal(
    await until(
      () => seriesOf(own),
      (count) => count > 0,
      60_000
    ),
    1,
    own
  )
  for (const { dashboard, file } of dashboards()) {
    for (const { panel, refId, expression } of queriesOf(dashboard)) {
      if (otherMode.test(expression) || ofDrills.test(expression)) continue
      await answers(t, expression, `${file}: ${panel} ${refId}`)
    }
    for (const { name, query } of dashboard.templating.list) {
      const [, selector = ''] =
        /^label_values\((.+), \w+\)$/.exec(typeof query === 'string' ? query : query.query) ?? []
      if (selector === '' || otherMode.test(selector)) continue
      await answers(t, selector.replaceAll('$cluster', '.+'), `${file}: the variable ${name}`)
    }
  }
})

/** Series that a cluster of the other mode has. */
const otherMode = process.env['KOPS_TEST_MODE'] === 'kraft' ? /\bkops_zookeeper_/ : /\bkops_quorum_/

/** Series that only a drill makes: the tests of drills ask for those. */
const ofDrills = /\bkops_drill_last_/

/** Takes some time: a rate needs two scrapes, a lag in time several readings of the cluster. */
async function answers(t: Test, expression: string, what: string): Promise<void> {
  const series = await until(
    () => seriesOf(expression),
    (count) => count > 0,
    30_000
  )
  t.ok(series > 0, `${what}: ${expression}`)
}

/** A load test, and a consumer group that has read nothing of it. */
async function makeTraffic(t: Test): Promise<void> {
  const { statusCode, body } = await request(
    `${loadTestUrl}/api/loadtest/run?eventCount=1000&topic=${topic}&confirmTopic=${topic}`,
    {
      method: 'POST'
    }
  )
  if (statusCode !== 200) throw new Error(`the load test answered ${statusCode}: ${await body.text()}`)
  await body.dump()
  await keepRunning(t)
  const admin = new kafkajs.Kafka({ ...kafkajsConnection, logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  t.teardown(async () => {
    await admin.deleteGroups([groupId])
    await admin.disconnect()
  })
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '0' }] })
}

/** A load test that is under way until the end of the test. */
async function keepRunning(t: Test): Promise<void> {
  const workload = {
    name: 'dashboard',
    topic: { kind: 'existing', name: topic, confirm: topic },
    rate: { kind: 'constant', perSecond: 50 },
    durationSeconds: 600
  }
  const { statusCode, headers, body } = await request(`${loadTestUrl}/api/loadtest/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(workload)
  })
  if (statusCode !== 202) throw new Error(`the load test answered ${statusCode}: ${await body.text()}`)
  await body.dump()
  t.teardown(async () => {
    const ended = await request(`${loadTestUrl}${headers['location']}`, { method: 'DELETE' })
    await ended.body.dump()
  })
}
