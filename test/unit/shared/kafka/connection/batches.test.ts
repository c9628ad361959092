import t from 'tap'
import { inBatches } from '#shared/kafka/connection/batches.ts'

t.test('everything is requested once, in order, never more than a few batches at a time', async (t) => {
  let running = 0
  let most = 0
  const items = Array.from({ length: 23 }, (_, index) => index)
  const answers = await inBatches(items, { size: 5, atOnce: 2 }, async (batch) => {
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
    return batch
  })
  t.same(answers.flat(), items)
  t.equal(answers.length, 5)
  t.equal(most, 2)
})

t.test('no items cause no request, and a failed batch fails everything', async (t) => {
  t.same(await inBatches([], { size: 5, atOnce: 2 }, () => Promise.reject(new Error('asked'))), [])
  const failing = inBatches([1, 2], { size: 1, atOnce: 2 }, (batch) =>
    batch.includes(2) ? Promise.reject(new Error('refused')) : Promise.resolve(batch)
  )
  await t.rejects(failing, { message: 'refused' })
})
