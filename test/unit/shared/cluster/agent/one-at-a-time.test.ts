import t from 'tap'
import { oneAtATime } from '#shared/cluster/agent/one-at-a-time.ts'

t.test('who asks during a run shares one that begins afterwards', async (t) => {
  const ends: (() => void)[] = []
  let begun = 0
  const read = oneAtATime(async () => {
    begun += 1
    const mine = begun
    await new Promise<void>((resolve) => ends.push(resolve))
    return mine
  })
  const first = read()
  await Promise.resolve()
  const [second, third] = [read(), read()]
  await Promise.resolve()
  t.equal(begun, 1, 'the next one waits')
  ends[0]?.()
  t.equal(await first, 1)
  await new Promise(setImmediate)
  ends[1]?.()
  t.same(await Promise.all([second, third]), [2, 2])
  t.equal(begun, 2)
})

t.test('a run that fails keeps no later one from beginning', async (t) => {
  let fails = true
  const read = oneAtATime(async () => {
    if (fails) throw new Error('not now')
    return 'done'
  })
  const [first, shared] = [read(), read()]
  await t.rejects(first, { message: 'not now' })
  await t.rejects(shared, { message: 'not now' })
  fails = false
  t.equal(await read(), 'done')
})
