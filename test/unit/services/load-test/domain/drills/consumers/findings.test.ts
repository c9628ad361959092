import t from 'tap'
import type { NamedReport } from '#services/load-test/domain/drills/consumers/deliveries.ts'
import { groupFindings } from '#services/load-test/domain/drills/consumers/findings.ts'
import { measureGroup } from '#services/load-test/domain/drills/consumers/group-measures.ts'
import { assigned, committed, contact, delivered, history, written } from './histories.ts'

const clean = [assigned('a', 0, 0), delivered('a', 20, 0, 0, 10), committed('a', 21, 0, 10)]

const cases: { when: string; reports: NamedReport[]; finds: { class: string; severity: string; count: number }[] }[] = [
  { when: 'nothing is wrong', reports: clean, finds: [] },
  {
    when: 'records were committed past',
    reports: [assigned('a', 0, 0), delivered('a', 20, 0, 0, 8), committed('a', 21, 0, 10)],
    finds: [{ class: 'skipped', severity: 'failure', count: 2 }]
  },
  {
    when: 'the group did not catch up',
    reports: [assigned('a', 0, 0), delivered('a', 20, 0, 0, 8), committed('a', 21, 0, 8)],
    finds: [{ class: 'unconsumed', severity: 'failure', count: 2 }]
  },
  {
    when: 'two members had one partition',
    reports: [
      assigned('b', 10, 0),
      delivered('b', 15, 0, 0, 1),
      assigned('a', 0, 0),
      contact('a', 16),
      ...clean.slice(1)
    ],
    finds: [
      { class: 'doubleOwned', severity: 'failure', count: 10 },
      { class: 'redelivered', severity: 'allowed', count: 1 }
    ]
  },
  {
    when: 'a reader jumped back',
    reports: [...clean, delivered('a', 30, 0, 4, 5)],
    finds: [
      { class: 'redelivered', severity: 'allowed', count: 1 },
      { class: 'nonmonotonicPoll', severity: 'allowed', count: 1 }
    ]
  },
  {
    when: 'a member failed',
    reports: [...clean, { kind: 'failed', member: 'b', atMs: 5, detail: 'no coordinator' }],
    finds: [{ class: 'memberFailed', severity: 'doubt', count: 1 }]
  }
]

for (const { when, reports, finds } of cases) {
  t.test(when, async (t) => {
    const measures = measureGroup(history({ reports, written: [written(10, 0, 0, 10)] }))
    const found = groupFindings(measures, reports)
    t.same(
      found.map(({ class: name, severity, count }) => ({ class: name, severity, count })),
      finds
    )
  })
}

t.test('a finding says where, and how far back', async (t) => {
  const reports = [...clean, delivered('a', 30, 0, 4, 5)]
  const [redelivered] = groupFindings(measureGroup(history({ reports })), reports)
  t.equal(redelivered?.detail, '1 record(s) were delivered again, from at most 6 offsets back (partition 0)')
})

t.test('a partition that nobody read leaves a doubt', async (t) => {
  t.match(groupFindings(measureGroup(history()), []), [{ class: 'unread', severity: 'doubt', count: 1 }])
})
