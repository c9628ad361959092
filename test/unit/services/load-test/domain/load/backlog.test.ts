import t from 'tap'
import { createBacklogWatch, lagOf } from '#services/load-test/domain/load/backlog.ts'
import type { Backlog } from '#shared/contracts/load-consumption.ts'

type Reading = [nowMs: number, ...partitions: [end: number, processed: number][]]

const positionsOf = (partitions: [end: number, processed: number][]) =>
  partitions.map(([end, processed], partition) => ({ partition, end, processed, delivered: processed }))

const cases: { name: string; readings: Reading[]; expected: Backlog | undefined }[] = [
  { name: 'no reading', readings: [], expected: undefined },
  {
    name: 'producers have stopped: it is over once the end is reached',
    readings: [
      [10_000, [800, 0], [200, 0]],
      [11_000, [800, 700], [200, 100]],
      [12_000, [800, 800], [200, 200]],
      [13_000, [800, 800], [200, 200]]
    ],
    expected: { records: 1000, startedAfterSeconds: 10, drainSeconds: 2, drainedPerSecond: 500, producedPerSecond: 0 }
  },
  {
    name: 'producers go on: it is over once everything of the reading before is there',
    readings: [
      [4000, [400, 0]],
      [5000, [500, 250]],
      [6000, [600, 490]],
      [7000, [700, 600]]
    ],
    expected: { records: 400, startedAfterSeconds: 4, drainSeconds: 3, drainedPerSecond: 200, producedPerSecond: 100 }
  },
  {
    name: 'one partition that is behind is enough to go on',
    readings: [
      [0, [10, 0], [10, 0]],
      [1000, [10, 10], [10, 9]]
    ],
    expected: { records: 20, startedAfterSeconds: 0, drainSeconds: null, drainedPerSecond: 19, producedPerSecond: 0 }
  },
  {
    name: 'a group that is slower than the producers never catches up',
    readings: [
      [0, [100, 0]],
      [1000, [200, 50]],
      [2000, [300, 100]]
    ],
    expected: { records: 100, startedAfterSeconds: 0, drainSeconds: null, drainedPerSecond: 50, producedPerSecond: 100 }
  }
]

for (const { name, readings, expected } of cases) {
  t.test(name, async (t) => {
    const watch = createBacklogWatch()
    for (const [nowMs, ...partitions] of readings) watch.see(nowMs, positionsOf(partitions))
    t.same(watch.result(), expected)
  })
}

t.test('lag is what is not processed, and never negative', async (t) => {
  t.equal(
    lagOf(
      positionsOf([
        [10, 4],
        [5, 5],
        [3, 9]
      ])
    ),
    6
  )
})
