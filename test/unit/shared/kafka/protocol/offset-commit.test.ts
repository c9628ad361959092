import t from 'tap'
import { commitOffsets } from '#shared/kafka/protocol/offset-commit.ts'
import { plainLink } from '../plain-link.ts'

const offsetCommit = 8

t.test('offsets are committed by topic, in the name of no member', async (t) => {
  const { link, asked } = plainLink({ [offsetCommit]: { topics: ['answered'] } })
  const offsets = [
    { topic: 'a', partition: 0, offset: 5 },
    { topic: 'b', partition: 0, offset: 0 },
    { topic: 'a', partition: 2, offset: 6 }
  ]
  t.same(await commitOffsets(link, 'g', offsets, new AbortController().signal), ['answered'])
  const by = { committedLeaderEpoch: -1, committedMetadata: '' }
  t.same(asked, [
    [
      offsetCommit,
      [
        'g',
        -1,
        '',
        null,
        [
          {
            name: 'a',
            partitions: [
              { ...by, partitionIndex: 0, committedOffset: 5n },
              { ...by, partitionIndex: 2, committedOffset: 6n }
            ]
          },
          { name: 'b', partitions: [{ ...by, partitionIndex: 0, committedOffset: 0n }] }
        ]
      ]
    ]
  ])
})
