import t from 'tap'
import type { GameDayStepPlan } from '#shared/contracts/gameday-plan.ts'
import { planState, stepInShort, stepState, whyRefused } from '../../../../web/pages/gameday-plan.ts'
import { plannedDrill } from '../../services/load-test/domain/gamedays/planned.ts'

const none = { what: 'x', admitted: true, detail: null, drill: null, load: null }
const planned = (underReplicated: boolean): GameDayStepPlan => {
  const drill = plannedDrill('kafka-1', { underReplicated })
  return { ...none, drill, admitted: drill.admitted }
}
const forced = (): GameDayStepPlan => {
  const drill = plannedDrill('kafka-1', { underReplicated: true })
  return {
    ...none,
    drill: { ...drill, admitted: true, guards: drill.guards.map((each) => ({ ...each, forced: true })) }
  }
}
const load = (records: number | null, seconds: number | null): GameDayStepPlan => ({
  ...none,
  load: {
    ...{ workload: { name: 'w', topic: { kind: 'existing', name: 'mine' } }, records, seconds, valueBytes: null },
    ...{ guards: [], canStart: true }
  }
})

t.test('a step is ready, refused, or ready against guards', async (t) => {
  t.same(stepState(planned(false)), { mark: 'healthy', word: 'ready' })
  t.same(stepState(planned(true)), { mark: 'down', word: 'refused' })
  t.same(stepState(forced()), { mark: 'degraded', word: 'against 1 guard' })
  t.same(stepState(none), { mark: 'healthy', word: 'ready' })
})

t.test('a step in a line has its guards and what clients notice, or what is written', async (t) => {
  t.equal(
    stepInShort(planned(false)),
    '1 of 1 guard pass; new leaders 0 to 1 s; clients wait 0 to 1 s; in sync again 0 to 1 s'
  )
  t.match(stepInShort(planned(true)), /^0 of 1 guard pass/)
  t.match(stepInShort(load(6000, 30)), /^6.000 records in 30/)
  t.match(stepInShort(load(null, 30)), /^30/)
  t.equal(stepInShort(load(null, null)), 'as long as the cluster decides')
  t.equal(stepInShort(none), undefined)
})

t.test('what refuses a game day is itself first, then its steps', async (t) => {
  const guard = { name: 'no-other-job', passed: true, reading: 'the drill d-1 is under way', limit: 'none' }
  t.equal(whyRefused({ guards: [guard], steps: [planned(false), none] }), undefined)
  t.equal(whyRefused({ guards: [{ ...guard, passed: false }], steps: [planned(true)] }), 'the drill d-1 is under way')
  t.equal(whyRefused({ guards: [guard], steps: [none, planned(true)] }), 'step 2 would be refused')
  t.equal(whyRefused({ guards: [], steps: [planned(true), none, planned(true)] }), 'steps 1, 3 would be refused')
  const of = (admitted: boolean, ...steps: GameDayStepPlan[]) => planState({ name: 'x', guards: [], steps, admitted })
  t.same(of(false, none), { mark: 'down', word: 'It is refused now' })
  t.same(of(true, none), { mark: 'healthy', word: 'It would be started' })
  t.same(of(true, forced(), forced()), { mark: 'degraded', word: 'It would be started, against 2 guards' })
})
