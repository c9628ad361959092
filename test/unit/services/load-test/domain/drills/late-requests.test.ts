import t from 'tap'
import { drillKinds } from '#services/load-test/domain/drills/kinds.ts'
import { lastArrivalMs, outwaitLateRequests } from '#services/load-test/domain/drills/late-requests.ts'
import type { DrillPlan } from '#services/load-test/domain/drills/steps.ts'
import type { DrillKind, StartDrill } from '#shared/contracts/drill-request.ts'
import { manualClock } from '../../../../manual-clock.ts'

const node = { id: 1, host: '127.0.0.1', port: 9092, rack: null }
const target = { nodes: ['kafka-1'], brokers: [node], detail: '' }
const topic = { name: 'kops-drill-d', isShared: false, partitions: 6, replicationFactor: 3, minInsyncReplicas: 2 }

const arrivals: [what: string, cuts: [injected: number, healed: number][], last: number | undefined][] = [
  ['no cut', [], undefined],
  ['as long after a cut as it lasted', [[10_000, 22_000]], 35_000],
  ['the longest pause of TCP at most', [[0, 600_000]], 721_000],
  [
    'the last one of several',
    [
      [0, 50_000],
      [60_000, 62_000]
    ],
    101_000
  ]
]
for (const [what, cuts, last] of arrivals) {
  t.test(`what a cut held up arrives: ${what}`, async (t) => {
    t.equal(lastArrivalMs(cuts.map(([injectedAtMs, healedAtMs]) => ({ injectedAtMs, healedAtMs }))), last)
  })
}

const waits: [
  what: string,
  kind: DrillKind,
  change: Partial<DrillPlan>,
  waitedMs: number,
  also?: Partial<StartDrill>
][] = [
  ['an isolation', 'network-partition', {}, 13_000],
  ['a cut from some', 'partial-partition', {}, 13_000, { from: ['brokers'] }],
  ['a dead broker', 'broker-kill', {}, 0],
  ['brokers of KRaft fetch what changes', 'network-partition', { mode: 'kraft' }, 0],
  ['a topic of others is not deleted', 'network-partition', { topic: { ...topic, isShared: true } }, 0],
  ['an abort does not wait', 'network-partition', { signal: AbortSignal.abort() }, 0]
]
for (const [what, kind, change, waitedMs, also] of waits) {
  t.test(`before its topic is deleted, a drill waits for what is late: ${what}`, async (t) => {
    const clock = manualClock()
    const events: string[] = []
    const [stage] = drillKinds[kind].stages(target, { kind, ...also })
    if (!stage) throw new Error('no stage')
    const run = {
      ...{ stage, injectedAtMs: -12_000, healedAtMs: 0 },
      ...{ hold: async () => {}, heal: async () => {}, recover: async () => true, close: async () => {} },
      evidence: () => ({ stage: 'kafka-1', node: 'kafka-1', confirmed: true, detail: '' })
    }
    const plan = { mode: 'zookeeper', topic, signal: new AbortController().signal, ...change } as const
    await outwaitLateRequests([run], { clock }, { ...plan, onEvent: (event) => events.push(event) })
    t.equal(clock.monotonicMs(), waitedMs)
    t.same(events, waitedMs > 0 ? ['late-requests'] : [])
  })
}
