import t from 'tap'
import { createSeal } from '#services/load-test/adapters/load-workers/sealed-messages.ts'
import { createLatencies } from '#services/load-test/domain/load/latencies.ts'
import type { WorkerReport } from '#services/load-test/domain/load-workers/messages.ts'
import { simulatedSecond } from '../../fakes.ts'

const secret = () => 'sixteen characters'
const hello: WorkerReport = { kind: 'hello', worker: 'w', host: 'h', partitions: [1, 2] }

t.test('histograms arrive as they were, bucket by bucket', async (t) => {
  const latencies = createLatencies()
  for (let ms = 0.01; ms < 20_000; ms *= 1.01) latencies.record(ms, 3)
  const response = latencies.take()
  const report = { ...simulatedSecond(100, 4, 7.25), response, batchTimes: [1.2345678, 20] }
  const message: WorkerReport = {
    ...{ kind: 'second', worker: 'w', host: 'h', run: 'r', share: 1, epoch: 2, report }
  }
  const seal = createSeal<WorkerReport>(secret, 'test')
  const text = seal.seal(message)
  t.same(seal.open(text), { ...message, report: { ...report, batchTimes: [1.235, 20] } })
  t.ok(text.length < 8000, `${text.length} characters for ${response.values.length} buckets`)
})

t.test('a message opens with the same secret and for the same purpose only, and unchanged', async (t) => {
  const seal = createSeal<WorkerReport>(secret, 'report')
  const text = seal.seal(hello)
  t.same(seal.open(text), hello)
  const changed = Buffer.from(text, 'base64')
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  const forged = Buffer.from(text, 'base64')
  forged[0] = (forged[0] ?? 0) ^ 1
  for (const [what, opened] of [
    ['another secret', createSeal(() => 'another secret of the same length', 'report').open(text)],
    ['another purpose', createSeal(secret, 'order').open(text)],
    ['changed content', seal.open(changed.toString('base64'))],
    ['changed signature', seal.open(forged.toString('base64'))],
    ['cut off', seal.open(text.slice(0, 20))],
    ['nothing', seal.open('')],
    ['plain text', seal.open(JSON.stringify(hello))]
  ] as const) {
    t.equal(opened, undefined, what)
  }
})

t.test('what unpacks to more than it should is not opened, even with the secret', async (t) => {
  const seal = createSeal<{ text: string }>(secret, 'report')
  t.equal(seal.open(seal.seal({ text: 'x'.repeat(34_000_000) })), undefined)
})
