import t from 'tap'
import { printScorecard } from '#cli/print/scorecard.ts'
import type { Scorecard, ScorecardCell } from '#shared/contracts/drill-scorecard.ts'
import { drill } from './drill.ts'

const [current, old] = ['91b0c47d2f6e8a35', '5f3a9c0d1e2b4a68']

function cell(kind: ScorecardCell['kind'], change: Partial<ScorecardCell> = {}): ScorecardCell {
  const { verdict } = drill()
  const comparison = drill().comparison?.filter(({ within }) => within) ?? []
  if (!verdict) throw new Error('it has one')
  const { measurements } = verdict
  const last = {
    id: drill().id,
    node: 'kafka-2',
    result: 'pass',
    finishedAt: drill().createdAt,
    ageSeconds: 259_200
  } as const
  return {
    kind,
    configuration: current,
    stale: false,
    drills: 5,
    passed: 5,
    last: { ...last, measurements, comparison },
    ...change
  }
}

const unclear: ScorecardCell['last'] = {
  ...cell('broker-stop').last,
  result: 'inconclusive',
  ageSeconds: 40,
  comparison: [{ name: 'clientGap', predicted: { min: 1, max: 2 }, measuredSeconds: 9, within: false }]
}
const scorecard: Scorecard = {
  cells: [
    cell('broker-stop'),
    cell('broker-stop', { configuration: old, stale: true, passed: 3 }),
    cell('controller-quorum-loss', { last: unclear }),
    cell('controller-quorum-loss', { configuration: old, stale: true, last: unclear })
  ],
  configurations: [
    {
      hash: current,
      stale: false,
      parts: { 'topic.replicationFactor': '3', 'topic.min.insync.replicas': '2' },
      differences: []
    },
    {
      hash: old,
      stale: true,
      parts: { 'topic.replicationFactor': '3', 'topic.min.insync.replicas': '1' },
      differences: Array.from({ length: 5 }, (_, nth) => ({ part: `broker.setting.${nth}`, was: '1', now: null }))
    }
  ],
  repeated: [{ id: '20260131T123456-9f3a1c', kind: 'broker-stop', result: 'fail', repeats: 5, reproduced: 3 }],
  asOf: drill().createdAt,
  warnings: []
}

function printed(card: Scorecard): string[] {
  const lines: string[] = []
  printScorecard({ print: (line) => void lines.push(...line.split('\n')), error: () => {} }, card)
  return lines
}

t.test('the scorecard is a plain table of kinds by configurations in 80 columns', async (t) => {
  const lines = printed(scorecard)
  t.same(lines.slice(0, 3), [
    'KIND                    91b0c47d (NOW)              5f3a9c0d (STALE)',
    'broker-stop             pass 5/5 6.9s 3d            pass 3/5 6.9s 3d',
    'controller-quorum-loss  inconclusive 5/5 6.9s! 40s  inconclusive 5/5 6.9s! 40s'
  ])
  t.ok(lines.includes("91b0c47d: the cluster's; replication factor 3, min.insync.replicas 2"))
  t.ok(lines.includes('  broker.setting.0: 1, now none'))
  t.ok(lines.includes('  and 2 more differences: --json'))
  t.equal(lines.at(-1), 'broker-stop 20260131T123456-9f3a1c, fail: reproduced 3 of 5')
  for (const line of lines) t.ok(line.length <= 80, line)
})

t.test('a transaction that stayed open has the time for which committed readers waited', async (t) => {
  const { last } = cell('hanging-transaction')
  const comparison = [{ name: 'committedWait', predicted: null, measuredSeconds: 20.4, within: true } as const]
  const measurements = { ...last.measurements, timeToNewLeadersMs: null }
  const of = cell('hanging-transaction', { last: { ...last, measurements, comparison } })
  t.match(printed({ ...scorecard, cells: [of] })[1], /^hanging-transaction {2}pass 5\/5 20\.4s 3d /)
})

t.test('drills without a verdict leave the scorecard empty', async (t) => {
  const lines = printed({ ...scorecard, cells: [], configurations: [], repeated: [] })
  t.match(lines, [/^no drill has a verdict yet/])
})

t.test('a configuration that nobody recorded, or could read, is not said to be the cluster’s', async (t) => {
  const lines = printed({
    ...scorecard,
    cells: [cell('broker-stop', { configuration: null, stale: null }), cell('broker-stop', { stale: null })],
    configurations: [
      { hash: null, stale: null, parts: null, differences: [] },
      { hash: current, stale: null, parts: {}, differences: [] }
    ]
  })
  t.match(lines[0], /^KIND +UNRECORDED +91b0c47d$/)
  t.ok(lines.includes('91b0c47d: whether it is stale is unknown; replication factor ?, min.insync.replicas ?'))
})
