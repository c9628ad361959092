import type { Finding } from '#shared/contracts/drill-records.ts'
import type { DrillMeasurements, DrillVerdict } from '#shared/contracts/drill-verdict.ts'
import type { Verification } from './verifier.ts'

/** The input of a verdict. */
export interface Evidence {
  verification: Pick<Verification, 'counts' | 'evidence'>
  /** Of the drill's records and of its participants. */
  findings: readonly Finding[]
  measurements: DrillMeasurements
  /** Whether the fault visibly took effect, observed from outside its injector, and what was observed. */
  fault: { confirmed: boolean; detail: string }
  /** Whether every replica was in sync again within the drill's time limit. */
  recovered: boolean
  /** What the independent readers could not read; empty if they read everything. */
  unread: string[]
  /** Why the drill was ended early, if it was. */
  aborted?: string | undefined
  /** What went wrong in the drill itself, if anything. */
  failure?: string | undefined
}

/** A verdict based on evidence, so the counts are known. */
export type JudgedVerdict = DrillVerdict & { counts: Verification['counts'] }

/**
 * pass: the fault took effect, every acknowledged record was read back at its offset or its absence is what Kafka's contract
 * allows, and the cluster recovered. fail: the cluster, a client or the data has a fault. inconclusive: the evidence is not
 * sufficient; a verdict never passes by default. A failure outweighs missing evidence and an abort.
 */
export function judge(evidence: Evidence): JudgedVerdict {
  const { measurements, verification, aborted } = evidence
  const { counts } = verification
  const findings = [...evidence.findings]
  const details = (severity: Finding['severity']) =>
    findings.flatMap((finding) => (finding.severity === severity ? finding.detail : []))
  const conclude = (result: DrillVerdict['result'], reasons: string[]): JudgedVerdict => ({
    ...{ result, reasons, counts, measurements, findings }
  })

  const wrong = details('failure')
  if (wrong.length > 0) return conclude('fail', [...wrong, ...verification.evidence, ...(aborted ? [aborted] : [])])
  if (aborted !== undefined) return conclude('aborted', [aborted])

  const unclear = [...doubts(evidence), ...details('doubt'), ...evidence.unread]
  if (unclear.length > 0) return conclude('inconclusive', unclear)
  if (!evidence.recovered) return conclude('fail', ['Not every replica was in sync again within the time limit'])

  return conclude('pass', [
    counts.ackedLost === 0
      ? `All ${counts.acknowledged} acknowledged records were read back at their acknowledged offsets`
      : `${counts.acknowledged - counts.ackedLost} of ${counts.acknowledged} acknowledged records were read back`,
    evidence.fault.detail,
    ...details('allowed')
  ])
}

function doubts({ verification, fault, failure }: Evidence): string[] {
  const reasons: string[] = []
  if (failure !== undefined) reasons.push(failure)
  if (!fault.confirmed) reasons.push(`The fault had no visible effect: ${fault.detail}`)
  if (verification.counts.acknowledged === 0) reasons.push('No write was acknowledged, so nothing could have been lost')
  return reasons
}
