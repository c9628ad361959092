import type { DrillComparison, Finding } from '#shared/contracts/drill-records.ts'
import type { HangingTransaction } from '#shared/contracts/drill-transaction.ts'
import type { SecondsBand } from '#shared/contracts/what-if.ts'
import { releasedAtMs, seconds } from './evidence.ts'
import type { Stall } from './stalls.ts'

export interface HangingReportInput
  extends Pick<HangingTransaction, 'transactionalId' | 'timeoutMs' | 'records' | 'end' | 'endedBy' | 'states'> {
  stalls: readonly Stall[]
  injectedAtMs: number | null
  healedAtMs: number | null
  predictedSeconds: SecondsBand | null
}

/** Looks come four times a second, and an answer takes some time. */
const lateMs = 500

/** What became of the transaction, beside what was predicted, and what speaks against the cluster. Pure. */
export function hangingReport(input: HangingReportInput): {
  transaction: HangingTransaction
  comparison: DrillComparison[]
  findings: Finding[]
} {
  const { stalls, injectedAtMs, healedAtMs, predictedSeconds, ...known } = input
  const released = releasedAtMs({ stalls })
  const waitMs = released === undefined || injectedAtMs === null ? null : Math.round(released - injectedAtMs)
  const isLate = predictedSeconds && waitMs !== null ? waitMs - lateMs > predictedSeconds.max * 1000 : null
  const within = predictedSeconds && waitMs !== null ? !isLate && waitMs >= predictedSeconds.min * 1000 - 50 : null
  const byProducer = known.endedBy === 'producer' && released !== undefined && healedAtMs !== null
  const explanation = within === false ? explain(input, isLate === true) : undefined
  return {
    transaction: {
      ...known,
      waitMs,
      resumedMs: byProducer ? Math.max(0, Math.round(released - healedAtMs)) : null,
      ...{ predictedSeconds, within },
      partitions: stalls.map(({ partition, firstOffset, heldFromMs, releasedAtMs, heldBack }) => ({
        ...{ partition, firstOffset, heldBack },
        stoodMs: heldFromMs === null || releasedAtMs === null ? null : Math.round(releasedAtMs - heldFromMs)
      }))
    },
    comparison: [
      {
        ...{ name: 'committedWait', predicted: predictedSeconds, within },
        measuredSeconds: waitMs === null ? null : Math.round(waitMs / 10) / 100,
        ...(explanation === undefined ? {} : { explanation })
      }
    ],
    findings: findingsOf(input, waitMs, isLate === true)
  }
}

function explain({ endedBy, injectedAtMs, healedAtMs }: HangingReportInput, isLate: boolean): string {
  if (!isLate) return 'The transaction ended before its producer asked for that, and before its timeout'
  const asked = injectedAtMs === null || healedAtMs === null ? 'late' : `after ${seconds(healedAtMs - injectedAtMs)}`
  return endedBy === 'producer'
    ? `Its end was asked for ${asked}: what is beyond that, its coordinator and the leaders took`
    : 'Its coordinator aborted it later than its settings say'
}

function findingsOf({ stalls, end, endedBy }: HangingReportInput, waitMs: number | null, isLate: boolean): Finding[] {
  const stuck = stalls.filter(({ heldFromMs, releasedAtMs }) => heldFromMs !== null && releasedAtMs === null)
  const found: (Finding | false)[] = [
    endedBy !== null &&
      stuck.length > 0 && {
        ...{ class: 'stillHanging', severity: 'failure', count: stuck.length },
        detail: `the last stable offset of ${stuck.length} partition(s) stands at a transaction that has ended: readers wait on`
      },
    (end === 'open' || end === 'indeterminate') &&
      stalls.length > 0 && {
        ...{ class: 'endUnknown', severity: 'doubt', count: 1 },
        detail: 'nobody said how the transaction ended'
      },
    isLate && {
      ...{ class: 'longStall', severity: 'doubt', count: stalls.length },
      detail: `readers of committed records waited ${seconds(waitMs ?? 0)}, longer than the settings of the transaction explain`
    }
  ]
  return found.filter((each) => each !== false)
}
