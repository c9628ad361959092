import t from 'tap'
import { assignRanges } from '#shared/kafka/consuming/range-assignment.ts'

const partitions: Record<string, number> = { a: 6, b: 2, c: 0 }
type Shares = Record<string, Record<string, number[]>>

const cases: { name: string; members: Record<string, string[]>; expected: Shares }[] = [
  { name: 'one member has all', members: { x: ['a'] }, expected: { x: { a: [0, 1, 2, 3, 4, 5] } } },
  {
    name: 'the first get one more',
    members: { z: ['a'], x: ['a'], w: ['a'], y: ['a'] },
    expected: { w: { a: [0, 1] }, x: { a: [2, 3] }, y: { a: [4] }, z: { a: [5] } }
  },
  {
    name: 'more members than partitions',
    members: { x: ['b'], y: ['b'], z: ['b'] },
    expected: { x: { b: [0] }, y: { b: [1] }, z: {} }
  },
  {
    name: 'members of another topic get only that',
    members: { x: ['a', 'b'], y: ['b'] },
    expected: { x: { a: [0, 1, 2, 3, 4, 5], b: [0] }, y: { b: [1] } }
  },
  { name: 'a topic that does not exist', members: { x: ['c', 'd'] }, expected: { x: {} } }
]
for (const { name, members, expected } of cases) {
  t.test(name, async (t) => {
    const all = Object.entries(members).map(([memberId, topics]) => ({ memberId, topics }))
    const shared = assignRanges(all, (topic) => partitions[topic] ?? 0)
    const shares = shared.map(({ memberId, assignment }) => [
      memberId,
      Object.fromEntries(assignment.map(({ topic, partitions }) => [topic, partitions]))
    ])
    t.same(Object.fromEntries(shares), expected)
  })
}
