import fc from 'fast-check'
import t from 'tap'
import { holmAdjusted } from '#services/load-test/domain/statistics/holm.ts'

const rounded = (values: number[]) => values.map((value) => Number(value.toFixed(12)))

const cases: { p: number[]; adjusted: number[] }[] = [
  { p: [], adjusted: [] },
  { p: [0.04], adjusted: [0.04] },
  // R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")
  { p: [0.01, 0.02, 0.03, 0.04, 0.05], adjusted: [0.05, 0.08, 0.09, 0.09, 0.09] },
  { p: [0.04, 0.01, 0.03], adjusted: [0.06, 0.03, 0.06] },
  { p: [0.5, 0.6, 0.01], adjusted: [1, 1, 0.03] },
  { p: [0.02, 0.02], adjusted: [0.04, 0.04] },
  { p: [0, 1], adjusted: [0, 1] }
]

for (const { p, adjusted } of cases) {
  t.test(`Holm adjusts [${p}] to [${adjusted}]`, async (t) => t.same(rounded(holmAdjusted(p)), adjusted))
}

t.test("adjusted values up to alpha are those that Holm's procedure rejects", async (t) => {
  const pValues = fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(pValues, fc.double({ min: 0.001, max: 0.2, noNaN: true }), (p, alpha) => {
      // Holm: from the smallest on, compare with alpha / (number not yet rejected); stop at the first that exceeds it.
      const rejected = new Set<number>()
      const order = p.map((_, index) => index).sort((a, b) => (p[a] ?? 0) - (p[b] ?? 0))
      for (const index of order) {
        if ((p[index] ?? 1) * (p.length - rejected.size) > alpha) break
        rejected.add(index)
      }
      return holmAdjusted(p).every((value, index) => value <= alpha === rejected.has(index))
    }),
    { seed: 3, numRuns: 1000 }
  )
  t.pass()
})
