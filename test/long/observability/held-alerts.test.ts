// Runs alone: it kills a broker.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import type { GroupHealthDetail } from '#shared/contracts/group-health.ts'
import { agentOf, kafka, ownTopic, produce } from '../../integration/health/cluster-under-test.ts'
import { firingAlerts, seriesOf, until } from '../../integration/observability/monitoring.ts'
import { bootstrapServers, healthUrl } from '../../integration/support/under-test.ts'
import { coordinatorOf } from '../support/coordinator.ts'

t.setTimeout(200_000)

const topic = 'held-alerts-test'
const group = 'held-alerts-group'
const lag = 12_000

/** Whether an alert on the group fires. */
const fires = async (alertname: string) =>
  (await firingAlerts()).some(({ labels }) => labels['alertname'] === alertname && labels['group'] === group)

async function commit(offset: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset }] })
  } finally {
    await admin.disconnect()
  }
}

async function prepare(): Promise<void> {
  await ownTopic(t, topic, 1)
  t.teardown(async () => {
    const admin = kafka.admin()
    await admin.connect()
    await admin.deleteGroups([group]).finally(() => admin.disconnect())
  })
  await produce(topic, lag)
  await commit('0')
}

await prepare()

t.test('an alert on a lag keeps firing while the coordinator of its group dies and comes back', async (t) => {
  const agent = await agentOf(t)
  t.ok(await until(() => fires('KafkaConsumerLagHigh'), Boolean, 60_000), 'it fires')
  const node = `kafka-${await coordinatorOf(kafka, group)}`
  t.teardown(() => agent.node(node, 'start'))
  await agent.node(node, 'kill')
  const samples = { firing: 0, silent: 0, withoutFigure: 0 }
  const lagRead = async () => (await seriesOf(`kafka_consumer_lag{group="${group}"}`)) > 0
  /** Looks on until the group has been unreadable, and is read again. */
  const lookOn = async (enough: () => boolean, deadlineMs: number) => {
    const end = performance.now() + deadlineMs
    while (!enough() && performance.now() < end) {
      const [firing, read] = await Promise.all([fires('KafkaConsumerLagHigh'), lagRead()])
      samples[firing ? 'firing' : 'silent'] += 1
      if (!read) samples.withoutFigure += 1
      await delay(200)
    }
  }
  await lookOn(() => samples.withoutFigure >= 15, 30_000)
  await agent.node(node, 'start')
  t.ok(samples.withoutFigure >= 15, 'the lag was unknown for some seconds')
  let readAgain = 0
  await lookOn(() => {
    if (samples.silent > 0) return true
    readAgain += 1
    return readAgain > 50
  }, 40_000)
  t.comment(JSON.stringify(samples))
  t.equal(samples.silent, 0, 'it never ends')
  t.ok(await until(lagRead, Boolean, 40_000), 'the lag is read again')

  await commit(String(lag))
  t.equal(
    await until(
      () => fires('KafkaConsumerLagHigh'),
      (firing) => !firing,
      30_000
    ),
    false,
    'a lag of 0 ends it'
  )
})

t.test('a group that has stopped is judged so by the first sweep after a restart of health-service', async (t) => {
  await commit('5')
  const folder = await mkdtemp(join(tmpdir(), 'kops-held-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const settings = {
    KOPS_LOG_LEVEL: 'silent',
    KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(','),
    KOPS_ZOOKEEPER_SERVERS: process.env['KOPS_TEST_ZOOKEEPER_SERVERS'],
    KOPS_POLL_INTERVAL_MS: '1000',
    KOPS_PULSE_INTERVAL_MS: '0'
  }
  const serve = async (dataDir: string) => {
    const app = await buildApp(loadConfig({ ...settings, KOPS_DATA_DIR: dataDir }))
    t.teardown(() => app.close())
    await app.ready()
    const ask = async () => {
      const response = await app.inject(`/api/health/groups/${group}`)
      return response.statusCode === 200 ? response.json<GroupHealthDetail>() : undefined
    }
    return { app, ask }
  }
  const first = await serve(folder)
  const stopped = await until(first.ask, (detail) => detail?.verdict === 'STOP', 60_000)
  t.equal(stopped?.verdict, 'STOP')
  await first.app.close()

  const [second, forgetful] = await Promise.all([serve(folder), serve(join(folder, 'empty'))])
  const judged = await until(second.ask, (detail) => detail !== undefined, 30_000)
  t.match(judged, { verdict: 'STOP', partitions: [{ committedOffset: 5, verdictRule: 7 }] })
  const unjudged = await until(forgetful.ask, (detail) => detail !== undefined, 30_000)
  t.equal(unjudged?.verdict, null, 'without its history it is not judged yet')
  t.equal((await fetch(`${healthUrl}/livez`)).status, 200)
})
