import t from 'tap'
import { comparable, createCopyRates, rateBetween } from '#services/admin/domain/reassignments/copy-rates.ts'

const at = (seconds: number) => new Date(1_000_000 + seconds * 1000)
const sample = (seconds: number, copiedBytes: number, totalBytes = 1000) => ({
  atMs: at(seconds).getTime(),
  copiedBytes,
  totalBytes
})
const state = (copiedBytes: number | null, adding = [2]) => ({
  topic: 'a',
  partition: 0,
  adding,
  copiedBytes,
  totalBytes: 1000
})

const cases = [
  {
    name: 'at a steady rate',
    before: sample(0, 100),
    now: sample(10, 300),
    rate: { bytesPerSec: 20, etaSeconds: 35 }
  },
  {
    name: 'while writes are half as fast as copying',
    before: sample(0, 100, 1000),
    now: sample(10, 300, 1100),
    rate: { bytesPerSec: 20, etaSeconds: 80 }
  },
  {
    name: 'while more is written than copied',
    before: sample(0, 100, 1000),
    now: sample(10, 300, 1300),
    rate: { bytesPerSec: 20, etaSeconds: null, etaReason: 'falling_behind' }
  },
  {
    name: 'while nothing is copied',
    before: sample(0, 100),
    now: sample(10, 100),
    rate: { bytesPerSec: 0, etaSeconds: null, etaReason: 'stalled' }
  },
  {
    name: 'when all is copied',
    before: sample(0, 100),
    now: sample(10, 1000),
    rate: { bytesPerSec: 90, etaSeconds: 0 }
  }
] as const

for (const { name, before, now, rate } of cases) {
  t.test(`rate and end ${name}`, async (t) => t.same(rateBetween(before, now), rate))
}

t.test('comparisons use samples of at most half a minute, or the last one there is', async (t) => {
  const samples = [sample(0, 0), sample(20, 10), sample(40, 20)]
  t.same(comparable(samples, sample(45, 30)), samples.slice(1))
  t.same(comparable(samples, sample(600, 30)), samples.slice(2))
  t.same(comparable(samples, sample(45, 5)), [], 'the copy has started again')
  t.same(comparable(samples, sample(30, 30)), samples.slice(0, 2), 'the clock went back')
})

t.test('a first reading has no rate, the next ones do; an unknown value starts again', async (t) => {
  const rates = createCopyRates()
  const of = (seconds: number, ...states: ReturnType<typeof state>[]) => rates.measure(at(seconds), states).get('a-0')
  t.match(of(0, state(0)), { bytesPerSec: null, bytesPerSecReason: 'not_measured', etaReason: 'not_measured' })
  t.match(of(0.5, state(50)), { bytesPerSec: null, bytesPerSecReason: 'not_measured' }, 'too soon after it')
  t.same(of(4, state(400)), { bytesPerSec: 100, etaSeconds: 6 })
  t.match(of(5, state(400, [3])), { bytesPerSecReason: 'not_measured' }, 'on its way to another broker')
  t.match(of(8, state(null, [3])), { bytesPerSec: null, bytesPerSecReason: 'broker_unreachable', etaSeconds: null })
  t.match(of(9, state(500, [3])), { bytesPerSecReason: 'not_measured' })
  of(20)
  t.match(of(30, state(600, [3])), { bytesPerSecReason: 'not_measured' }, 'it was done in between')
})
