import t from 'tap'
import { findingsOf } from '#services/load-test/domain/drills/records/findings.ts'
import type { TimedOutcome } from '#services/load-test/domain/drills/records/outcomes.ts'
import { type Evidence, judge } from '#services/load-test/domain/drills/verdict.ts'
import type { DrillCounts, DrillVerdict } from '#shared/contracts/drill-verdict.ts'
import { nothingWrong } from '../../fakes.ts'

const counts: Required<DrillCounts> = {
  ...{ attempted: 100, acknowledged: 100, failed: 0, indeterminate: 0, read: 100 },
  ...nothingWrong
}

const nothingSeen = {
  ...{ abortedRead: 0, precommittedRead: 0, committedHidden: 0, notDelivered: 0, divergent: 0 },
  evidence: []
}
const lostRecord = (sequence: number): TimedOutcome => ({
  ...{ partition: 0, sequence, status: 'acknowledged', offset: sequence },
  ...{ endedAtMs: 0, errorAtMs: null, broker: 1 }
})

function evidence(
  change: Omit<Partial<Evidence>, 'verification'> & { counts?: Partial<Required<DrillCounts>> } = {}
): Evidence {
  const { counts: changed, ...rest } = change
  return {
    verification: { counts: { ...counts, ...changed }, evidence: [] },
    findings: findingsOf({
      settings: { acks: 'all', idempotent: true },
      counts: { ...counts, ...changed },
      missing: {
        lost: Array.from({ length: changed?.ackedLost ?? 0 }, (_, sequence) => lostRecord(sequence)),
        unread: []
      },
      ...{ truncations: [], nonmonotonic: 0, visibility: nothingSeen }
    }),
    measurements: {
      timeToNewLeadersMs: 1500,
      timeToFullIsrMs: 6900,
      longestAckGapMs: 1800,
      faultDurationMs: 20_000,
      leadersOnNodeBefore: 2
    },
    fault: { confirmed: true, detail: 'kafka-1 was seen not to answer' },
    recovered: true,
    unread: [],
    ...rest
  }
}

const finding = (severity: 'failure' | 'doubt' | 'allowed') => ({
  class: 'x',
  severity,
  count: 1,
  detail: `a ${severity}`
})

const cases: { when: string; given: Evidence; result: DrillVerdict['result']; reason: RegExp }[] = [
  { when: 'nothing is wrong', given: evidence(), result: 'pass', reason: /All 100 acknowledged/ },
  {
    when: 'writes were refused and are not there',
    given: evidence({ counts: { failed: 3 } }),
    result: 'pass',
    reason: /3 record\(s\) were refused/
  },
  {
    when: 'writes ended without an answer',
    given: evidence({ counts: { indeterminate: 2 } }),
    result: 'pass',
    reason: /2 record\(s\) ended without an answer/
  },
  {
    when: 'one is lost',
    given: evidence({ counts: { ackedLost: 1 } }),
    result: 'fail',
    reason: /1 .* missing from the log/
  },
  {
    when: 'two were acknowledged at one offset',
    given: evidence({ counts: { ackAliased: 1 } }),
    result: 'fail',
    reason: /the client is wrong/
  },
  { when: 'one is corrupt', given: evidence({ counts: { corrupt: 1 } }), result: 'fail', reason: /corrupt/ },
  { when: 'one is there twice', given: evidence({ counts: { duplicates: 1 } }), result: 'fail', reason: /twice/ },
  {
    when: 'one is out of order',
    given: evidence({ counts: { reordered: 1 } }),
    result: 'fail',
    reason: /out of order/
  },
  {
    when: 'one is there that was refused',
    given: evidence({ counts: { failedButPresent: 1 } }),
    result: 'fail',
    reason: /the producer got an error/
  },
  {
    when: 'the replicas did not come back',
    given: evidence({ recovered: false }),
    result: 'fail',
    reason: /in sync again/
  },
  {
    when: 'the fault did not take effect',
    given: evidence({ fault: { confirmed: false, detail: 'kafka-1 kept answering' } }),
    result: 'inconclusive',
    reason: /kept answering/
  },
  {
    when: 'the reader could not read all',
    given: evidence({ unread: ['partition 2: offsets 5 to 9 were not read'] }),
    result: 'inconclusive',
    reason: /partition 2/
  },
  {
    when: 'acknowledged records lie where nothing was read',
    given: evidence({ counts: { unseen: 4 } }),
    result: 'inconclusive',
    reason: /4 record\(s\) acknowledged/
  },
  {
    when: 'nothing was acknowledged',
    given: evidence({ counts: { acknowledged: 0, read: 0 } }),
    result: 'inconclusive',
    reason: /No write was acknowledged/
  },
  {
    when: 'the drill itself broke',
    given: evidence({ failure: 'the controller is away' }),
    result: 'inconclusive',
    reason: /controller is away/
  },
  {
    when: 'something is lost and the fault was not seen: the loss counts',
    given: evidence({ counts: { ackedLost: 1 }, fault: { confirmed: false, detail: '' } }),
    result: 'fail',
    reason: /missing from the log/
  },
  {
    when: 'something is lost and not all was read: the loss counts',
    given: evidence({ counts: { ackedLost: 1 }, unread: ['partition 0'] }),
    result: 'fail',
    reason: /missing from the log/
  },
  {
    when: 'a participant found a failure',
    given: evidence({ findings: [finding('failure')] }),
    result: 'fail',
    reason: /a failure/
  },
  {
    when: 'a participant has a doubt',
    given: evidence({ findings: [finding('doubt')] }),
    result: 'inconclusive',
    reason: /a doubt/
  },
  {
    when: 'what was found is allowed: it is among the reasons',
    given: evidence({ findings: [finding('allowed')] }),
    result: 'pass',
    reason: /a allowed/
  },
  {
    when: 'it was cancelled',
    given: evidence({ aborted: 'Cancelled on request', failure: 'Cancelled on request' }),
    result: 'aborted',
    reason: /Cancelled/
  },
  {
    when: 'it was cancelled after something was lost: the loss counts',
    given: evidence({ counts: { ackedLost: 1 }, aborted: 'Cancelled on request' }),
    result: 'fail',
    reason: /missing from the log.*Cancelled/s
  }
]

for (const { when, given, result, reason } of cases) {
  t.test(`${result} when ${when}`, async (t) => {
    const verdict = judge(given)
    t.equal(verdict.result, result)
    t.match(verdict.reasons.join('\n'), reason)
    t.same(verdict.counts, given.verification.counts)
    t.same(verdict.findings, given.findings, 'the reasons are data, too')
  })
}
