// Runs alone: it stops brokers.
import t from 'tap'
import type { GroupDetail } from '#shared/contracts/groups.ts'
import type { MessagePage, ProduceResult } from '#shared/contracts/messages.ts'
import { agentOf } from '../../integration/admin/node-under-test.ts'
import { ask, independentAdmin, ownTopic } from '../../integration/admin/service.ts'

const partitions = 6

t.test('with a silent, then dead broker, what can be read is read and no write is in doubt', async (t) => {
  const kafka = await independentAdmin(t)
  const topic = ownTopic(t, 'records-down')
  t.equal(
    (await ask('POST', `/api/topics?topicName=${topic}&partitions=${partitions}&replicationFactor=3`)).status,
    201
  )
  const records = Array.from({ length: partitions }, (_, partition) => ({ partition, value: `before ${partition}` }))
  t.equal((await ask('POST', `/api/topics/${topic}/messages`, { records })).status, 201)
  const group = `test-admin-records-down-${Date.now().toString(36)}`
  t.teardown(() => ask('DELETE', `/api/groups/${group}`))
  await kafka.setOffsets({
    groupId: group,
    topic,
    partitions: records.map(({ partition }) => ({ partition, offset: '0' }))
  })
  const { coordinator } = (await ask('GET', `/api/groups/${group}`)).body as GroupDetail
  const silent = [1, 2, 3].find((id) => id !== coordinator)
  const agent = await agentOf(t, `kafka-${silent}`)
  await agent.node(`kafka-${silent}`, 'pause')

  // Paused, it still leads: its partitions are missing, and said to be.
  const startedAt = Date.now()
  const page = await ask('GET', `/api/topics/${topic}/messages?from=earliest`)
  const took = Date.now() - startedAt
  t.equal(page.status, 200)
  t.ok(took < 6000, `${took} ms`)
  const { messages, partitions: read, warnings } = page.body as MessagePage
  const unread = read.filter(({ reason }) => reason !== undefined).map(({ partition }) => partition)
  t.equal(messages.length + unread.length, partitions)
  t.ok(unread.length === 0 || warnings.length > 0)

  const detail = await ask('GET', `/api/groups/${group}`)
  t.equal(detail.status, 200)
  for (const { lag, reason, committedOffset } of (detail.body as GroupDetail).partitions) {
    t.equal(committedOffset, 0)
    t.ok(lag === 1 || (lag === null && reason !== undefined), `${lag} ${reason}`)
  }
  const reset = await ask('POST', `/api/groups/${group}/reset-offsets`, { to: 'latest' })
  t.ok(reset.status === 200 || reset.status === 503, JSON.stringify(reset.body))
  const after = records.map(({ partition }) => ({ partition, value: `after ${partition}` }))
  const written = await ask('POST', `/api/topics/${topic}/messages`, { records: after })
  t.ok([201, 207].includes(written.status), JSON.stringify(written.body))

  await agent.node(`kafka-${silent}`, 'stop')
  // Only now: kafkajs waits for a silent broker, and moves on from a dead one.
  const commits = await kafka.fetchOffsets({ groupId: group, topics: [topic] })
  const moved = new Set(commits.flatMap((ofTopic) => ofTopic.partitions.map(({ offset }) => offset)))
  t.same([...moved], [reset.status === 200 ? '1' : '0'], 'all of them or none')
  const claims = (written.body as ProduceResult).records
  const all = (await ask('GET', `/api/topics/${topic}/messages?from=earliest&limit=1000`)).body as MessagePage
  const seen = all.messages.map(({ value, partition, offset }) => `${value} ${partition}/${offset}`)
  for (const [index, { status, partition, offset }] of claims.entries()) {
    if (status === 'acknowledged')
      t.ok(seen.includes(`after ${index} ${partition}/${offset}`), `after ${index} is there`)
    if (status === 'refused')
      t.notOk(
        seen.some((line) => line.startsWith(`after ${index} `)),
        `after ${index} is not there`
      )
  }
  t.equal(new Set(seen).size, seen.length)
  t.equal((await ask('GET', `/api/groups/${group}`)).status, 200)
})
