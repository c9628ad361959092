import type { Finding } from '#shared/contracts/drill-records.ts'
import type { RecordCounts } from '../../verification/partition-check.ts'
import { describeTruncation, type Truncation } from '../epochs.ts'
import type { Visibility } from './committed.ts'
import type { MissingRecords } from './missing.ts'
import type { TimedOutcome, WriterSettings } from './outcomes.ts'

export interface FindingsInput {
  settings: Pick<WriterSettings, 'acks' | 'idempotent'>
  /** Of the reader of everything; its ackedLost and unseen give way to `missing`. */
  counts: Pick<
    RecordCounts,
    | 'unseen'
    | 'corrupt'
    | 'duplicates'
    | 'reordered'
    | 'failedButPresent'
    | 'indeterminate'
    | 'indeterminatePresent'
    | 'ackAliased'
    | 'failed'
  >
  /** Acknowledged, and deleted before they were read; not part of `unseen`. */
  deleted?: number
  missing: MissingRecords
  /** Why replicas' segments were not looked at, or not for each record; undefined if they were. */
  notLookedAt?: string | undefined
  truncations: readonly Truncation[]
  /** Acknowledged offsets that go back in the order of sending. */
  nonmonotonic: number
  visibility: Visibility
}

type Severity = Finding['severity']

/**
 * The findings among a drill's records, by class. What Kafka's contract permits is `allowed`: copies and changed order of a producer
 * without idempotence; and, with acks=1, the records that a leader had acknowledged alone when it failed: those at or after the end
 * that its epoch has in the log of its successor. A record with acks=1 that is missing without such an end is a failure: its leader
 * did not fail.
 */
export function findingsOf(input: FindingsInput): Finding[] {
  const { settings, counts, missing, truncations, visibility } = input
  const { acks, idempotent } = settings
  const cut = new Set(truncations.flatMap(({ lost }) => lost.map(({ sequence }) => sequence)))
  const withLeader = (outcome: TimedOutcome) => acks === 'leader' && cut.has(outcome.sequence)
  const lost = missing.lost.filter((outcome) => !withLeader(outcome)).length
  const lostWithLeader = missing.lost.length - lost
  const allowed: Severity = acks === 'leader' ? 'allowed' : 'failure'
  const ofOrder: Severity = idempotent ? 'failure' : 'allowed'
  // Of two acknowledgements of one offset, one is from an epoch that was cut off.
  const falsely = Math.max(0, counts.ackAliased - cut.size)
  const unread = missing.unread.length
  const replicas = input.notLookedAt === undefined ? 'in no replica' : `of the replicas' logs: ${input.notLookedAt}`
  const rows: [Finding['class'], Severity, number, string][] = [
    ['ackedLost', 'failure', lost, `acknowledged but missing from the log (${replicas})`],
    ['ackedLost', 'allowed', lostWithLeader, 'acknowledged by their leader alone, and lost with it, as acks=1 allows'],
    ['notRead', 'doubt', unread, `not delivered to a reader, and not lost: ${wheres(missing)}`],
    ['tailUnseen', 'doubt', counts.unseen, 'acknowledged at offsets that could not be read: neither there nor lost'],
    ['deleted', 'doubt', input.deleted ?? 0, 'deleted by retention, or by somebody, before they were read'],
    ['corrupt', 'failure', counts.corrupt, 'corrupt, or not at the acknowledged offset'],
    ['offsetDivergence', 'failure', visibility.divergent, 'at an offset where two readers see different records'],
    [
      'ackAliased',
      'failure',
      falsely,
      'acknowledged at an offset that another acknowledgement claims (the client is wrong)'
    ],
    [
      'duplicates',
      ofOrder,
      counts.duplicates,
      idempotent ? 'written twice by an idempotent producer' : 'written twice'
    ],
    ['reordered', ofOrder, counts.reordered, 'out of order within their partition'],
    [
      'nonmonotonicSend',
      cut.size > 0 ? allowed : ofOrder,
      input.nonmonotonic,
      'acknowledged at a lower offset than one sent before'
    ],
    ['failedButPresent', 'failure', counts.failedButPresent, 'in the log although the producer got an error'],
    [
      'abortedRead',
      'failure',
      visibility.abortedRead,
      'of aborted transactions, and visible to a read_committed reader'
    ],
    [
      'precommittedRead',
      'failure',
      visibility.precommittedRead,
      'of transactions that were not committed, and visible to a read_committed reader'
    ],
    [
      'committedHidden',
      'failure',
      visibility.committedHidden,
      'of committed transactions, and hidden from a read_committed reader'
    ],
    ['notRead', 'doubt', visibility.notDelivered, 'in the log, and not delivered to a read_committed reader'],
    [
      'indeterminate',
      'allowed',
      counts.indeterminate,
      `ended without an answer, or in a transaction that was not committed; ${counts.indeterminatePresent} of them are in the log`
    ],
    ['refused', 'allowed', counts.failed - counts.failedButPresent, 'were refused and are not in the log']
  ]
  return [
    ...truncations.map((truncation) => ({
      ...{ class: 'epochTruncation', severity: allowed, count: truncation.lost.length },
      detail: describeTruncation(truncation)
    })),
    ...rows.flatMap(([name, severity, count, what]) =>
      count > 0 ? [{ class: name, severity, count, detail: `${count} record(s) ${what}` }] : []
    )
  ]
}

/** How often acknowledged offsets of a partition go back in the order of sending. */
export function countNonmonotonic(outcomes: readonly TimedOutcome[]): number {
  const highest = new Map<number, number>()
  let count = 0
  for (const { partition, offset, status } of outcomes.toSorted((a, b) => a.sequence - b.sequence)) {
    if (status !== 'acknowledged' || offset === null) continue
    const before = highest.get(partition) ?? -1
    if (offset < before) count += 1
    else highest.set(partition, offset)
  }
  return count
}

function wheres({ unread }: MissingRecords): string {
  return Array.from(new Set(unread.map(({ where }) => `in ${where}`))).join('; ')
}
