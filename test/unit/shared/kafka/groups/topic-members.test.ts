import t from 'tap'
import { readTopicMembers } from '#shared/kafka/groups/topic-members.ts'
import { plainLink } from '../plain-link.ts'
import { consumerGroupDescribe, describeGroups, listed, modernMember } from './plain-group.ts'

const signal = new AbortController().signal

/** Version, count, then topics as STRINGs. */
const naming = (topic: string) => Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1, 0, topic.length]), Buffer.from(topic)])
const nothing = Buffer.alloc(0)

const classicMember = (metadata: Buffer, assignment: Buffer) => ({
  memberId: 'm',
  groupInstanceId: null,
  clientId: 'c',
  clientHost: '/10.0.0.7',
  memberMetadata: metadata,
  memberAssignment: assignment
})

t.test('groups count that have members assigned or subscribed to the topic', async (t) => {
  const { link, asked } = plainLink({
    [describeGroups]: {
      groups: [
        {
          groupId: 'classic',
          groupState: 'Stable',
          protocolType: 'consumer',
          members: [
            classicMember(naming('a'), nothing),
            classicMember(nothing, naming('a')),
            classicMember(naming('b'), nothing)
          ]
        },
        {
          groupId: 'other',
          groupState: 'Stable',
          protocolType: 'consumer',
          members: [classicMember(naming('ab'), nothing)]
        },
        {
          groupId: 'connect',
          groupState: 'Stable',
          protocolType: 'connect',
          members: [classicMember(naming('a'), nothing)]
        }
      ]
    },
    [consumerGroupDescribe]: {
      groups: [
        { groupId: 'modern', groupState: 'Assigning', members: [modernMember(['a'], []), modernMember([], ['b'])] }
      ]
    }
  })
  const groups = [
    listed('classic'),
    listed('other', 'Classic'),
    listed('connect', ''),
    listed('share', 'share'),
    listed('modern', 'Consumer'),
    listed('empty', 'classic', 'Empty'),
    listed('dead', 'classic', 'Dead')
  ]
  t.same(await readTopicMembers(link, groups, 'a', signal), [
    { group: 'classic', state: 'Stable', members: 2 },
    { group: 'modern', state: 'Assigning', members: 1 }
  ])
  t.same(asked, [
    [describeGroups, [['classic', 'other', 'connect', 'share'], false]],
    [consumerGroupDescribe, [['modern'], false]]
  ])
  asked.length = 0
  t.same(await readTopicMembers(link, [listed('empty', '', 'Empty')], 'a', signal), [])
  t.same(asked, [])
})
