import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { independentAdmin, ownTopic } from '../admin/service.ts'
import { until } from '../cluster/own-cluster.ts'
import { kops, kopsJson } from './kops.ts'

t.setTimeout(120_000)
const admin = await independentAdmin(t)

t.test('brokers are listed and described', async (t) => {
  t.equal((await kopsJson(endpoints.listBrokers, ['brokers', 'list'])).brokers.length, 3)
  t.match(await kops(['brokers', 'describe', '1']), { code: 0, stdout: /^kafka-1/ })
  t.match(await kops(['brokers', 'describe', '99']), { code: 1, stderr: /broker_not_found/ })
  t.match(await kops(['brokers', 'describe', 'first']), { code: 2 })
})

t.test('a broker’s setting is planned but not made; elections and a drain are planned', async (t) => {
  const set = ['brokers', 'config', 'set', '1', 'log.cleaner.threads=2', '--dry-run']
  t.match(await kopsJson(endpoints.alterBrokerConfigs, set), {
    applied: false,
    changes: [{ after: '2', operation: 'set' }]
  })
  t.match(await kops(['brokers', 'config', 'set', '1', 'no.such.setting=2', '--dry-run']), {
    code: 1,
    stderr: /broker_config_invalid/
  })
  t.match(await kopsJson(endpoints.electLeaders, ['brokers', 'elect-leaders', '--dry-run']), { dryRun: true })
  const drain = ['brokers', 'drain', '2', '--mode', 'leaderships', '--dry-run']
  t.match(await kopsJson(endpoints.drainBroker, drain), { action: 'drain', applied: false })
})

t.test('replicas move according to a file, and moves are listed', async (t) => {
  const topic = ownTopic(t, 'cli-moves')
  const folder = await mkdtemp(join(tmpdir(), 'kops-test-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, 'plan.json')
  await writeFile(
    file,
    JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, replicas: [2, 3], log_dirs: ['any', 'any'] }] })
  )
  await kopsJson(endpoints.createTopic, ['topics', 'create', topic, '--assignment', '1:2'])

  t.match(await kops(['reassignments', 'apply', file, '--dry-run']), { code: 0, stdout: /1,2 +2,3[\s\S]*would move/ })
  t.match(await kopsJson(endpoints.reassign, ['reassignments', 'apply', file, '--throttle', '10MB']), {
    applied: true,
    throttleBytesPerSec: 10_000_000
  })
  await until('the replica has moved', 60_000, async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions[0]?.replicas.join() === '2,3'
  })
  await kopsJson(endpoints.listReassignments, ['reassignments', 'list'])
  await kopsJson(endpoints.planReassignment, ['reassignments', 'plan', '--topic', topic])
  await kopsJson(endpoints.cancelReassignments, ['reassignments', 'cancel', '--topic', topic])

  await writeFile(file, '{"partitions":[{"topic":"a"}]}')
  t.match(await kops(['reassignments', 'apply', file]), { code: 2, stderr: /is not a plan/ })
  t.match(await kops(['reassignments', 'plan', '--topic', 'test-no-such-topic']), {
    code: 1,
    stderr: /topic_not_found/
  })
})
