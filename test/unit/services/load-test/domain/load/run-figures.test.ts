import t from 'tap'
import { comparedRun } from '#services/load-test/domain/load/run-figures.ts'
import type { RateSearch } from '#shared/contracts/load-search.ts'
import type { LoadTestResult } from '#shared/contracts/load-test-result.ts'
import { keptRun } from '../../kept-runs.ts'

const withResult = (change: Partial<LoadTestResult>) => {
  const run = keptRun(0, { perSecond: 900, responseMs: 5 })
  return comparedRun({ ...run, result: run.result && { ...run.result, ...change } }).figures
}

t.test('the figures of a run are those after its warm-up', async (t) => {
  t.same(withResult({}), { throughput: 900, responseP50: 5, responseP99: 10, serviceP99: 9, clientCost: 5 })
})

t.test('what a run does not show is null, and so is all that an earlier version left out', async (t) => {
  const [p50, ...others] = keptRun(0).result?.percentiles ?? []
  t.equal(withResult({ percentiles: [...(p50 ? [{ ...p50, valueMs: null }] : []), ...others] }).responseP50, null)
  t.equal(withResult({ steadyState: { status: 'tooShort', warmUpSeconds: 0, eventsPerSecond: null } }).throughput, null)
  const { workloadHash: _hash, fingerprint: _fingerprint, ...old } = keptRun(0, {}, { result: null })
  t.match(comparedRun(old), {
    workloadHash: null,
    fingerprint: null,
    limitedBy: null,
    steadyState: null,
    failed: 0,
    figures: { throughput: null, responseP50: null, responseP99: null, serviceP99: null, clientCost: null }
  })
})

t.test('the rate of a search is what it found, not that of its soak', async (t) => {
  const search: RateSearch = { highestPass: 1000, lowestFail: 1050, endedBecause: 'found', trials: [] }
  t.equal(withResult({ search }).throughput, 1000)
  t.equal(withResult({ search: { ...search, highestPass: null } }).throughput, null)
})
