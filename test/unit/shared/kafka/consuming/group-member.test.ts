import t from 'tap'
import { createGroupMember } from '#shared/kafka/consuming/group-member.ts'
import { simulatedClock } from '../../../simulated-clock.ts'
import { errors, simulatedCoordinator } from './simulated-coordinator.ts'

function simulation() {
  const coordinator = simulatedCoordinator()
  const { clock, drive } = simulatedClock()
  /** A member, and every part that it has had. */
  function start(onRebalance?: () => Promise<void>, onConfirmed?: () => void) {
    const parts: number[][] = []
    const ending = new AbortController()
    const member = createGroupMember({
      ...{ brokers: coordinator.brokers, group: 'g', topics: ['x'], metadata: 'mark', clock },
      ...(onRebalance && { onRebalance }),
      ...(onConfirmed && { onConfirmed }),
      onAssigned: (assignment) => parts.push(assignment.flatMap(({ partitions }) => partitions)),
      offsetsOf: (assignment) =>
        assignment.flatMap(({ topic, partitions }) =>
          partitions.map((partition) => ({ topic, partition, offset: 100 + partition }))
        )
    })
    const living = member.live(ending.signal)
    living.catch(() => undefined)
    return { member, parts, living, end: () => ending.abort(new Error('over')) }
  }
  /** Lets time pass until something is so. */
  const until = (isSo: () => boolean) =>
    drive(
      (async () => {
        for (let round = 0; !isSo() && round < 1000; round += 1) await clock.sleep(50)
        t.ok(isSo(), 'it comes to that')
      })()
    )
  return { ...coordinator, start, until, drive, clock }
}

t.test('members share the partitions out, and share them again when one comes or leaves', async (t) => {
  const { start, until, drive, commits, members } = simulation()
  const [one, two] = [start(), start()]
  await until(() => one.member.generation !== undefined && one.member.generation === two.member.generation)
  t.same([one.parts.at(-1), two.parts.at(-1)].flat().toSorted(), [0, 1, 2, 3, 4, 5])
  t.equal(one.parts.at(-1)?.length, 3)
  const { generation } = one.member
  const before = commits.length
  const three = start()
  await until(
    () => three.member.generation === one.member.generation && one.member.generation === two.member.generation
  )
  t.same([one, two, three].flatMap(({ parts }) => parts.at(-1) ?? []).toSorted(), [0, 1, 2, 3, 4, 5])
  t.same(
    [one, two, three].map(({ parts }) => parts.at(-1)?.length),
    [2, 2, 2]
  )
  const handedOver = commits.slice(before).filter((commit) => commit.generation === generation)
  t.ok(handedOver.some(({ member }) => member === 'member-1') && handedOver.some(({ member }) => member === 'member-2'))

  three.end()
  await drive(three.member.leave())
  await until(() => one.parts.at(-1)?.length === 3 && two.parts.at(-1)?.length === 3)
  t.equal(members.size, 2)
  t.same(commits.find(({ member }) => member === 'member-3')?.offsets[0], [4, 104], 'it has committed what it had')
  await t.rejects(three.living, { message: 'over' })
  for (const each of [one, two]) {
    each.end()
    await drive(each.member.leave())
  }
  t.equal(members.size, 0)
})

t.test('it commits as long as it is a member', async (t) => {
  const { start, until, commits } = simulation()
  const one = start()
  await until(() => commits.length >= 3)
  t.same(
    commits[0]?.offsets,
    Array.from({ length: 6 }, (_, partition) => [partition, 100 + partition])
  )
  one.end()
})

t.test('one that the coordinator has put out has nothing until it has joined again', async (t) => {
  const { start, until, members } = simulation()
  const one = start()
  await until(() => one.parts.length === 1)
  members.clear()
  await until(() => one.parts.length === 3)
  t.same(
    one.parts.map(({ length }) => length),
    [6, 0, 6]
  )
  t.same([...members], ['member-2'], 'under another id')
  one.end()
})

t.test('it follows the coordinator to another broker', async (t) => {
  const { start, until, hooks, commits } = simulation()
  const one = start()
  await until(() => commits.length === 1)
  hooks.broker = 2
  await until(() => one.parts.length === 2 && commits.length > 2)
  t.equal(one.parts.at(-1)?.length, 6)
  one.end()
})

t.test('what no attempt would change ends it', async (t) => {
  const { start, hooks, drive } = simulation()
  hooks.joinError = errors.notAuthorized
  await t.rejects(drive(start().living), { code: 'kafka_not_authorized' })
})

t.test('before it joins again, it ends what it has in hand, and commits that', async (t) => {
  const { start, until, commits, clock } = simulation()
  let held = 0
  const one = start(async () => {
    held += 1
    await clock.sleep(300)
  })
  await until(() => one.parts.length === 1)
  const { generation } = one.member
  const before = commits.length
  const two = start()
  await until(() => one.parts.length === 2 && two.parts.length === 1)
  t.equal(held, 1)
  t.ok(
    commits.slice(before).some((commit) => commit.member === 'member-1' && commit.generation === generation),
    'in the generation that ends'
  )
  one.end()
  two.end()
})

t.test('one that is forgotten while it joins again has nothing until it has joined', async (t) => {
  const { start, until, members, hooks } = simulation()
  const one = start()
  await until(() => one.parts.length === 1)
  const two = start()
  await until(() => members.size === 2)
  hooks.joinError = errors.unknownMember
  await until(() => one.parts.length === 2)
  t.same(one.parts.at(-1), [])
  one.end()
  two.end()
})

t.test(
  'what never ends before a rebalance is not waited for, and a heartbeat that is answered confirms it',
  async (t) => {
    const { start, until, clock } = simulation()
    let confirmed = 0
    const one = start(
      () => new Promise(() => {}),
      () => {
        confirmed += 1
      }
    )
    await until(() => confirmed >= 2)
    t.match(one.member.membership, { memberId: 'member-1', generation: 1 })
    const two = start()
    const startedAt = clock.monotonicMs()
    await until(() => two.member.generation === 2 && one.member.generation === 2)
    t.ok(clock.monotonicMs() - startedAt < 13_000)
    one.end()
    two.end()
  }
)
