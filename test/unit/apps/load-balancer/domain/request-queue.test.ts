import fc from 'fast-check'
import t from 'tap'
import { createRequestQueue } from '#apps/load-balancer/domain/request-queue.ts'

const items = (...times: number[]) => times.map((at) => ({ at, item: at }))

t.test('items of several partitions are taken by their time', async (t) => {
  const queue = createRequestQueue<number>()
  queue.add(0, items(1, 4, 5), 100)
  queue.add(1, items(2, 3, 9), 101)
  t.equal(queue.size, 6)
  t.equal(queue.oldestAddedAt, 100)
  t.same(queue.take(4, 101), [1, 2, 3, 4])
  t.same(queue.take(9, 101), [5, 9])
  t.same(queue.take(9, 101), [])
  t.equal(queue.oldestAddedAt, undefined)
})

t.test(
  'in a backlog a partition that has nothing gets a second to deliver; later, and for new items, nobody waits',
  async (t) => {
    const queue = createRequestQueue<number>()
    queue.assign([0, 1], 100)
    queue.add(0, items(10, 11, 99), 100)
    t.equal(queue.holdBack(100), 1)
    t.equal(queue.holdBack(100.75), 0.25)
    queue.add(1, items(10.5), 100.75)
    t.equal(queue.holdBack(100.75), 0)
    t.same(queue.take(9, 100.75), [10, 10.5], 'after that, partition 1 may have an earlier one than 11')
    t.equal(queue.holdBack(100.75), 1)
    t.same(queue.take(9, 102), [11, 99])
    queue.add(0, items(98), 102)
    t.equal(queue.holdBack(102), 0, 'it is of now')
  }
)

t.test('whatever arrives in time comes out in order, once', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(50), { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 7 }),
      (lists, most) => {
        const queue = createRequestQueue<number>()
        queue.assign(
          lists.map((_, partition) => partition),
          0
        )
        const sorted = lists.map((list) => list.toSorted((a, b) => a - b))
        for (const [partition, list] of sorted.entries()) queue.add(partition, items(...list), 1000)
        const taken: number[] = []
        for (let now = 1000; queue.size > 0; now += 0.5)
          if (queue.holdBack(now) === 0) taken.push(...queue.take(most, now))
        return String(taken) === String(sorted.flat().toSorted((a, b) => a - b))
      }
    )
  )
})
