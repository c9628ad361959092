import t from 'tap'
import type { Comparison } from '#services/load-test/domain/statistics/comparison.ts'
import { type ComparedMetric, judge } from '#services/load-test/domain/statistics/verdict.ts'

interface Result {
  p?: number
  smallestP?: number
  ratio: number
  low: number
  high: number
}

const comparison = ({ p = 0.001, smallestP = 0.001, ratio, low, high }: Result): Comparison => ({
  status: 'compared',
  p,
  smallestP,
  ratio,
  interval: { low, high, level: 0.9 }
})
const higher = (result: Result): ComparedMetric => ({
  name: 'throughput',
  better: 'higher',
  comparison: comparison(result)
})
const lower = (result: Result): ComparedMetric => ({ name: 'p99', better: 'lower', comparison: comparison(result) })

const cases: { what: string; metric: ComparedMetric; verdict: string; because?: string }[] = [
  { what: 'more throughput', metric: higher({ ratio: 1.1, low: 1.05, high: 1.15 }), verdict: 'faster' },
  { what: 'less throughput', metric: higher({ ratio: 0.9, low: 0.85, high: 0.95 }), verdict: 'slower' },
  { what: 'more latency', metric: lower({ ratio: 1.1, low: 1.05, high: 1.15 }), verdict: 'slower' },
  { what: 'less latency', metric: lower({ ratio: 0.9, low: 0.85, high: 0.95 }), verdict: 'faster' },
  {
    what: 'an interval that starts within the margin, below an estimate beyond it',
    metric: lower({ ratio: 1.05, low: 1.01, high: 1.09 }),
    verdict: 'slower'
  },
  {
    what: 'an interval within the margin, whatever p',
    metric: lower({ p: 0.5, ratio: 1, low: 0.98, high: 1.02 }),
    verdict: 'equivalent'
  },
  {
    what: 'a certain difference within the margin',
    metric: lower({ ratio: 1.02, low: 1.015, high: 1.025 }),
    verdict: 'equivalent'
  },
  {
    what: 'the margin itself, which is 1 / 1.03 to 1.03',
    metric: lower({ ratio: 1, low: 1 / 1.03, high: 1.03 }),
    verdict: 'equivalent'
  },
  {
    what: '3 % less, which is beyond 1 / 1.03',
    metric: lower({ p: 0.5, ratio: 1, low: 0.97, high: 1.02 }),
    verdict: 'inconclusive',
    because: 'noDifferenceShown'
  },
  {
    what: 'a certain difference of about the margin',
    metric: lower({ ratio: 1.025, low: 1.01, high: 1.04 }),
    verdict: 'inconclusive',
    because: 'withinReachOfMargin'
  },
  {
    what: 'a difference that chance explains',
    metric: lower({ p: 0.051, ratio: 1.1, low: 1.01, high: 1.2 }),
    verdict: 'inconclusive',
    because: 'noDifferenceShown'
  },
  {
    what: 'p of 0.05',
    metric: lower({ p: 0.05, ratio: 1.1, low: 1.01, high: 1.2 }),
    verdict: 'slower'
  },
  {
    what: 'a p that contradicts the interval',
    metric: lower({ p: 0.04, ratio: 1.1, low: 0.99, high: 1.2 }),
    verdict: 'inconclusive',
    because: 'noDifferenceShown'
  },
  {
    what: 'five pairs that all agree',
    metric: lower({ p: 0.0625, smallestP: 0.0625, ratio: 1.5, low: 1.4, high: 1.6 }),
    verdict: 'inconclusive',
    because: 'tooFewRuns'
  },
  {
    what: 'five pairs within the margin',
    metric: lower({ p: 0.5, smallestP: 0.0625, ratio: 1, low: 0.99, high: 1.01 }),
    verdict: 'equivalent'
  },
  {
    what: 'a refusal',
    metric: { name: 'p99', better: 'lower', comparison: { status: 'refused', reason: 'notPositive' } },
    verdict: 'inconclusive',
    because: 'notPositive'
  }
]
for (const { what, metric, verdict, because } of cases) {
  t.test(`${what}: ${because ?? verdict}`, async (t) => {
    const [judged] = judge([metric])
    t.match(judged, because ? { verdict, because } : { verdict })
  })
}

t.test('a larger margin makes a difference matter less', async (t) => {
  const metric = lower({ ratio: 1.08, low: 1.06, high: 1.09 })
  t.match(judge([metric]), [{ verdict: 'slower' }])
  t.match(judge([metric], 0.1), [{ verdict: 'equivalent' }])
})

t.test('p is adjusted for the metrics that were compared, in their order', async (t) => {
  const far = { ratio: 1.2, low: 1.1, high: 1.3 }
  const refused: ComparedMetric = { ...lower(far), comparison: { status: 'refused', reason: 'tooFewRuns' } }
  const judged = judge([lower({ p: 0.03, ...far }), refused, lower({ p: 0.02, ...far }), lower({ p: 0.9, ...far })])
  t.same(
    judged.map(({ adjustedP, verdict }) => ({ adjustedP, verdict })),
    [
      { adjustedP: 0.06, verdict: 'inconclusive' },
      { adjustedP: null, verdict: 'inconclusive' },
      { adjustedP: 0.06, verdict: 'inconclusive' },
      { adjustedP: 0.9, verdict: 'inconclusive' }
    ]
  )
  t.match(judge([lower({ p: 0.03, ...far }), refused]), [{ adjustedP: 0.03, verdict: 'slower' }, {}])
})

t.test('six pairs that all agree suffice for one metric and not for two', async (t) => {
  const metric = lower({ p: 0.03125, smallestP: 0.03125, ratio: 1.5, low: 1.4, high: 1.6 })
  t.match(judge([metric]), [{ verdict: 'slower' }])
  t.match(judge([metric, metric]), [{ because: 'tooFewRuns' }, { because: 'tooFewRuns' }])
})
