import t from 'tap'
import { notGone, notReady, waitForAgreement, waitForAll } from '#services/admin/domain/topics/agreement.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { BrokerView } from '#shared/kafka/model.ts'
import { manualClock } from '../../../../manual-clock.ts'

/**
 * A broker's view of topic `a`: the leaders of its partitions, undefined if it does not list the topic, null if it is
 * dead.
 */
type Told = (number | null)[] | undefined | null

const views = (...listed: Told[]): BrokerView[] =>
  listed.map((leaders, index) => {
    const endpoint = { host: 'b', port: index + 1 }
    if (leaders === null) return { endpoint, reachable: false, error: new KopsError('broker_unreachable', 'dead') }
    const partitions = (leaders ?? []).map((leader, partition) => ({
      partition,
      leader,
      leaderEpoch: 0,
      replicas: [1],
      isr: [1],
      offlineReplicas: []
    }))
    const topics = leaders === undefined ? [] : [{ name: 'a', internal: false, partitions }]
    return {
      endpoint,
      reachable: true,
      responseTimeMs: 1,
      metadata: { clusterId: 'c', controllerId: 1, brokers: [], topics }
    }
  })

t.test('a topic is ready when all that answer name the same leader of each partition', async (t) => {
  const cases: { listed: Told[]; objections: RegExp[]; when: string }[] = [
    {
      when: 'all agree',
      listed: [
        [1, 2],
        [1, 2],
        [1, 2]
      ],
      objections: []
    },
    { when: 'a dead broker does not count', listed: [[1, 2], null, [1, 2]], objections: [] },
    { when: 'nobody answers', listed: [null, null], objections: [/no broker answers/] },
    { when: 'one does not list it', listed: [[1, 2], undefined], objections: [/b:2 does not list it/] },
    {
      when: 'the first does not list it',
      listed: [undefined, [1, 2]],
      objections: [/b:1 does not/, /b:2 names a different/]
    },
    {
      when: 'a leader is missing',
      listed: [
        [1, null],
        [1, 2]
      ],
      objections: [/b:1 knows no leader for partitions 1$/, /b:2/]
    },
    { when: 'a partition is missing', listed: [[1]], objections: [/b:1 knows no leader for partitions 1$/] },
    {
      when: 'they disagree',
      listed: [
        [1, 2],
        [1, 3]
      ],
      objections: [/b:2 names a different leader for partitions 1$/]
    }
  ]
  for (const { listed, objections, when } of cases) t.match(notReady(views(...listed), 'a', 2), objections, when)
})

t.test('a topic is gone when no live broker lists it', async (t) => {
  t.same(notGone(views(undefined, null, undefined), 'a'), [])
  t.same(notGone(views(undefined, [1]), 'a'), ['broker b:2 still lists it'])
  t.same(notGone(views(null), 'a'), ['no broker answers'])
})

t.test('waiting ends with the first round without objections, or with the objections of the last', async (t) => {
  let rounds = 0
  const reader = {
    views: async () => {
      rounds++
      return rounds < 4 ? views(undefined) : views([1])
    }
  }
  const clock = manualClock()
  const ready = (listed: BrokerView[]) => notReady(listed, 'a', 1)
  t.same(await waitForAgreement(reader, 'a', ready, { ...clock, deadlineMs: 10, waitMs: 1000 }), [])
  t.equal(rounds, 4)
  rounds = -1000
  const startedAt = clock.monotonicMs()
  t.match(await waitForAgreement(reader, 'a', ready, { ...clock, deadlineMs: 10, waitMs: 1000 }), [/does not list it/])
  t.ok(clock.monotonicMs() - startedAt <= 1000, 'within the time')
})

t.test(
  'waiting ends at once where kops may not describe the topic: nobody knows whether it is ready, or gone',
  async (t) => {
    let rounds = 0
    const [view] = views(undefined)
    const refusing = [{ ...view, refused: ['a'] }] as BrokerView[]
    const reader = {
      views: async () => {
        rounds++
        return refusing
      }
    }
    const timing = { ...manualClock(), deadlineMs: 10, waitMs: 1000 }
    for (const objections of [
      (listed: BrokerView[]) => notReady(listed, 'a', 1),
      (listed: BrokerView[]) => notGone(listed, 'a')
    ]) {
      t.match(await waitForAgreement(reader, 'a', objections, timing), [/kafka_not_authorized/])
    }
    t.equal(rounds, 2)
    t.match(
      await waitForAll(reader, [{ name: 'a', partitions: 1 }], timing),
      new Map([['a', [/kafka_not_authorized/]]])
    )
    t.equal(rounds, 3)
  }
)
