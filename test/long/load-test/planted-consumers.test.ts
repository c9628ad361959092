import t, { type Test } from 'tap'
import { createMemberProcesses } from '#services/load-test/adapters/drill-consumers/member-processes.ts'
import type { PlantedFailure } from '#services/load-test/adapters/drill-consumers/messages.ts'
import { loadConfig } from '#services/load-test/config.ts'
import { createDrillGroup } from '#services/load-test/domain/drills/consumers/group.ts'
import { groupSettings } from '#services/load-test/domain/drills/consumers/settings.ts'
import { createWorkload } from '#services/load-test/domain/drills/workload.ts'
import { durableWriters } from '#services/load-test/domain/drills/writers.ts'
import { systemClock } from '#shared/clock.ts'
import type { DrillConsumers } from '#shared/contracts/drill-consumers.ts'
import { createGroupAdmin } from '#shared/kafka/groups/group-admin.ts'
import { createBulkProducer } from '#shared/kafka/producing/bulk-producer.ts'
import { durableSettings } from '#shared/kafka/producing/port.ts'
import { independentAdmin, ownTopic } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { bootstrapServers, connection, kafkaSettings } from '../../integration/support/under-test.ts'

const partitions = 6
const signal = new AbortController().signal

/** A group of a drill on a topic of its own, with writers, for 900 records after it is steady; no fault. */
async function consume(t: Test, planted: ReadonlyMap<string, PlantedFailure>, asked: DrillConsumers = {}) {
  const admin = await independentAdmin(t)
  const topic = await ownTopic(t, admin, 'planted', partitions)
  const groups = createGroupAdmin(connection)
  const group = createDrillGroup({
    engine: createMemberProcesses({
      config: loadConfig({ ...kafkaSettings, KOPS_BOOTSTRAP_SERVERS: bootstrapServers.join(',') }),
      environment: {},
      planted
    }),
    clock: systemClock,
    settings: groupSettings({ members: 2, sessionTimeoutMs: 6000, ...asked }),
    ...{ groups, group: topic, topic, partitions, begins: 'earliest' }
  })
  const workload = createWorkload({
    createProducer: (onOutcome) =>
      createBulkProducer({
        ...connection,
        ...durableSettings,
        topic,
        requestTimeoutMs: 3000,
        deliveryTimeoutMs: 30_000,
        onOutcome
      }),
    ...{ clock: systemClock, producerId: topic, settings: durableWriters }
  })
  t.teardown(async () => {
    await Promise.all([workload.abandon(), group.abandon()])
    await groups.deleteGroup(`${topic}-aside`, { deadlineMs: 5000 }).catch(() => undefined)
    await groups.close()
  })
  await workload.start()
  group.start()
  await group.steady(workload.written, signal)
  const records = () => workload.written.reduce((sum, { from, to }) => sum + to - from, 0)
  const before = records()
  await eventually(
    '900 more are written',
    async () => records() - before,
    (more) => more > 900,
    30_000
  )
  await workload.stop(10_000)
  await group.stop(workload.written, 10_000)
  const { written, endedAtMs } = workload
  return group.result({ written, injectedAtMs: null, healedAtMs: null, writtenUntilMs: endedAtMs })
}

const classes = ({ findings }: Awaited<ReturnType<typeof consume>>) =>
  Object.fromEntries(findings.map(({ class: name, severity }) => [name, severity]))

for (const client of ['kafkajs', '@platformatic/kafka']) {
  t.test(`members on ${client} that do nothing wrong`, async (t) => {
    const result = await consume(t, new Map(), { staticMembership: client !== 'kafkajs' })
    // What the first member had processed when the second one joined may be delivered again.
    t.same(
      Object.values(classes(result)).filter((severity) => severity !== 'allowed'),
      []
    )
    t.match(result.group, { client, skipped: 0, unconsumed: 0, doubleOwned: 0 })
    t.ok(result.group.delivered > 900)
    t.same(
      result.group.members.map(({ end }) => end),
      ['left', 'left']
    )
  })
}

t.test('a member that commits past a record it never processed', async (t) => {
  const result = await consume(t, new Map([['member-1', 'commits-past']]))
  t.equal(classes(result)['skipped'], 'failure')
  t.ok(result.group.skipped > 0 && result.group.unconsumed === 0)
})

t.test('a member that processes partitions of others', async (t) => {
  const result = await consume(t, new Map([['member-1', 'keeps-partitions']]))
  t.equal(classes(result)['doubleOwned'], 'failure')
})

t.test('a member that goes back', async (t) => {
  const result = await consume(t, new Map([['member-1', 'jumps-back']]))
  t.match(classes(result), { nonmonotonicPoll: 'allowed', redelivered: 'allowed' })
  t.notOk(Object.values(classes(result)).includes('failure'))
})
