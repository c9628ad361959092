import type { Scorecard, ScorecardCell } from '#shared/contracts/drill-scorecard.ts'
import type { LossKind, MeasuredLoss, WhatIf } from '#shared/contracts/what-if.ts'

/** The kind of drill that loses a broker in this way. */
const kinds: Record<LossKind, string> = { kill: 'broker-kill', stop: 'broker-stop', pause: 'broker-pause' }

/**
 * Predictions with what drills measured beside them: of the cluster as it is configured now, if there are such drills, and the
 * last one of those.
 * @param scorecard null: nobody knows what drills measured
 */
export function withMeasured(answer: WhatIf, scorecard: Scorecard | null): WhatIf {
  if (!scorecard) return answer
  const measured = measuredOf(scorecard.cells, answer.how)
  const scenarios = answer.scenarios.map((each) => (each.kind === 'broker' ? { ...each, measured } : each))
  return { ...answer, scenarios }
}

function measuredOf(cells: readonly ScorecardCell[], how: LossKind): MeasuredLoss | null {
  const [cell] = cells
    .filter(({ kind, last }) => kind === kinds[how] && last.result !== 'inconclusive')
    .toSorted((a, b) => Number(a.stale !== false) - Number(b.stale !== false) || a.last.ageSeconds - b.last.ageSeconds)
  if (!cell) return null
  const { id, node, result, finishedAt, ageSeconds, comparison, measurements } = cell.last
  const leaders = comparison.find(({ name }) => name === 'leaders')?.measuredSeconds ?? null
  const fromViews = measurements.timeToNewLeadersMs
  return {
    drill: id,
    node,
    result,
    at: finishedAt,
    ageSeconds,
    leadersSeconds: leaders ?? (fromViews === null ? null : fromViews / 1000),
    sameConfiguration: cell.stale === null ? null : !cell.stale
  }
}
