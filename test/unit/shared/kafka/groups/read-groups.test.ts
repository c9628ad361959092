import { encodeConsumerProtocolAssignment } from '@platformatic/kafka'
import t from 'tap'
import type { BrokerLink } from '#shared/kafka/connection/link.ts'
import { spoken } from '#shared/kafka/connection/versions.ts'
import type { ListedGroup } from '#shared/kafka/groups/coordinators.ts'
import { fetchCommitted, readGroups } from '#shared/kafka/groups/read-groups.ts'

const signal = new AbortController().signal

/** A coordinator that answers by API, and records its requests. */
function coordinatorOf(answers: { [api: string]: (ids: never[]) => unknown }) {
  const asked: [api: string, count: number][] = []
  const link: BrokerLink = {
    endpoint: { host: 'kafka', port: 9092 },
    offers: () => undefined,
    close: () => {},
    async request(versions: unknown, [ids]: unknown[]): Promise<never> {
      const [name] = Object.entries(spoken).find(([, api]) => api === versions) ?? ['']
      asked.push([name, (ids as never[]).length])
      return answers[name]?.(ids as never[]) as never
    }
  }
  return { link, asked }
}

function listed(groupId: string, groupType?: string): ListedGroup {
  return { groupId, groupState: 'Stable', protocolType: 'consumer', groupType }
}

const assignment = encodeConsumerProtocolAssignment({
  version: 0,
  assignedPartitions: [{ topic: 'a', partitions: [2, 0] }]
})

const classicMember = {
  memberId: 'm-1',
  groupInstanceId: null,
  clientId: 'indexer',
  clientHost: '/10.0.0.7',
  memberAssignment: assignment
}

t.test('members and assignments are read for classic and KIP-848 groups', async (t) => {
  const { link, asked } = coordinatorOf({
    describeGroups: () => ({
      groups: [
        { groupId: 'classic', errorCode: 0, protocolType: 'consumer', members: [classicMember] },
        {
          groupId: 'rebalancing',
          errorCode: 0,
          protocolType: 'consumer',
          members: [{ ...classicMember, memberAssignment: Buffer.alloc(0) }]
        },
        { groupId: 'connect', errorCode: 0, protocolType: 'connect', members: [classicMember] },
        { groupId: 'refused', errorCode: 15, protocolType: '', members: [] }
      ]
    }),
    consumerGroupDescribe: () => ({
      groups: [
        {
          groupId: 'modern',
          errorCode: 0,
          members: [
            {
              memberId: 'm-2',
              clientId: 'reader',
              clientHost: '/10.0.0.8',
              assignment: { topicPartitions: [{ topicName: 'b', partitions: [1] }] }
            }
          ]
        }
      ]
    })
  })
  const groups = await readGroups(
    link,
    [
      listed('classic', 'Classic'),
      listed('rebalancing'),
      listed('connect'),
      listed('refused', 'classic'),
      listed('modern', 'Consumer'),
      listed('shared', 'Share'),
      { ...listed('empty', 'classic'), groupState: 'Empty' }
    ],
    signal
  )
  const overview = { state: 'Stable', protocolType: 'consumer' }
  const member = { memberId: 'm-1', clientId: 'indexer', host: '10.0.0.7' }
  t.same(groups, [
    {
      group: 'classic',
      ...overview,
      members: 1,
      memberList: [{ ...member, assignment: [{ topic: 'a', partitions: [0, 2] }] }]
    },
    { group: 'rebalancing', ...overview, members: 1, memberList: [{ ...member, assignment: [] }] },
    { group: 'connect', ...overview, members: 1, memberList: [{ ...member, assignment: [] }] },
    { group: 'refused', ...overview, members: null, memberList: null },
    {
      group: 'modern',
      ...overview,
      members: 1,
      memberList: [
        { memberId: 'm-2', clientId: 'reader', host: '10.0.0.8', assignment: [{ topic: 'b', partitions: [1] }] }
      ]
    },
    { group: 'shared', ...overview, members: null, memberList: null },
    { group: 'empty', ...overview, state: 'Empty', members: 0, memberList: [] }
  ])
  t.same(asked.sort(), [
    ['consumerGroupDescribe', 1],
    ['describeGroups', 4]
  ])
})

t.test('many groups go into one request, and one that is refused does not cost the others', async (t) => {
  const names = Array.from({ length: 50 }, (_, nth) => `g-${nth}`)
  const { link, asked } = coordinatorOf({
    describeGroups: (ids: string[]) => ({
      groups: ids.map((groupId) => ({ groupId, errorCode: 0, protocolType: 'consumer', members: [] }))
    }),
    offsetFetch: (groups: { groupId: string }[]) => ({
      groups: groups.map(({ groupId }) =>
        groupId === 'g-7'
          ? { groupId, errorCode: 15, topics: [] }
          : {
              groupId,
              errorCode: 0,
              topics: [
                {
                  name: 'a',
                  partitions: [
                    { partitionIndex: 0, committedOffset: 5n, errorCode: 0 },
                    { partitionIndex: 1, committedOffset: -1n, errorCode: 0 },
                    { partitionIndex: 2, committedOffset: -1n, errorCode: 88 }
                  ]
                }
              ]
            }
      )
    })
  })
  const described = await readGroups(
    link,
    names.map((name) => listed(name)),
    signal
  )
  t.ok(described.every(({ members }) => members === 0))
  const { committed, warnings } = await fetchCommitted(link, names, signal)
  t.same(committed.slice(0, 3), [
    { group: 'g-0', topic: 'a', partition: 0, offset: 5 },
    { group: 'g-0', topic: 'a', partition: 1, offset: null, reason: 'no_commit' },
    { group: 'g-0', topic: 'a', partition: 2, offset: null, reason: 'partition_unavailable' }
  ])
  t.equal(committed.length, 49 * 3)
  t.match(warnings, [{ target: 'g-7' }])
  t.same(
    asked.map(([, count]) => count),
    [50, 50]
  )
})
