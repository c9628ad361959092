import t from 'tap'
import { type Measurement, planConsumers } from '#cli/scale/consumer-plan.ts'
import type { GroupDetail } from '#shared/contracts/groups.ts'

/** A group that has read `committed` of `end` records in each partition. */
function reading(members: number, partitions: { committed: number | null; end: number }[]): GroupDetail {
  const lags = partitions.map(({ committed, end }) => (committed === null ? null : end - committed))
  return {
    ...{ group: 'indexer', state: members === 0 ? 'Empty' : 'Stable', protocolType: 'consumer', protocol: 'range' },
    coordinator: 1,
    members: Array.from({ length: members }, (_, at) => ({
      ...{ memberId: `m${at}`, instanceId: null, clientId: 'c', host: '/127.0.0.1', assignment: null }
    })),
    partitions: partitions.map(({ committed, end }, partition) => ({
      ...{ topic: 'orders', partition, committedOffset: committed, logStartOffset: 0, logEndOffset: end },
      ...{ lag: lags[partition] ?? null, metadata: null, memberId: null }
    })),
    lag: lags.includes(null) ? null : lags.reduce<number>((sum, lag) => sum + (lag ?? 0), 0),
    asOf: '2026-01-31T12:00:00.000Z',
    warnings: []
  }
}

const even = (count: number, committed: number, end: number) =>
  Array.from({ length: count }, () => ({ committed, end }))
const plan = (
  members: number,
  [from, to]: [Parameters<typeof reading>[1], Parameters<typeof reading>[1]],
  more: Partial<Measurement> = {}
) => planConsumers({ before: reading(members, from), after: reading(members, to), seconds: 10, ...more })

t.test('a busy group: what a member reads, how many keep up, how long the lag takes', async (t) => {
  // 4 partitions, each 1000 written and 500 read in 10 s, by two members: 100/s each, and 400/s written.
  const found = plan(2, [even(4, 0, 1000), even(4, 500, 2000)])
  t.match(found, {
    lag: 6000,
    producedPerSec: 400,
    consumedPerSec: 200,
    perMember: { perSec: 100, source: 'measured' }
  })
  t.equal(found.neededToKeepUp, 4)
  t.same(found.options, [
    { members: 2, drainSeconds: null, keepsUp: false },
    { members: 4, drainSeconds: null, keepsUp: true }
  ])
  t.match(found.advice, [/4 members keep up/])
})

t.test('members that are more than what is written shorten the time', async (t) => {
  const found = plan(2, [even(4, 0, 1000), even(4, 500, 1250)])
  t.equal(found.producedPerSec, 100)
  t.same(found.options, [
    { members: 1, drainSeconds: null, keepsUp: true },
    { members: 2, drainSeconds: 30, keepsUp: true },
    { members: 4, drainSeconds: 10, keepsUp: true }
  ])
})

t.test('even the most members may not keep up', async (t) => {
  const found = plan(2, [even(2, 0, 1000), even(2, 100, 2000)])
  t.equal(found.neededToKeepUp, null)
  t.match(found.advice, [/Even 2 members.*20 would be needed/])
})

t.test('a group that keeps up shows nothing of what it could do', async (t) => {
  const found = plan(2, [even(4, 1000, 1000), even(4, 2000, 2000)])
  t.match(found, { perMember: null, neededToKeepUp: null, options: [] })
  t.match(found.advice, [/keeps up/])
})

t.test('without members, or without progress, nothing is measured', async (t) => {
  t.match(plan(0, [even(4, 0, 1000), even(4, 0, 2000)]).advice, [/no members/])
  t.match(plan(2, [even(4, 0, 1000), even(4, 0, 2000)]).advice, [/no progress/])
})

t.test('what a member can do may be given', async (t) => {
  const found = plan(0, [even(4, 0, 1000), even(4, 0, 2000)], { perMemberPerSec: 200, wanted: 3 })
  t.match(found, { perMember: { perSec: 200, source: 'given' }, neededToKeepUp: 2 })
  t.match(
    found.options.find(({ members }) => members === 3),
    { drainSeconds: 40, keepsUp: true }
  )
})

t.test('members beyond the partitions are idle', async (t) => {
  t.match(plan(6, [even(4, 0, 1000), even(4, 500, 2000)]).advice, [/6 members are 2 more/, /.*/])
  t.equal(plan(6, [even(4, 0, 1000), even(4, 500, 2000)]).perMember?.perSec, 50, 'four of them did the work')
})

t.test('a partition that was not known at first does not count as written or read', async (t) => {
  const found = plan(2, [
    [
      { committed: 0, end: 100 },
      { committed: null, end: 5000 }
    ],
    [
      { committed: 50, end: 200 },
      { committed: 5000, end: 6000 }
    ]
  ])
  t.match(found, { producedPerSec: 10, consumedPerSec: 5 })
})
