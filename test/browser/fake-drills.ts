import type { Page } from 'playwright-core'
import type { Scorecard } from '#shared/contracts/drill-scorecard.ts'
import type { Drill, DrillKindInfo, DrillPlan } from '#shared/contracts/drills.ts'
import type { GameDayPlan, ReadyGameDays } from '#shared/contracts/gameday-plan.ts'
import type { GameDay } from '#shared/contracts/gamedays.ts'
import type { ReadyWorkloads } from '#shared/contracts/load-plan.ts'
import { drill } from '../unit/cli/drills/drill.ts'

const asOf = '2026-02-03T05:00:00.000Z'
const seconds = {
  detection: { min: 4, max: 8 },
  leaders: { min: 4, max: 9 },
  clientGap: { min: 4, max: 10 },
  followed: { min: 4, max: 9 },
  isrFull: { min: 1, max: 15 }
}
const prediction = {
  moves: [{ topic: 'orders', partition: 0, from: 2, to: 3, unclean: false }],
  ...{ offline: [], writesStop: [{ topic: 'audit', partition: 1, cause: 'configuration' as const }] },
  groups: [{ group: 'billing', from: 2, to: 1 }],
  totals: { moves: 1, offline: 0, writesStop: 1 },
  ...{ ownTopic: null, seconds, assumed: ['zookeeper.session.timeout.ms'] },
  notes: ['replicas that have much to copy take longer']
}
const { guards = [], verdict } = drill()

const answering = [1, 2, 3].map((id) => ({
  node: `kafka-${id}`,
  lanes: [
    { fromMs: -9000, answers: true },
    ...(id === 2
      ? [
          { fromMs: 900, answers: false },
          { fromMs: 22_000, answers: true }
        ]
      : [])
  ]
}))

/** One that runs since so long. */
export function runningDrill(sinceMs: number): Drill {
  const { comparison: _, finishedAt, ...rest } = drill({ id: 'running', prediction })
  const zero = Date.now() - sinceMs
  const shift = zero - Date.parse('2026-02-03T04:05:06.000Z')
  const at = (time: string) => new Date(Date.parse(time) + shift).toISOString()
  const timeline = rest.timeline.slice(0, 3).map((event) => ({ ...event, at: at(event.at) }))
  const isLate = (ms: number) => ms <= sinceMs
  return {
    ...{ ...rest, verdict: null, finishedAt: null, status: 'running', createdAt: at(rest.createdAt), timeline },
    partitions: (rest.partitions ?? []).map((each) => ({
      ...{ ...each, lanes: each.lanes.filter(({ fromMs }) => isLate(fromMs)) }
    })),
    answers: answering.map(({ node, lanes }) => ({ node, lanes: lanes.filter(({ fromMs }) => isLate(fromMs)) })),
    progress: { acknowledged: 3210, failed: 12, indeterminate: 0 }
  }
}

const kinds: DrillKindInfo[] = [
  {
    ...{ kind: 'broker-stop', title: 'A broker shuts down in good order, and starts again', available: true },
    ...{ detail: 'SIGTERM', requires: ['node'], takes: [], nodes: ['kafka-1', 'kafka-2', 'kafka-3'] }
  },
  {
    ...{ kind: 'partial-partition', title: 'A broker is cut off from some', available: true, detail: 'nftables' },
    ...{ requires: ['node'], takes: ['from', 'direction'], nodes: ['kafka-1', 'kafka-2', 'kafka-3'] }
  },
  {
    ...{ kind: 'disk-slow', title: 'The disk of a broker is slow', available: false },
    ...{ detail: 'It needs the io controller of cgroup v2', requires: ['node'], takes: [], nodes: [] }
  }
]

export const refusedPlan: DrillPlan = {
  ...{ kind: 'broker-stop', node: 'kafka-2', admitted: false, prediction },
  target: { nodes: ['kafka-2'], detail: 'kafka-2 was named' },
  stages: [{ name: 'kafka-2', faults: ['stop kafka-2'], holdMs: 20_000 }],
  guards: [
    ...guards.filter(({ passed }) => passed),
    {
      name: 'no-under-replicated',
      passed: false,
      canForce: true,
      reading: '2 partitions: a-1, b-2',
      limit: '0 partitions'
    }
  ]
}

const scorecard: Scorecard = {
  asOf,
  warnings: [],
  repeated: [{ id: drill().id, kind: 'broker-stop', result: 'pass', repeats: 2, reproduced: 2 }],
  configurations: [
    { hash: '91b0c47d2f6e8a35', stale: false, parts: { 'topic.replicationFactor': '3' }, differences: [] },
    {
      ...{ hash: '5f3a9c0d1e2b4a68', stale: true, parts: null },
      differences: [{ part: 'broker.zookeeper.session.timeout.ms', was: '18000', now: '6000' }]
    }
  ],
  cells: ['91b0c47d2f6e8a35', '5f3a9c0d1e2b4a68'].map((configuration, nth) => ({
    ...{ kind: 'broker-stop', configuration, stale: nth === 1, drills: 3, passed: 2 },
    last: {
      ...{ id: drill().id, node: 'kafka-2', result: nth === 0 ? 'pass' : 'fail', finishedAt: asOf, ageSeconds: 7000 },
      ...{ measurements: verdict?.measurements, comparison: drill().comparison ?? [] }
    }
  })) as Scorecard['cells']
}

export const gameDay: GameDay = {
  ...{ id: 'g1', name: 'bad-night', status: 'completed', createdAt: asOf, finishedAt: '2026-02-03T05:10:00.000Z' },
  plan: { name: 'bad-night', description: 'What a bad night is like', steps: [{ wait: '30s' }] },
  steps: [
    {
      ...{ what: 'drill broker-kill kafka-2', state: 'failed', startedAt: asOf, finishedAt: asOf },
      ...{ drill: drill().id, run: null, detail: 'the verdict is fail, and pass is expected' }
    }
  ],
  verdict: { result: 'fail', reasons: ['step 1, drill broker-kill kafka-2: failed'] },
  links: { self: '/api/gamedays/g1', events: '/api/gamedays/g1/events', cancel: '/api/gamedays/g1' }
}

const workloads: ReadyWorkloads['workloads'] = [
  {
    ...{ name: 'steady', question: 'A minute at a rate that every cluster should sustain.' },
    workload: {
      ...{ name: 'steady', durationSeconds: 60, rate: { kind: 'constant', perSecond: 2000 } },
      topic: { kind: 'temporary', partitions: 12, replicationFactor: 3 }
    }
  }
]

const ready: ReadyGameDays = {
  gameDays: [
    {
      file: 'first',
      plan: {
        ...{ name: 'first', description: 'Two planned stops of a broker, one after the other' },
        steps: [{ until: { inSync: true, timeout: '1m' } }, { drill: { kind: 'broker-stop', node: 'kafka-2' } }]
      }
    },
    { file: 'mine', plan: { name: 'quiet-day', steps: [{ wait: '30s' }], stopOn: 'never' } }
  ]
}

/** What the game day `first` would do: nothing, while its drill is refused. */
export function gameDayPlan(admitted: boolean): GameDayPlan {
  const none = { drill: null, load: null }
  const refused = { admitted: false, detail: 'no-under-replicated: 2 partitions: a-1, b-2', drill: refusedPlan }
  const free = {
    ...{ admitted: true, detail: null },
    drill: { ...refusedPlan, admitted: true, guards: guards.filter(({ passed }) => passed) }
  }
  return {
    ...{ name: 'first', admitted },
    guards: [{ name: 'no-other-game-day', passed: true, reading: 'nothing refuses it', limit: 'no other game day' }],
    steps: [
      {
        ...{ what: 'until all replicas are in sync, at most 1m', admitted: true, ...none },
        detail: admitted ? 'holds now: 0 broker(s) do not answer' : 'does not hold now: 2 partition(s) are not in sync'
      },
      { what: 'drill broker-stop kafka-2', load: null, ...(admitted ? free : refused) }
    ]
  }
}

/** Answers of load-test-service about drills, to a page: of one that passed, one of 60 partitions, one that failed, one that runs. */
export async function answerDrills(page: Page): Promise<void> {
  const many = drill({ id: 'many' }, 60)
  const failed = drill({ id: 'failed', ...(verdict && { verdict: { ...verdict, result: 'fail' } }) })
  const all = [runningDrill(9000), drill({ answers: answering }), many, failed]
  const answers: Record<string, () => unknown> = {
    '/api/drills/kinds': () => ({ runtime: 'local', mode: 'zookeeper', kinds }),
    '/api/drills/plan': () => refusedPlan,
    '/api/drills/running': () => ({ drill: null }),
    '/api/drills/scorecard': () => scorecard,
    '/api/drills/schedules': () => ({ asOf, schedules: [] }),
    '/api/gamedays': () => ({ gameDays: [gameDay] }),
    '/api/gamedays/g1': () => gameDay,
    '/api/gamedays/ready': () => ready,
    '/api/loadtest/workloads': () => ({ workloads }),
    '/api/gamedays/plan': () => gameDayPlan(true),
    '/api/drills': () => ({ drills: all }),
    '/api/drills/running-one': () => runningDrill(9000),
    ...Object.fromEntries(all.slice(1).map((each) => [`/api/drills/${each.id}`, () => each]))
  }
  await page.route(/\/api\/(?:drills|gamedays|loadtest\/workloads)/, (route) => {
    const answer = answers[new URL(route.request().url()).pathname]
    return answer ? route.fulfill({ json: answer() }) : route.fallback()
  })
}

export const drillPages = [
  '/drills',
  '/drills/new?kind=broker-stop&node=kafka-2',
  '/drills/new?kind=broker-stop',
  '/drills/new?kind=disk-slow',
  '/drills/running-one',
  `/drills/${drill().id}?t=6.6`,
  '/drills/many',
  '/drills/scorecard',
  '/drills/gamedays',
  '/drills/gamedays/new',
  '/drills/gamedays/new?again=g1',
  '/drills/gamedays/g1'
]
