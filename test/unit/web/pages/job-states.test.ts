import t from 'tap'
import type { Drill } from '#shared/contracts/drills.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { drillState, isUnderWay, runState } from '../../../../web/pages/job-states.ts'

t.test('a drill is its verdict, and its phase until then', async (t) => {
  const of = (status: Drill['status'], result?: string) =>
    drillState({ status, verdict: (result ? { result } : null) as Drill['verdict'] })
  t.same(of('completed', 'pass'), { mark: 'healthy', word: 'pass' })
  t.same(of('completed', 'fail'), { mark: 'down', word: 'fail' })
  t.same(of('completed', 'inconclusive'), { mark: 'degraded', word: 'inconclusive' })
  t.same(of('healing'), { mark: 'progress', word: 'healing' })
  t.same(of('failed'), { mark: 'down', word: 'failed' })
  t.same(of('aborted'), { mark: 'unknown', word: 'aborted' })
  t.same([isUnderWay({ status: 'verifying' }), isUnderWay({ status: 'aborted' })], [true, false])
})

t.test('a load test is judged by its thresholds, if it has any', async (t) => {
  const of = (status: LoadTestRun['status'], ...passed: boolean[]) =>
    runState({ status, result: { thresholds: passed.map((each) => ({ passed: each })) } as LoadTestRun['result'] })
  t.same(of('running'), { mark: 'progress', word: 'running' })
  t.same(of('completed'), { mark: 'healthy', word: 'completed' })
  t.same(of('completed', true, true), { mark: 'healthy', word: 'thresholds kept' })
  t.same(of('completed', true, false), { mark: 'down', word: 'threshold missed' })
  t.same(of('failed'), { mark: 'down', word: 'failed' })
})

t.test('a search without a rate, and a verification that could not read all, are no success', async (t) => {
  const of = (result: object) => runState({ status: 'completed', result: result as LoadTestRun['result'] })
  t.same(of({ search: { endedBecause: 'found' } }), { mark: 'healthy', word: 'completed' })
  t.same(of({ search: { endedBecause: 'clientLimit' } }), { mark: 'degraded', word: 'no final rate' })
  t.same(of({ verification: { verdict: 'incomplete' } }), { mark: 'degraded', word: 'not all read back' })
  t.same(of({ verification: { verdict: 'clean' } }), { mark: 'healthy', word: 'completed' })
})
