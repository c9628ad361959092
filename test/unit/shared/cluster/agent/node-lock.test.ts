import t from 'tap'
import { createNodeLock } from '#shared/cluster/agent/node-lock.ts'

/** Work that ends on command, and records its start. */
function work(name: string, log: string[]) {
  const { promise, resolve } = Promise.withResolvers<void>()
  return {
    run: async () => {
      log.push(name)
      await promise
    },
    end: resolve
  }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

t.test('work on one node waits its turn, work on others does not', async (t) => {
  const lock = createNodeLock()
  const log: string[] = []
  const [first, second, other] = [work('first', log), work('second', log), work('other', log)]
  const all = [lock.run(['a'], first.run), lock.run(['a'], second.run), lock.run(['b'], other.run)]
  await settled()
  t.same(log, ['first', 'other'])
  first.end()
  await settled()
  t.same(log, ['first', 'other', 'second'])
  second.end()
  other.end()
  await Promise.all(all)
})

t.test('work on all nodes waits for each, and delays later work', async (t) => {
  const lock = createNodeLock()
  const log: string[] = []
  const [a, both, b] = [work('a', log), work('both', log), work('b', log)]
  const all = [lock.run(['a'], a.run), lock.run(['a', 'b'], both.run), lock.run(['b'], b.run)]
  await settled()
  t.same(log, ['a'])
  a.end()
  await settled()
  t.same(log, ['a', 'both'])
  both.end()
  await settled()
  t.same(log, ['a', 'both', 'b'])
  b.end()
  await Promise.all(all)
})

t.test('failing work reports to its caller and lets the next task start', async (t) => {
  const lock = createNodeLock()
  const failing = lock.run(['a'], async () => {
    throw new Error('broken')
  })
  const next = lock.run(['a'], async () => 'done')
  await t.rejects(failing, { message: 'broken' })
  t.equal(await next, 'done')
})
