import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { independentAdmin, overridesOf, ownTopic } from '../admin/service.ts'
import { kops, kopsJson } from './kops.ts'

t.setTimeout(120_000)
const admin = await independentAdmin(t)

t.test('a topic is planned, created, listed, configured and described', async (t) => {
  const topic = ownTopic(t, 'cli')
  const create = ['topics', 'create', topic, '-p', '2', '-c', 'retention.ms=86400000']
  t.match(await kops([...create, '--dry-run']), { code: 0, stdout: `would create ${topic}: 2 partitions` })
  t.notOk((await admin.listTopics()).includes(topic))

  t.match(await kopsJson(endpoints.createTopic, create), { applied: true })
  t.match(await kops(create), {
    code: 1,
    stdout: '',
    stderr: /^kops: The topic already exists.*\n.*topic_exists.*request /
  })
  t.match(await kopsJson(endpoints.listTopics, ['topics', 'list', '--name', topic]), {
    topics: [{ name: topic, partitions: 2 }]
  })

  t.match(await kops(['topics', 'config', 'set', topic, 'max.message.bytes=2000000']), {
    code: 0,
    stdout: '-> 2000000'
  })
  t.same(await overridesOf(admin, topic), { 'retention.ms': '86400000', 'max.message.bytes': '2000000' })
  await kopsJson(endpoints.alterTopicConfigs, ['topics', 'config', 'unset', topic, 'retention.ms'])
  const { configs } = await kopsJson(endpoints.listTopicConfigs, ['topics', 'config', 'get', topic])
  t.match(configs, [{ name: 'max.message.bytes', value: '2000000' }])
  t.match(await kops(['topics', 'config', 'set', topic, 'retention.ms=soon']), { code: 1, stderr: /config_invalid/ })

  t.match(await kops(['topics', 'add-partitions', topic, '3']), { code: 0, stdout: 'has 3 partitions instead of 2' })
  const { stdout } = await kops(['topics', 'describe', topic])
  t.match(stdout, `${topic}: 3 partitions, replication factor 3`)
  t.notMatch(stdout, '\u001b', 'a pipe gets no colours')
})

t.test(
  'destructive commands are refused without a terminal unless --yes, and a deleted topic is recreated',
  async (t) => {
    const topic = ownTopic(t, 'cli-gone')
    await kopsJson(endpoints.createTopic, ['topics', 'create', topic, '-p', '1', '-r', '1'])
    for (const verb of ['delete', 'truncate']) {
      t.match(await kops(['topics', verb, topic]), { code: 2, stdout: '', stderr: /--yes/ }, verb)
    }
    t.match(await kopsJson(endpoints.deleteTopic, ['topics', 'delete', topic, '--dry-run']), { dryRun: true })
    t.ok((await admin.listTopics()).includes(topic))

    const scheduled = await kopsJson(endpoints.deleteTopic, ['topics', 'delete', topic, '--grace', '1h', '--yes'])
    if (!('dueAt' in scheduled)) throw new Error('deleted at once')
    t.match(await kops(['topics', 'deletions', 'list']), { code: 0, stdout: scheduled.id })
    t.match(await kops(['topics', 'deletions', 'cancel', scheduled.id]), { code: 0, stdout: 'cancelled' })

    t.match(await kops(['topics', 'delete', topic, '--yes']), { code: 0, stdout: `deleted ${topic}` })
    t.match(await kopsJson(endpoints.recreateTopic, ['topics', 'recreate', topic]), { applied: true })
  }
)

t.test('a wrong command line exits with 2 and explains the error', async (t) => {
  for (const [args, said] of [
    [['topics', 'create', 'a', '-p', 'many'], /Not a whole number/],
    [['topics', 'create', 'a'], /--partitions or --assignment/],
    [['topics', 'delete-records', 'a', '--yes'], /either --before-offset or --before-time/],
    [['topics', 'nothing'], /unknown command/]
  ] as const) {
    t.match(await kops([...args]), { code: 2, stdout: '', stderr: said })
  }
})

t.test('a service that does not answer is named', async (t) => {
  const outcome = await kops(['topics', 'list'], '', { KOPS_ADMIN_URL: 'http://127.0.0.1:1' })
  t.match(outcome, { code: 6, stderr: /127\.0\.0\.1:1 does not answer\n.*service_unreachable/ })
})

t.test('advice gives the number of partitions, with reasons', async (t) => {
  const advice = ['topics', 'advice', '--consumers', '12', '--throughput', '80']
  t.match(await kopsJson(endpoints.advisePartitions, advice), { partitions: 12 })
})
