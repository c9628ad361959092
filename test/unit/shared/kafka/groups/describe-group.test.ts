import t from 'tap'
import { describeMembers, readCommits } from '#shared/kafka/groups/describe-group.ts'
import { plainLink } from '../plain-link.ts'
import { consumerGroupDescribe, describeGroups, listed, modernMember } from './plain-group.ts'

const signal = new AbortController().signal

const offsetFetch = 9

t.test('one group is described by the request of its protocol; a refusal is a warning', async (t) => {
  const members = [modernMember([], ['a'])]
  const { link, asked } = plainLink({
    [describeGroups]: {
      groups: [
        { groupId: 'g', errorCode: 0, groupState: 'Empty', protocolType: 'connect', protocolData: '', members: [] }
      ]
    },
    [consumerGroupDescribe]: {
      groups: [{ groupId: 'g', errorCode: 0, groupState: 'Stable', assignorName: 'uniform', members }]
    }
  })
  t.same((await describeMembers(link, listed('g', 'consumer'), signal)).description, {
    state: 'Stable',
    protocolType: 'consumer',
    protocol: 'uniform',
    members: [
      {
        memberId: 'm',
        instanceId: null,
        clientId: 'c',
        host: '10.0.0.8',
        assignment: [{ topic: 'a', partitions: [0] }]
      }
    ]
  })
  t.same((await describeMembers(link, listed('g'), signal)).description, {
    state: 'Empty',
    protocolType: 'connect',
    protocol: null,
    members: []
  })
  t.same(asked, [
    [consumerGroupDescribe, [['g'], false]],
    [describeGroups, [['g'], false]]
  ])
  for (const [groups, kafkaError] of [
    [[{ groupId: 'g', errorCode: 15, groupState: '', protocolType: '', members: [] }], 'coordinator_unavailable'],
    [[], 'kafka_refused']
  ] as const) {
    const { link } = plainLink({ [describeGroups]: { groups } })
    const { description, warnings } = await describeMembers(link, listed('g'), signal)
    t.same(description, { state: 'Stable', protocolType: 'consumer', protocol: null, members: null })
    t.match(warnings, [{ code: kafkaError, target: 'g' }])
  }
})

t.test('commits of a group are null where the coordinator refuses; a refusal of all is a warning', async (t) => {
  const partitions = [
    { partitionIndex: 0, committedOffset: 5n, metadata: 'm', errorCode: 0 },
    { partitionIndex: 1, committedOffset: -1n, metadata: null, errorCode: 0 },
    { partitionIndex: 2, committedOffset: 5n, metadata: null, errorCode: 3 }
  ]
  const { link, asked } = plainLink({
    [offsetFetch]: { groups: [{ groupId: 'g', errorCode: 0, topics: [{ name: 'a', partitions }] }] }
  })
  t.same(await readCommits(link, 'g', signal), {
    commits: [
      { topic: 'a', partition: 0, offset: 5, metadata: 'm' },
      { topic: 'a', partition: 1, offset: null, metadata: '' },
      { topic: 'a', partition: 2, offset: null, metadata: '' }
    ],
    warnings: []
  })
  t.same(asked, [[offsetFetch, [[{ groupId: 'g', memberEpoch: -1, topics: null }], false]]])
  const { link: refusing } = plainLink({ [offsetFetch]: { groups: [{ groupId: 'g', errorCode: 16, topics: [] }] } })
  t.match(await readCommits(refusing, 'g', signal), {
    commits: [],
    warnings: [{ code: 'coordinator_unavailable', target: 'g' }]
  })
})
