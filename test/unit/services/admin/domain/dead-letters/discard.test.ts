import t from 'tap'
import { plainQueue } from './plain-queue.ts'

t.test('discarded letters count no longer, also after a restart; a plan discards none', async (t) => {
  const plain = plainQueue()
  for (const value of ['a', 'b', 'c', 'd']) plain.letter(0, value)
  const { discard } = plain.start()
  const spans = [{ partition: 0, from: 0, to: 1 }]
  t.match(await discard({ limit: 2 }, true), { dryRun: true, applied: false, selected: 2, spans, cutBy: 'limit' })
  t.match(await discard({ limit: 2, reason: 'a test' }), { applied: true, selected: 2, spans, cutBy: 'limit' })
  t.match(await plain.start().discard({ error: 'cannot do c' }), { selected: 1, spans: [{ from: 2, to: 2 }] })
  t.match(await plain.start().replay(), { replayed: 1 })
  t.match(await discard(), { selected: 0, skipped: [] })
})

t.test('interrupted letters are discarded when the request says so', async (t) => {
  const plain = plainQueue()
  plain.letter(0, 'a')
  const { replay, discard } = plain.start()
  plain.log.onWrite = async (topic) => (topic === 'orders' ? 'indeterminate' : undefined)
  await replay()
  plain.log.onWrite = async () => undefined
  t.match(await discard(), { selected: 0, skipped: [{ reason: 'unconfirmed', letters: 1 }] })
  t.match(await discard({ includeUnconfirmed: true }), { selected: 1, skipped: [] })
})

t.test('letters by their names: decided ones only with force and a reason', async (t) => {
  const plain = plainQueue()
  plain.letter(1, 'a')
  const { replay, discard } = plain.start()
  await replay()
  const letters = [{ partition: 1, from: 0 }]
  t.match(await discard({ letters }), { selected: 0, skipped: [{ reason: 'replayed' }] })
  await t.rejects(discard({ letters, force: true }), { code: 'validation_failed' })
  t.match(await discard({ letters, force: true, reason: 'it was wrong' }), { selected: 1 })
})
