import kafkajs from 'kafkajs'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { dashboards, queriesOf } from '../../unit/grafana/dashboard-queries.ts'
import { bootstrapServers, loadTestUrl, seriesOf, targets, until } from './monitoring.ts'

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
      'kafka kafka-1 up',
      'kafka kafka-2 up',
      'kafka kafka-3 up',
      'load-test-service load-test-service up'
    ]
  )
})

t.test('every query of every dashboard has an answer', { timeout: 120_000 }, async (t) => {
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
      // A rate needs two scrapes.
      const series = await until(
        () => seriesOf(expression),
        (count) => count > 0,
        20_000
      )
      t.ok(series > 0, `${file}: ${panel} ${refId}: ${expression}`)
    }
  }
})

/** A load test, and a consumer group that has read nothing of it. */
async function makeTraffic(t: Test): Promise<void> {
  const { statusCode, body } = await request(`${loadTestUrl}/api/loadtest/run?eventCount=1000&topic=${topic}`, {
    method: 'POST'
  })
  if (statusCode !== 200) throw new Error(`the load test answered ${statusCode}: ${await body.text()}`)
  await body.dump()
  const admin = new kafkajs.Kafka({ brokers: bootstrapServers, logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  t.teardown(async () => {
    await admin.deleteGroups([groupId])
    await admin.disconnect()
  })
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '0' }] })
}
