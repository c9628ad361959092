import t from 'tap'
import { commitMark, createRunGroups, groupNames } from '#services/load-test/domain/load/run-groups.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { GroupDescription } from '#shared/kafka/groups/port.ts'
import { manualClock } from '../../../../manual-clock.ts'
import { workload } from '../../fakes.ts'

const member = { memberId: 'm', instanceId: null, clientId: 'c', host: 'h', assignment: null }
const commit = (metadata: string) => ({ topic: 'other', partition: 0, offset: 5, metadata })
const notFound = fieldError('group_not_found', 'group', 'none')
const gone = new KopsError('coordinator_unavailable', 'no coordinator')

interface Found extends Partial<GroupDescription> {
  warning?: string
}

function groupsWith(found: Found | KopsError, deletions: (KopsError | undefined)[] = [], isFirst = false) {
  const problems: string[] = []
  const deleted: string[] = []
  const runGroups = createRunGroups({
    groups: {
      async describe(group) {
        if (found instanceof KopsError) throw found
        const { warning, ...change } = found
        const described = { group, state: 'Empty', protocolType: 'consumer', protocol: null, coordinator: 1 }
        const warnings = warning === undefined ? [] : [{ code: 'kafka_timeout', message: 'no answer', target: warning }]
        return { value: { ...described, members: [], commits: [], ...change }, warnings }
      },
      async deleteGroup(group) {
        const error = deletions.shift()
        if (error) throw error
        deleted.push(group)
      }
    },
    admitGroups: async () => {
      if (isFirst) throw new KopsError('metadata_unavailable', 'no quorum')
    },
    clock: manualClock(),
    onProblem: (_error, what) => problems.push(what)
  })
  return { runGroups, problems, deleted }
}

const guards: { name: string; found: Found | KopsError; confirm?: string; code?: string; field?: string }[] = [
  { name: 'a group that does not exist', found: notFound },
  { name: 'an empty one', found: {} },
  { name: 'commits of load tests', found: { commits: [commit(commitMark), commit(commitMark)] } },
  {
    name: 'one commit of somebody else',
    found: { commits: [commit(commitMark), commit('')] },
    code: 'validation_failed',
    field: 'consumers.1.confirm'
  },
  {
    name: 'another name as consent',
    found: { commits: [commit('')] },
    confirm: 'ours',
    code: 'validation_failed',
    field: 'consumers.1.confirm'
  },
  { name: 'the name as consent', found: { commits: [commit('')] }, confirm: 'theirs' },
  { name: 'members', found: { members: [member] }, code: 'group_active', field: 'consumers.1.group' },
  {
    name: 'members, whatever was confirmed',
    found: { members: [member] },
    confirm: 'theirs',
    code: 'group_active',
    field: 'consumers.1.group'
  },
  { name: 'members that nobody can tell', found: { members: null }, code: 'coordinator_unavailable' },
  { name: 'commits that could not be read', found: { warning: 'theirs' }, code: 'coordinator_unavailable' },
  { name: 'another broker that does not answer', found: { warning: 'kafka-3' } },
  { name: 'no coordinator', found: gone, confirm: 'theirs', code: 'coordinator_unavailable' }
]
for (const { name, found, confirm, code, field } of guards) {
  t.test(`${name}: ${code ?? 'the run may have the group'}`, async (t) => {
    const { runGroups } = groupsWith(found)
    const consumers = [{ members: 1 }, { group: 'theirs', members: 1, ...(confirm ? { confirm } : {}) }]
    const asked = runGroups.assertFree(workload({ consumers }))
    if (code === undefined) await asked
    else await t.rejects(asked, { code, ...(field ? { errors: [{ field }] } : {}) })
  })
}

t.test('only temporary groups are deleted, once their members are gone', async (t) => {
  const active = new KopsError('group_active', 'members of a service that died')
  const consumers = [{ members: 1 }, { group: 'named', members: 1 }, { members: 2 }]
  t.same(groupNames('id', consumers), ['kops-load-id-1', 'named', 'kops-load-id-3'])
  const { runGroups, deleted, problems } = groupsWith({}, [active, active, gone])
  await runGroups.giveBack({ id: 'id', workload: workload({ consumers }) })
  t.same(deleted.toSorted(), ['kops-load-id-1', 'kops-load-id-3'])
  t.same(problems, [])
})

t.test('a group that is gone already is no problem, one that stays is', async (t) => {
  const active = new KopsError('group_active', 'stays')
  const { runGroups, problems } = groupsWith({}, [notFound, ...Array.from({ length: 100 }, () => active)])
  const consumers = [{ members: 1 }]
  await runGroups.giveBack({ id: 'one', workload: workload({ consumers }) })
  t.same(problems, [])
  await runGroups.giveBack({ id: 'two', workload: workload({ consumers }) })
  t.same(problems, ['could not delete consumer group kops-load-two-1'])
})

t.test('the first group of a cluster waits for the quorum, and a run without groups does not', async (t) => {
  const { runGroups } = groupsWith(notFound, [], true)
  await t.rejects(runGroups.assertFree(workload({ consumers: [{ members: 1 }] })), { code: 'metadata_unavailable' })
  await runGroups.assertFree(workload())
})
