import t from 'tap'
import { withMeasured } from '#services/health/domain/what-if/measured.ts'
import type { Scorecard, ScorecardCell } from '#shared/contracts/drill-scorecard.ts'
import type { WhatIf, WhatIfScenario } from '#shared/contracts/what-if.ts'

const measurements = {
  ...{ timeToNewLeadersMs: 900, timeToFullIsrMs: null, longestAckGapMs: null },
  ...{ faultDurationMs: null, leadersOnNodeBefore: 2 }
}

function cell(change: Partial<ScorecardCell> = {}, last: Partial<ScorecardCell['last']> = {}): ScorecardCell {
  const ended = { result: 'pass', finishedAt: '2026-01-31T12:00:00.000Z', ageSeconds: 100 } as const
  return {
    kind: 'broker-stop',
    configuration: '91b0c47d2f6e8a35',
    stale: false,
    drills: 1,
    passed: 1,
    last: { id: 'd1', node: 'kafka-2', ...ended, measurements, comparison: [], ...last },
    ...change
  }
}
const scorecard = (...cells: ScorecardCell[]): Scorecard => ({
  ...{ cells, configurations: [], repeated: [], warnings: [], asOf: '2026-01-31T12:00:00.000Z' }
})
const scenario = (kind: WhatIfScenario['kind']) => ({ kind, name: kind }) as WhatIfScenario
const answer = (how: WhatIf['how'] = 'stop') =>
  ({ how, scenarios: [scenario('broker'), scenario('rack')] }) as unknown as WhatIf
const measured = (found: WhatIf) => found.scenarios.map((each) => each.measured)

t.test('a broker has what the last drill of this kind of loss measured', async (t) => {
  const compared = cell({}, { comparison: [{ name: 'leaders', predicted: null, measuredSeconds: 0.6, within: null }] })
  t.same(measured(withMeasured(answer(), scorecard(compared))), [
    {
      drill: 'd1',
      node: 'kafka-2',
      result: 'pass',
      at: '2026-01-31T12:00:00.000Z',
      ageSeconds: 100,
      leadersSeconds: 0.6,
      sameConfiguration: true
    },
    undefined
  ])
  t.match(measured(withMeasured(answer(), scorecard(cell()))), [{ leadersSeconds: 0.9 }])
})

const choices: {
  name: string
  cells: ScorecardCell[]
  how?: WhatIf['how']
  drill: string | null
  same?: boolean | null
}[] = [
  { name: 'no drill of this kind', cells: [cell()], how: 'kill', drill: null },
  { name: 'none with a verdict to go by', cells: [cell({}, { result: 'inconclusive' })], drill: null },
  { name: 'a failed one measured, too', cells: [cell({}, { result: 'fail' })], drill: 'd1', same: true },
  {
    name: 'the same configuration before a newer one',
    cells: [cell({ stale: true }, { id: 'new', ageSeconds: 1 }), cell()],
    drill: 'd1',
    same: true
  },
  {
    name: 'the newest of stale ones',
    cells: [cell({ stale: true }), cell({ stale: true }, { id: 'new', ageSeconds: 1 })],
    drill: 'new',
    same: false
  },
  { name: 'nobody knows whether it is stale', cells: [cell({ stale: null })], drill: 'd1', same: null }
]
for (const { name, cells, how, drill, same } of choices) {
  t.test(name, async (t) => {
    const [found] = measured(withMeasured(answer(how), scorecard(...cells)))
    t.equal(found?.drill ?? null, drill)
    if (found) t.equal(found.sameConfiguration, same)
    else t.equal(found, null, 'no drill is not the same as nobody knows')
  })
}

t.test('without a scorecard nothing is claimed', async (t) => {
  t.same(withMeasured(answer(), null), answer())
})
