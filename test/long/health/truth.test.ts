import t from 'tap'
import { consume, kafka, produce } from '../../integration/health/cluster-under-test.ts'
import { askGroup, holdEqual, knownTopic, until, untilKnown } from '../support/group-truth.ts'

const partitions = 4
const run = Date.now().toString(36)

t.test('a recreated topic has nothing of the old one', async (t) => {
  const topic = `test-truth-anew-${run}`
  const group = `${topic}-group`
  await knownTopic(t, topic, partitions)
  await produce(topic, 400)
  await consume(topic, group, 400)
  await holdEqual(t, group, 'the group of the first topic')

  const admin = kafka.admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  await admin.deleteTopics({ topics: [topic] })
  await until(
    'the topic is gone from the group',
    () => askGroup(group),
    (detail) => detail === undefined || detail.partitions.length === 0
  )
  // The controller lets go of the name a little after brokers stop to list the topic.
  await until(
    'the topic is recreated',
    () =>
      admin
        .createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions, replicationFactor: 3 }] })
        .catch(() => false),
    (made) => made
  )
  await untilKnown(t, topic)
  await produce(topic, 40)
  await consume(topic, group, 40)
  await produce(topic, 20)
  await holdEqual(t, group, 'the group of the second topic')
  const detail = await askGroup(group)
  t.equal(detail?.lag, 20)
  t.notOk(['REWIND', 'ERR'].includes(String(detail?.verdict)), `no verdict on the old topic: ${detail?.verdict}`)
})
