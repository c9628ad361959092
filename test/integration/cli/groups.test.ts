import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { independentAdmin, ownTopic } from '../admin/service.ts'
import { untilHealth } from '../health/cluster-under-test.ts'
import { kops, kopsJson } from './kops.ts'

t.setTimeout(120_000)
const admin = await independentAdmin(t)
const topic = ownTopic(t, 'cli-groups')
const group = `${topic}-group`
await kopsJson(endpoints.createTopic, ['topics', 'create', topic, '-p', '1'])
await kopsJson(endpoints.produceMessages, ['messages', 'produce', topic, 'a', 'b', 'c', 'd'])
await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '3' }] })

async function committed(): Promise<string | undefined> {
  const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  return offsets?.partitions[0]?.offset
}

t.test('a group is listed, and described with its lag', async (t) => {
  // kafkajs commits as a member of the group, which a sweep may still see.
  const read = ({ groups }: ClusterHealth) => groups.some((each) => each.group === group && each.state === 'Empty')
  await untilHealth('the group is read', read, 30_000)
  t.match(await kopsJson(endpoints.groupsHealth, ['groups', 'list', '--name', group]), {
    groups: [{ group, state: 'Empty', lag: 1 }]
  })
  t.match(await kopsJson(endpoints.describeGroup, ['groups', 'describe', group]), { lag: 1 })
  t.match((await kops(['groups', 'describe', group])).stdout, /lag 1 record\n[\s\S]* 3 +4 +1/)
  t.match(await kops(['groups', 'describe', 'test-no-such-group']), { code: 1, stderr: /group_not_found/ })
})

t.test('offsets are reset in each way, after the difference was shown', async (t) => {
  const reset = ['groups', 'reset-offsets', group]
  t.match(await kops([...reset, '--to-earliest']), { code: 2, stderr: /--yes/ })
  t.match(await kops([...reset, '--to-earliest', '--to-latest']), { code: 2, stderr: /use exactly one of/ })
  t.match(await kops([...reset, '--to-earliest', '--dry-run']), {
    code: 0,
    stdout: /3 +0 +-3[\s\S]*would change 1 offset/
  })
  t.equal(await committed(), '3')
  for (const [how, offset] of [
    [['--to-earliest'], '0'],
    [['--to-latest'], '4'],
    [['--shift-by=-2'], '2'],
    [['--back', '1h'], '0'],
    [['--to-offset', `${topic}:0=1`], '1'],
    [['--to-time', '2020-01-01T00:00:00Z', '--topic', `${topic}:0`], '0']
  ] as const) {
    t.match(await kopsJson(endpoints.resetOffsets, [...reset, ...how, '--yes']), { applied: true }, how.join(' '))
    t.equal(await committed(), offset, how.join(' '))
  }
})

t.test('offsets of a topic, and a group, are deleted', async (t) => {
  t.match(await kops(['groups', 'delete', group]), { code: 2, stderr: /--yes/ })
  t.match(
    await kopsJson(endpoints.deleteGroupOffsets, ['groups', 'delete-offsets', group, '--topic', topic, '--yes']),
    {
      applied: true
    }
  )
  t.equal(await committed(), '-1')
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '3' }] })
  t.match(await kops(['groups', 'delete', group, '--yes']), { code: 0, stdout: /deleted group .*1 committed offset/ })
})
