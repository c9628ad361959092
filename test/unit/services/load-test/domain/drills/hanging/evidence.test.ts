import t from 'tap'
import { hangingEvidence, heldAtMs, releasedAtMs } from '#services/load-test/domain/drills/hanging/evidence.ts'
import { hangingReport } from '#services/load-test/domain/drills/hanging/report.ts'
import { type Sighting, stallsOf } from '#services/load-test/domain/drills/hanging/stalls.ts'

const injectedAtMs = 1000
const healedAtMs = 9000
/** The transaction begins at offset 100 of partitions 0 and 1. */
const outcomes = [0, 1].flatMap((partition) => [101, 100].map((offset) => ({ partition, offset })))

/** High watermark and last stable offset of partitions 0, 1 and 2, at a time. */
type Seen = [high: number, stable: number]
const at = (atMs: number, ...seen: Seen[]): Sighting => ({
  atMs,
  partitions: seen.map(([highWatermark, lastStableOffset], partition) => ({
    ...{ partition, highWatermark, lastStableOffset }
  }))
})
const before = at(900, [100, 100], [100, 100], [80, 80])
const held = at(1500, [110, 100], [110, 100], [90, 90])
const later = at(8800, [400, 100], [390, 100], [360, 360])
const free = at(9300, [420, 420], [410, 410], [380, 380])

const cases: {
  when: string
  seen: Sighting[]
  timeoutMs?: number
  of?: typeof outcomes
  held?: number
  released?: number
  says: RegExp
  confirmed?: true
}[] = [
  {
    when: 'readers waited until its end was asked for',
    seen: [before, held, later, free],
    ...{ held: 1500, released: 9300, confirmed: true },
    says: /of 2 partition\(s\) stood still until 8.3 s .* up to 300 offsets behind it; readers went on in 1 of 1 other/
  },
  {
    when: 'another transaction had begun before it, and ended first',
    seen: [before, at(1400, [110, 95], [110, 100]), held, later, free],
    ...{ held: 1400, released: 9300, confirmed: true, says: /stood still/ }
  },
  {
    when: 'its coordinator ended it',
    seen: [before, held, at(5000, [200, 100], [200, 100]), at(7200, [300, 300], [300, 300])],
    timeoutMs: 6000,
    ...{ held: 1500, released: 7200, confirmed: true, says: /until 6.2 s/ }
  },
  {
    when: 'readers still wait',
    seen: [before, held, later],
    ...{ held: 1500, confirmed: true, says: /to the end, until 7.8 s/ }
  },
  {
    when: 'one partition was released before its time',
    seen: [before, held, at(3000, [150, 100], [150, 100]), at(5000, [200, 100], [200, 200]), later, free],
    ...{ held: 1500, says: /moved on in partition 1 after 4.0 s, before it should have/, released: 9300 }
  },
  {
    when: 'the injector did nothing that leaders would know of',
    seen: [before, at(1500, [110, 110], [110, 110]), free],
    says: /did not stand still in partition 0, 1/
  },
  {
    when: 'nobody wrote behind it',
    seen: [before, held, at(8800, [110, 100], [390, 100]), free],
    ...{ says: /nothing was seen to be written behind .* partition 0$/, released: 9300 }
  },
  { when: 'its records were not acknowledged', of: [], seen: [before, held, later], says: /no record/ },
  { when: 'no leader answered meanwhile', seen: [before], says: /did not stand still/ }
]
for (const { when, seen, timeoutMs = 30_000, of = outcomes, says, confirmed = false, ...times } of cases) {
  t.test(`a transaction is ${confirmed ? 'seen' : 'not taken'} to hang when ${when}`, async (t) => {
    const stalls = stallsOf(of, seen)
    const window = { stalls, sightings: seen, states: [], timeoutMs, injectedAtMs, healedAtMs }
    const evidence = hangingEvidence(window)
    t.match(evidence.detail, says)
    t.equal(evidence.confirmed, confirmed)
    t.equal(heldAtMs(window), times.held)
    if (of.length > 0 && stalls.every(({ heldFromMs }) => heldFromMs !== null)) {
      t.equal(releasedAtMs(window), times.released)
    }
    t.equal(hangingEvidence({ ...window, injectedAtMs: null }).confirmed, false)
  })
}

t.test('its coordinator is quoted', async (t) => {
  const seen = [before, held, later, free]
  const states = ['Ongoing', 'CompleteCommit']
  const window = { stalls: stallsOf(outcomes, seen), sightings: seen, states, timeoutMs: 30_000 }
  t.match(hangingEvidence({ ...window, injectedAtMs, healedAtMs }).detail, /called .* Ongoing, then CompleteCommit$/)
})

const predictedSeconds = { min: 8, max: 10 }
const reports: {
  when: string
  releasedAtMs?: number | null
  end?: 'committed' | 'aborted' | 'indeterminate'
  endedBy?: 'producer' | 'coordinator' | null
  expected: object
  findings: object[]
}[] = [
  {
    when: 'it was ended in time',
    expected: { waitMs: 8300, resumedMs: 300, within: true, partitions: [{ stoodMs: 7800, heldBack: 300 }, {}] },
    findings: []
  },
  {
    when: 'its coordinator ended it',
    ...{ end: 'aborted', endedBy: 'coordinator' },
    expected: { waitMs: 8300, resumedMs: null },
    findings: []
  },
  {
    when: 'readers waited longer than that',
    releasedAtMs: 14_000,
    expected: { waitMs: 13_000, within: false },
    findings: [{ class: 'longStall', severity: 'doubt', count: 2, detail: /waited 13.0 s/ }]
  },
  {
    when: 'it ended and readers still wait',
    releasedAtMs: null,
    expected: { waitMs: null, within: null, partitions: [{ stoodMs: null }, {}] },
    findings: [{ class: 'stillHanging', severity: 'failure', count: 2 }]
  },
  {
    when: 'nobody knows how it ended',
    ...{ end: 'indeterminate', endedBy: null },
    expected: { waitMs: 8300, resumedMs: null },
    findings: [{ class: 'endUnknown', severity: 'doubt', count: 1 }]
  }
]
for (const { when, releasedAtMs = 9300, end = 'committed', endedBy = 'producer', expected, findings } of reports) {
  t.test(`the report when ${when}`, async (t) => {
    const [late] = releasedAtMs === null ? [] : [at(releasedAtMs, [420, 420], [410, 410], [380, 380])]
    const stalls = stallsOf(outcomes, [before, held, later, ...(late ? [late] : [])])
    const report = hangingReport({
      ...{ transactionalId: 'kops-drill-d-hanging', timeoutMs: 30_000, records: 4, states: ['Ongoing'] },
      ...{ stalls, end, endedBy, injectedAtMs, healedAtMs, predictedSeconds }
    })
    t.match(report.transaction, { ...expected, end, endedBy, records: 4, predictedSeconds })
    t.match(report.findings, findings)
    t.equal(report.findings.length, findings.length)
    const [row] = report.comparison
    t.match(row, { name: 'committedWait', predicted: predictedSeconds, within: report.transaction.within })
    t.equal(row?.explanation === undefined, report.transaction.within !== false, 'a difference is explained')
  })
}
