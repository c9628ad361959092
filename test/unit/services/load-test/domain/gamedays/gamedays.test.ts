import t from 'tap'
import Value from 'typebox/value'
import { type ConditionParts, readCondition } from '#services/load-test/domain/gamedays/conditions.ts'
import { createGameDays, interruptedGameDay } from '#services/load-test/domain/gamedays/gamedays.ts'
import { judgeGameDay } from '#services/load-test/domain/gamedays/outcomes.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { DrillVerdict } from '#shared/contracts/drill-verdict.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { GameDayPlanSchema } from '#shared/contracts/gameday-plan.ts'
import type { GameDayStep, StartGameDay } from '#shared/contracts/gameday-request.ts'
import { type GameDay, GameDaySchema, type GameDayStepState } from '#shared/contracts/gamedays.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createJobRunner } from '#shared/jobs/runner.ts'
import { memoryStore } from '../../../../shared/jobs/memory-store.ts'
import { simulatedClock } from '../../../../simulated-clock.ts'
import { plannedDrill } from './planned.ts'

const links = { self: '/x' }
const timeless = { createdAt: '2026-01-31T12:00:00.000Z', finishedAt: null, links }
const measurements = {
  ...{ timeToNewLeadersMs: null, timeToFullIsrMs: null, longestAckGapMs: null },
  ...{ faultDurationMs: null, leadersOnNodeBefore: null }
}
const drill: GameDayStep = { drill: { kind: 'broker-stop', node: 'kafka-1' } }
const load: GameDayStep = { load: { name: 'w', topic: { kind: 'existing', name: 'mine' }, records: 1 } }
const inSync: GameDayStep = { until: { inSync: true, timeout: '5s' } }

interface World {
  /** Of the drills, in their order; pass by default. */
  verdicts?: DrillVerdict['result'][]
  /** Refuses the first drills so often. */
  refusals?: { code: 'cluster_unhealthy' | 'validation_failed'; times: number }
  run?: Partial<LoadTestRun>
  /** How many readings of the cluster find a replica out of sync. */
  outOfSync?: number
  /** A drill ends only when it is cancelled. */
  endless?: boolean
  busy?: boolean
  underReplicated?: boolean
}

function build(world: World = {}) {
  const { clock, drive } = simulatedClock()
  const started: StartDrill[] = []
  const jobs: string[] = []
  const cancelled: string[] = []
  let refusals = world.refusals?.times ?? 0
  let outOfSync = world.outOfSync ?? 0
  const waiting = new Map<string, (result: DrillVerdict['result']) => void>()

  const drillOf = (id: string, result: DrillVerdict['result']): Drill => ({
    ...timeless,
    ...{ id, kind: 'broker-stop', node: 'kafka-1', status: 'completed', timeline: [] },
    verdict: { result, reasons: [`it is ${result}`], counts: null, measurements }
  })
  const runOf = (): LoadTestRun => ({
    ...timeless,
    ...{ id: 'r1', status: 'completed', topic: 'mine', eventCount: 1, progress: null, result: null },
    ...world.run
  })
  const gameDays = createGameDays({
    runner: createJobRunner<GameDay>({
      ...{ store: memoryStore<GameDay>(), clock, noun: 'game day', keep: 10, newId: () => 'g1' },
      ...{ atMost: { jobs: 1, because: 'so' }, assertRoom: async () => {}, interrupted: interruptedGameDay },
      onProblem: (error) => t.fail(String(error))
    }),
    clock,
    drills: {
      plan: async ({ node = 'kafka-9' }) => plannedDrill(node, world),
      async start(request) {
        refusals -= 1
        if (world.refusals && refusals >= 0) throw new KopsError(world.refusals.code, 'not now')
        started.push(request)
        return drillOf(`d${started.length}`, 'pass')
      },
      ended: (id) =>
        world.endless
          ? new Promise((resolve) => waiting.set(id, (result) => resolve(drillOf(id, result))))
          : Promise.resolve(drillOf(id, world.verdicts?.[Number(id.slice(1)) - 1] ?? 'pass')),
      async cancel(id) {
        cancelled.push(id)
        waiting.get(id)?.('aborted')
        return drillOf(id, 'aborted')
      }
    },
    loadTests: {
      plan: async (workload) => ({ workload, seconds: 1, records: 1, valueBytes: 1, guards: [], canStart: true }),
      start: async () => runOf(),
      ended: async () => runOf(),
      cancel: async () => runOf()
    },
    conditions: {
      ...{ prometheus: undefined, labels: [], clock },
      reader: {
        views: async () => [],
        async metadata() {
          outOfSync -= 1
          const isr = outOfSync >= 0 ? [1] : [1, 2]
          const partitions = [{ partition: 0, leader: 1, replicas: [1, 2], isr, offlineReplicas: [], leaderEpoch: 0 }]
          const topics = [{ name: 'x', id: 'x', internal: false, partitions }]
          return { value: { clusterId: null, controllerId: 1, brokers: [], topics }, warnings: [] }
        }
      }
    },
    assertAlone() {
      if (world.busy) throw new KopsError('job_conflict', 'a drill is under way')
    },
    assertWritable(topic) {
      if (topic === 'audit-logs') throw new KopsError('topic_protected', topic)
    }
  })
  const start = (plan: Partial<StartGameDay>) =>
    gameDays.start({ name: 'x', steps: [], ...plan }, ({ kind, id, target }) => jobs.push(`${kind} ${id} ${target}`))
  const run = async (plan: Partial<StartGameDay>) => {
    const { id } = await start(plan)
    return drive(gameDays.ended(id))
  }
  return { gameDays, start, run, started, jobs, cancelled, drive, waiting, clock }
}

const missed = { threshold: 'p99 < 1ms', actual: 5, passed: false }

const cases: {
  name: string
  plan: Partial<StartGameDay>
  world?: World
  states: GameDayStepState[]
  result: string
  reasons: RegExp
}[] = [
  {
    name: 'every step passes',
    plan: { steps: [drill, { wait: '30s' }, inSync] },
    states: ['passed', 'passed', 'passed'],
    result: 'pass',
    reasons: /^all 3 step\(s\) passed$/
  },
  {
    name: 'a failed drill ends it',
    plan: { steps: [drill, drill, inSync] },
    world: { verdicts: ['pass', 'fail'] },
    states: ['passed', 'failed', 'skipped'],
    result: 'fail',
    reasons: /^step 2, drill broker-stop kafka-1: failed: the verdict is fail: it is fail$/
  },
  {
    name: 'with stopOn never the steps after it are carried out',
    plan: { stopOn: 'never', steps: [drill, drill] },
    world: { verdicts: ['fail', 'pass'] },
    states: ['failed', 'passed'],
    result: 'fail',
    reasons: /^step 1,/
  },
  {
    name: 'a verdict that is expected passes, whatever it is',
    plan: { steps: [{ drill: { kind: 'broker-stop', node: 'kafka-1', expect: 'fail' } }] },
    world: { verdicts: ['fail'] },
    states: ['passed'],
    result: 'pass',
    reasons: /^all 1/
  },
  {
    name: 'a pass where a failure is expected fails',
    plan: { steps: [{ drill: { kind: 'broker-stop', node: 'kafka-1', expect: 'fail' } }] },
    states: ['failed'],
    result: 'fail',
    reasons: /the verdict is pass, and fail is expected/
  },
  {
    name: 'a drill that is not conclusive is no failure, and no pass',
    plan: { steps: [drill, inSync] },
    world: { verdicts: ['inconclusive'] },
    states: ['inconclusive', 'skipped'],
    result: 'inconclusive',
    reasons: /the verdict is inconclusive/
  },
  {
    name: 'a drill that somebody else aborted ends it, even with stopOn never',
    plan: { stopOn: 'never', steps: [drill, inSync] },
    world: { verdicts: ['aborted'] },
    states: ['aborted', 'skipped'],
    result: 'aborted',
    reasons: /^drill broker-stop kafka-1 was aborted/
  },
  {
    name: 'a drill waits until the cluster has recovered from the step before',
    plan: { steps: [drill] },
    world: { refusals: { code: 'cluster_unhealthy', times: 5 } },
    states: ['passed'],
    result: 'pass',
    reasons: /^all 1/
  },
  {
    name: 'but not for ever',
    plan: { steps: [drill] },
    world: { refusals: { code: 'cluster_unhealthy', times: 1000 } },
    states: ['inconclusive'],
    result: 'inconclusive',
    reasons: /it could not start: not now/
  },
  {
    name: 'a drill that is refused for good is not tried again',
    plan: { steps: [drill] },
    world: { refusals: { code: 'validation_failed', times: 1 } },
    states: ['inconclusive'],
    result: 'inconclusive',
    reasons: /it could not start: not now/
  },
  {
    name: 'a condition that holds after a while',
    plan: { steps: [inSync] },
    world: { outOfSync: 3 },
    states: ['passed'],
    result: 'pass',
    reasons: /^all 1/
  },
  {
    name: 'a condition that does not hold in time is a failure',
    plan: { steps: [inSync] },
    world: { outOfSync: 1000 },
    states: ['failed'],
    result: 'fail',
    reasons: /not in time: 0 broker\(s\) do not answer, 1 partition\(s\) are not in sync/
  },
  {
    name: 'a condition that cannot be read is none',
    plan: { steps: [{ until: { promql: 'up', timeout: '5s' } }] },
    states: ['inconclusive'],
    result: 'inconclusive',
    reasons: /it could not be read: no Prometheus is configured/
  },
  {
    name: 'a load test that does not complete',
    plan: { steps: [load] },
    world: { run: { status: 'failed', failure: 'no room' } },
    states: ['failed'],
    result: 'fail',
    reasons: /no room/
  },
  {
    name: 'a load test that misses a threshold',
    plan: { steps: [load] },
    world: { run: { result: { acknowledged: 1, thresholds: [missed] } as LoadTestRun['result'] } },
    states: ['failed'],
    result: 'fail',
    reasons: /not met: p99 < 1ms/
  },
  {
    name: 'a load test that completes',
    plan: { steps: [load] },
    world: { run: { result: { acknowledged: 1 } as LoadTestRun['result'] } },
    states: ['passed'],
    result: 'pass',
    reasons: /^all 1/
  }
]

for (const { name, plan, world, states, result, reasons } of cases) {
  t.test(`verdict: ${name}`, async (t) => {
    const { run } = build(world)
    const ended = await run(plan)
    t.same(
      ended.steps.map(({ state }) => state),
      states
    )
    t.equal(ended.verdict?.result, result)
    t.match(ended.verdict?.reasons[0], reasons)
    t.equal(Value.Check(GameDaySchema, { ...ended, plan: { name: 'x', steps: [drill] } }), true)
  })
}

t.test('a dry run plans each step, says what refuses the game day, and leaves no trace of it', async (t) => {
  const { gameDays, started, start, drive, waiting } = build({ endless: true })
  const plan = { name: 'x', steps: [drill, load, { wait: '30s' }, inSync] }
  const planned = await gameDays.plan(plan)
  t.equal(Value.Check(GameDayPlanSchema, planned), true)
  t.match(planned, {
    ...{ name: 'x', admitted: true },
    guards: [
      { name: 'no-other-game-day', passed: true },
      { name: 'no-other-job', passed: true }
    ],
    steps: [
      { what: 'drill broker-stop kafka-1', admitted: true, detail: null, drill: { node: 'kafka-1' }, load: null },
      { what: 'load w', admitted: true, drill: null, load: { records: 1 } },
      { what: 'wait 30s', admitted: true, detail: null },
      { admitted: true, detail: /^holds now: 0 broker/ }
    ]
  })
  t.same([gameDays.list({ limit: 10 }).items, started], [[], []])

  const { id } = await start({ steps: [drill] })
  while (waiting.size === 0) await new Promise((resolve) => setImmediate(resolve))
  t.match(await gameDays.plan(plan), { admitted: false, guards: [{ passed: false, reading: /g1/ }, { passed: true }] })
  await drive(gameDays.cancel(id, 'enough'))
  t.match(await build({ busy: true }).gameDays.plan(plan), {
    ...{ admitted: false, steps: [{ admitted: true }] },
    guards: [{ passed: true }, { passed: false, reading: 'a drill is under way' }]
  })
  t.match(await build({ underReplicated: true }).gameDays.plan(plan), {
    ...{ admitted: false, guards: [{ passed: true }, { passed: true }] },
    steps: [{ admitted: false, detail: 'no-under-replicated: 2 partitions' }, { admitted: true }]
  })
})

t.test('each drill and load test that a step starts is reported, and named in its step', async (t) => {
  const { run, jobs, started } = build({ run: { result: { acknowledged: 1 } as LoadTestRun['result'] } })
  const { steps } = await run({ steps: [{ drill: { kind: 'broker-stop', node: 'kafka-1', expect: 'pass' } }, load] })
  t.same(jobs, ['drill d1 kafka-1', 'loadtest r1 mine'])
  t.match(steps, [
    { drill: 'd1', run: null },
    { drill: null, run: 'r1' }
  ])
  t.same(started, [{ kind: 'broker-stop', node: 'kafka-1' }], 'without what only the game day knows')
})

t.test('an abort cancels the drill of the step, awaits its end, and skips the rest', async (t) => {
  const { gameDays, start, cancelled, drive, waiting } = build({ endless: true })
  const { id } = await start({ steps: [drill, inSync] })
  while (waiting.size === 0) await new Promise((resolve) => setImmediate(resolve))
  const ended = await drive(gameDays.cancel(id, 'Aborted on request'))
  t.same(cancelled, ['d1'])
  t.match(ended, {
    status: 'aborted',
    failure: 'Aborted on request',
    verdict: { result: 'aborted', reasons: ['Aborted on request'] },
    steps: [{ state: 'aborted' }, { state: 'skipped' }]
  })
})

t.test('while one is under way, other drills and game days are refused', async (t) => {
  const { gameDays, start, drive, waiting } = build({ endless: true })
  gameDays.assertNone()
  const { id } = await start({ steps: [drill] })
  t.throws(() => gameDays.assertNone(), { code: 'job_conflict', message: /game day x \(g1\)/ })
  await t.rejects(start({ steps: [drill] }), { code: 'job_conflict' })
  while (waiting.size === 0) await new Promise((resolve) => setImmediate(resolve))
  await drive(gameDays.cancel(id, 'enough'))
  gameDays.assertNone()
  await t.rejects(build({ busy: true }).start({ steps: [drill] }), { code: 'job_conflict' })
})

t.test('what no run could carry out is refused before it begins', async (t) => {
  const { start, started } = build()
  await t.rejects(start({ steps: [drill, {}] }), { code: 'validation_failed', errors: [{ field: 'steps.1' }] })
  await t.rejects(start({ steps: [drill, { drill: { kind: 'broker-stop' } }] }), {
    code: 'validation_failed',
    errors: [{ field: 'steps.1.drill.node', message: /is required/ }]
  })
  const audit: GameDayStep = { load: { name: 'w', topic: { kind: 'existing', name: 'audit-logs' }, records: 1 } }
  await t.rejects(start({ steps: [drill, audit] }), { code: 'topic_protected' })
  const onTopic: GameDayStep = {
    drill: { kind: 'broker-stop', node: 'kafka-1', topic: 'orders', confirmTopic: 'order' }
  }
  await t.rejects(start({ steps: [onTopic] }), {
    code: 'validation_failed',
    errors: [{ field: 'steps.0.drill.confirmTopic', message: /must be orders/ }]
  })
  const { gameDays } = build()
  await t.rejects(gameDays.plan({ name: 'x', steps: [drill, {}] }), { errors: [{ field: 'steps.1' }] })
  await t.rejects(gameDays.plan({ name: 'x', steps: [audit] }), { code: 'topic_protected' })
  t.same(started, [])
})

t.test('one whose service died keeps what its steps had found', (t) => {
  const step = { what: 'a', startedAt: null, finishedAt: null, drill: null, run: null, detail: 'why' }
  const states = (...all: GameDayStepState[]) => all.map((state) => ({ ...step, state }))
  const of = (...all: GameDayStepState[]): GameDay => ({
    ...timeless,
    ...{ id: 'g', name: 'x', status: 'running', plan: { name: 'x', steps: [drill] }, verdict: null },
    steps: states(...all)
  })
  t.match(interruptedGameDay(of('passed', 'running', 'waiting')), {
    steps: [{ state: 'passed' }, { state: 'aborted' }, { state: 'skipped' }],
    verdict: { result: 'aborted', reasons: [/service ended/] }
  })
  t.match(interruptedGameDay(of('failed', 'running')), { verdict: { result: 'fail' } })
  t.match(judgeGameDay([]), { result: 'inconclusive' }, 'never by default')
  t.match(judgeGameDay(states('passed', 'skipped')), { result: 'inconclusive' })
  t.end()
})

t.test('the health is read from Prometheus, and only if it was read since the step began', async (t) => {
  const queries: string[] = []
  const parts = (series: { labels: Record<string, string>; points: [number, number][] }[]): ConditionParts => ({
    reader: { views: async () => [], metadata: () => Promise.reject(new Error('not needed')) },
    prometheus: {
      async range({ query }) {
        queries.push(query)
        return { series, warnings: [] }
      }
    },
    labels: [['cluster', 'one']],
    clock: { now: () => new Date(5000) }
  })
  const healthy = [{ labels: { status: 'HEALTHY' }, points: [[5, 1]] as [number, number][] }]
  const at = { since: new Date(3000), signal: new AbortController().signal }
  const condition = { kind: 'health', status: 'HEALTHY' } as const
  t.same(await readCondition(condition, parts(healthy), at), { holds: true, reading: 'health is HEALTHY' })
  t.same(await readCondition({ kind: 'health', status: 'DOWN' }, parts(healthy), at), {
    holds: false,
    reading: 'health is HEALTHY'
  })
  t.match(await readCondition(condition, parts([]), at), { holds: null, reading: /no reading of the health yet/ })
  t.equal(
    queries[0],
    'kafka_cluster_status{cluster="one"} == 1 and timestamp(kafka_cluster_status{cluster="one"}) >= 3'
  )
  t.match(await readCondition({ kind: 'promql', query: 'up' }, parts([]), at), { holds: false, reading: /no result/ })
  t.match(await readCondition({ kind: 'promql', query: 'up' }, parts(healthy), at), { holds: true })
})
