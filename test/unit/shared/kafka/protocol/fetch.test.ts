import t from 'tap'
import { fetchRecords } from '#shared/kafka/protocol/fetch.ts'
import { plainLink } from '../plain-link.ts'

const fetch = 1
const signal = new AbortController().signal

t.test('records are fetched outside of a session, with the epoch of the leader that is asked', async (t) => {
  const { link, asked } = plainLink({ [fetch]: [] })
  const topics = [
    {
      topic: 'a',
      partitions: [
        { partition: 0, leaderEpoch: 7, offset: 5, maxBytes: 1000 },
        { partition: 1, leaderEpoch: null, offset: 0, maxBytes: 1000 }
      ]
    }
  ]
  await fetchRecords(link, { topics, maxWaitMs: 100, minBytes: 1, maxBytes: 4000 }, signal)
  await fetchRecords(link, { topics: [], maxWaitMs: 0, minBytes: 0, maxBytes: 1, isolation: 'read_committed' }, signal)
  const place = { lastFetchedEpoch: -1, partitionMaxBytes: 1000 }
  const partitions = [
    { ...place, partition: 0, currentLeaderEpoch: 7, fetchOffset: 5n },
    { ...place, partition: 1, currentLeaderEpoch: -1, fetchOffset: 0n }
  ]
  t.same(asked, [
    [fetch, [100, 1, 4000, 0, 0, -1, [{ topicId: 'a', partitions }], [], '']],
    [fetch, [0, 0, 1, 1, 0, -1, [], [], '']]
  ])
})
