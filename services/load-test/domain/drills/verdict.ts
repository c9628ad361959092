import type { DrillCounts, DrillMeasurements, DrillVerdict } from '#shared/contracts/drills.ts'
import { dataFaults } from '../verification/data-faults.ts'
import type { Verification } from './verifier.ts'

/** The input of a verdict. */
export interface Evidence {
  verification: Verification
  measurements: DrillMeasurements
  /** Whether the fault visibly took effect, observed from outside its injector, and what was observed. */
  fault: { confirmed: boolean; detail: string }
  /** Whether every replica was in sync again within the drill's time limit. */
  recovered: boolean
  /** What the independent reader could not read; empty if it read everything. */
  unread: string[]
  /** Why the drill was ended early, if it was. */
  aborted?: string | undefined
  /** What went wrong in the drill itself, if anything. */
  failure?: string | undefined
}

/** A verdict based on evidence, so the counts are known. */
export type JudgedVerdict = DrillVerdict & { counts: DrillCounts }

/**
 * pass: the fault took effect, every acknowledged record was read back at its offset, and the cluster recovered. fail:
 * the cluster or its data has a fault. inconclusive: the evidence is not sufficient; a verdict never passes by default.
 * A data fault outweighs missing evidence and an abort.
 */
export function judge(evidence: Evidence): JudgedVerdict {
  const { measurements, verification } = evidence
  const { counts } = verification
  const conclude = (result: DrillVerdict['result'], reasons: string[]): JudgedVerdict => ({
    result,
    reasons,
    counts,
    measurements
  })

  const wrong = dataFaults(counts, true)
  const { aborted } = evidence
  if (wrong.length > 0) return conclude('fail', [...wrong, ...verification.evidence, ...(aborted ? [aborted] : [])])
  if (aborted !== undefined) return conclude('aborted', [aborted])

  const unclear = doubts(evidence)
  if (unclear.length > 0) return conclude('inconclusive', unclear)
  if (!evidence.recovered) return conclude('fail', ['Not every replica was in sync again within the time limit'])

  return conclude('pass', [
    `All ${counts.acknowledged} acknowledged records were read back at their acknowledged offsets`,
    evidence.fault.detail,
    ...remarks(evidence)
  ])
}

function doubts({ verification, fault, unread, failure }: Evidence): string[] {
  const reasons: string[] = []
  if (failure !== undefined) reasons.push(failure)
  if (!fault.confirmed) reasons.push(`The fault had no visible effect: ${fault.detail}`)
  if (verification.counts.acknowledged === 0) reasons.push('No write was acknowledged, so nothing could have been lost')
  if (verification.counts.unseen > 0)
    reasons.push(`${verification.counts.unseen} acknowledged record(s) are at offsets that could not be read`)
  return [...reasons, ...unread]
}

function remarks({ verification: { counts } }: Evidence): string[] {
  const reasons: string[] = []
  if (counts.failed > 0) reasons.push(`${counts.failed} record(s) were refused and are not in the log`)
  if (counts.indeterminate > 0) {
    reasons.push(
      `${counts.indeterminate} record(s) ended without an answer; ${counts.indeterminatePresent} of them are in the log`
    )
  }
  return reasons
}
