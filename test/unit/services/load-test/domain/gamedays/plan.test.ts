import t from 'tap'
import { planStep, type StepPlanners } from '#services/load-test/domain/gamedays/plan.ts'
import type { GameDayStepPlan } from '#shared/contracts/gameday-plan.ts'
import type { GameDayStep } from '#shared/contracts/gameday-request.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { plannedDrill } from './planned.ts'

interface World {
  refusal?: KopsError
  underReplicated?: boolean
  /** What Prometheus has; undefined: there is none. */
  results?: number
  diskFull?: boolean
}

function partsIn({ refusal, underReplicated, results, diskFull = false }: World): StepPlanners {
  const series = Array.from({ length: results ?? 0 }, () => ({ labels: {}, points: [[1, 1]] as [number, number][] }))
  return {
    drills: {
      async plan({ node = '' }) {
        if (refusal) throw refusal
        return plannedDrill(node, { underReplicated })
      }
    },
    loadTests: {
      plan: async (workload: Workload) => ({
        ...{ workload, seconds: 60, records: 6000, valueBytes: 1, canStart: !diskFull },
        guards: [{ name: 'disk-space', passed: !diskFull, reading: 'kafka-1 lacks 2 GB', limit: 'room' }]
      })
    },
    conditions: {
      reader: { views: async () => [], metadata: () => Promise.reject(new Error('not needed')) },
      prometheus: results === undefined ? undefined : { range: async () => ({ series, warnings: [] }) },
      ...{ labels: [], clock: { now: () => new Date(100_000) } }
    }
  }
}

const drill: GameDayStep = { drill: { kind: 'broker-stop', node: 'kafka-1', expect: 'fail' } }
const load: GameDayStep = { load: { name: 'w', topic: { kind: 'existing', name: 'mine' }, records: 1 } }
const until: GameDayStep = { until: { promql: 'up' } }

const cases: {
  name: string
  step: GameDayStep
  world?: World
  planned: Partial<Record<keyof GameDayStepPlan, unknown>>
}[] = [
  {
    name: 'a drill that its guards admit',
    step: drill,
    planned: {
      what: 'drill broker-stop kafka-1, expecting fail',
      admitted: true,
      detail: null,
      drill: { node: 'kafka-1' }
    }
  },
  {
    name: 'a drill that its guards refuse',
    step: drill,
    world: { underReplicated: true },
    planned: { admitted: false, detail: 'no-under-replicated: 2 partitions', drill: { admitted: false } }
  },
  {
    name: 'a drill of a node that is not there',
    step: drill,
    world: { refusal: new KopsError('node_not_found', 'There is no node kafka-1') },
    planned: { admitted: false, detail: 'There is no node kafka-1', drill: null }
  },
  { name: 'a load test', step: load, planned: { admitted: true, detail: null, load: { seconds: 60 }, drill: null } },
  {
    name: 'a load test without room',
    step: load,
    world: { diskFull: true },
    planned: { admitted: false, detail: 'disk-space: kafka-1 lacks 2 GB', load: { canStart: false } }
  },
  { name: 'a wait', step: { wait: '30s' }, planned: { what: 'wait 30s', admitted: true, detail: null } },
  {
    name: 'a condition that holds',
    step: until,
    world: { results: 1 },
    planned: { admitted: true, detail: 'holds now: the query has 1 result(s)' }
  },
  {
    name: 'a condition that may come true until its turn',
    step: until,
    world: { results: 0 },
    planned: { admitted: true, detail: 'does not hold now: the query has no result' }
  },
  {
    name: 'a condition that nobody can read',
    step: until,
    planned: { admitted: false, detail: /^cannot be read: no Prometheus is configured/ }
  }
]

for (const { name, step, world = {}, planned } of cases) {
  t.test(`plan: ${name}`, async (t) => {
    t.match(await planStep(step, partsIn(world)), planned)
  })
}

t.test('without an agent there is no plan', async (t) => {
  const refusal = new KopsError('agent_unreachable', 'it does not answer')
  await t.rejects(planStep(drill, partsIn({ refusal })), { code: 'agent_unreachable' })
})
