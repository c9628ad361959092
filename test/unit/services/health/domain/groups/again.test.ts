import t from 'tap'
import { type GroupsAgain, judgeAgain, readGroupsAgain } from '#services/health/domain/groups/again.ts'
import { createGroupHistory } from '#services/health/domain/groups/history.ts'
import { judgeGroups } from '#services/health/domain/groups/judge.ts'
import { createFakeClock } from '../../fake-clock.ts'
import { metadata, partition, plainCluster, plainReader, topic } from '../../plain-cluster.ts'
import { commitOf, groupOf, logOf, sweepOf } from './sweeps.ts'

const told = metadata([topic('a', partition())])

/** Commits of a group without members, sweep by sweep, each with the end of the log. */
function judgedAfter(seen: [committed: number, end: number][]) {
  const history = createGroupHistory()
  const sweeps = seen.map(([committed, end], nth) =>
    sweepOf(nth, { committed: [commitOf(committed)], offsets: [logOf(end)] })
  )
  for (const sweep of sweeps) history.record(sweep)
  const last = sweeps.at(-1) ?? sweepOf(0)
  return { history, judged: judgeGroups(last, history), lastMs: last.asOf.getTime() }
}

/** The group reads and commits, then has no members. */
const stopping: [number, number][] = [
  [50, 50],
  [100, 100],
  [200, 200],
  [200, 300],
  [200, 400],
  [200, 500]
]

const cases: [name: string, again: Partial<GroupsAgain>, verdict: string, lag: number | null][] = [
  ['1. it still stands', {}, 'STOP', 350],
  ['2. it reads again', { committed: [commitOf(400)] }, 'OK', 150],
  ['3. it has caught up', { committed: [commitOf(550)] }, 'OK', 0],
  ['4. its commits could not be read', { committed: [commitOf(null)] }, 'STOP', 300],
  ['5. its partition could not be read', { offsets: [logOf(null)] }, 'STOP', 300],
  ['6. its coordinator did not answer', { groups: [], committed: [] }, 'STOP', 300],
  ['7. it went back', { committed: [commitOf(150)] }, 'REWIND', 400],
  ['8. the log was cut', { offsets: [logOf(250)] }, 'null', 50]
]

for (const [name, overrides, verdict, lag] of cases) {
  t.test(name, async (t) => {
    const { history, judged, lastMs } = judgedAfter(stopping)
    t.equal(judged[0]?.verdict, 'STOP')
    const again = {
      atMs: lastMs + 8000,
      groups: [groupOf()],
      committed: [commitOf(200)],
      offsets: [logOf(550)],
      recordTimes: [],
      ...overrides
    }
    const { length } = history.windows('g', 'a', 0).commits
    const [group] = judgeAgain(judged, again, told, history)
    t.match(group, { group: 'g', verdict: verdict === 'null' ? null : verdict, lag })
    t.equal(history.windows('g', 'a', 0).commits.length, length, 'the history goes on sweep by sweep')
  })
}

t.test('the lag in seconds counts to the new reading', async (t) => {
  const { history, judged, lastMs } = judgedAfter(stopping)
  const again = {
    atMs: lastMs + 8000,
    groups: [groupOf()],
    committed: [commitOf(500)],
    offsets: [logOf(580)],
    recordTimes: []
  }
  t.equal(judgeAgain(judged, again, told, history)[0]?.lagSeconds, 8)
})

t.test('its cost: the coordinators, and only those partitions of the leaders', async (t) => {
  const asked: unknown[] = []
  const reader = plainReader(plainCluster(), {
    offsets: async (topics) => {
      asked.push(topics.map(({ name, partitions }) => [name, partitions.map((one) => one.partition)]))
      return { value: [{ topic: 'a', partition: 0, logStartOffset: 0, logEndOffset: 100 }], warnings: [] }
    }
  })
  const topics = [topic('a', partition(), partition({ partition: 1 })), topic('b', partition())]
  const ports = { reader, clock: createFakeClock(), history: createGroupHistory() }
  const never = new AbortController().signal
  t.match(await readGroupsAgain(ports, ['g'], { topics }, never), {
    groups: [{ group: 'g' }],
    committed: [{ offset: 93 }]
  })
  t.same(asked, [[['a', [0]]]])
  t.equal(await readGroupsAgain(ports, ['gone'], { topics }, never), null)
  t.equal(asked.length, 1)
})
