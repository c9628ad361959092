import t from 'tap'
import { drillKinds } from '#services/load-test/domain/drills/kinds.ts'
import type { DrillKind, StartDrill } from '#shared/contracts/drill-request.ts'

const target = { nodes: ['kafka-2'], brokers: [], group: 'kops-drill-1', detail: '' }

const cases: { request: StartDrill; stages: string[]; fault: string; holdMs: number }[] = [
  { request: { kind: 'member-kill' }, stages: ['member'], fault: 'kill', holdMs: 20_000 },
  { request: { kind: 'member-pause', faultDurationMs: 7000 }, stages: ['member'], fault: 'pause', holdMs: 7000 },
  { request: { kind: 'member-leave' }, stages: ['member'], fault: 'leave', holdMs: 20_000 },
  {
    request: { kind: 'rolling-deploy', consumers: { members: 2 } },
    stages: ['member 1', 'member 2'],
    ...{ fault: 'replace', holdMs: 5000 }
  }
]

for (const { request, stages, fault, holdMs } of cases) {
  t.test(`${request.kind} breaks one member at a time, and no broker`, async (t) => {
    const { stages: stagesOf, hasConsumers, faults } = drillKinds[request.kind]
    const made = stagesOf(target, request)
    t.same(
      made.map(({ name }) => name),
      stages
    )
    for (const stage of made) {
      t.match(stage, { node: 'kafka-2', brokers: [], holdMs })
      t.same(stage.faults, [{ by: 'members', kind: fault, members: 1 }])
    }
    t.equal(hasConsumers, true)
    t.same(faults, [])
  })
}

t.test('no other kind has a group that nobody asked for, but one whose fault only consumers notice', async (t) => {
  const kinds = Object.entries(drillKinds).filter(([, { hasConsumers }]) => hasConsumers)
  const expected: DrillKind[] = [...cases.map(({ request }) => request.kind), 'hanging-transaction']
  t.same(kinds.map(([kind]) => kind).sort(), expected.sort())
})
