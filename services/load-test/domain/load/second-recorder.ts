import type { BatchOutcome } from '#shared/kafka/producing/port.ts'
import type { SecondReport, SecondTransactions } from './engine-port.ts'
import { createLatencies } from './latencies.ts'
import { createPartitionCounts } from './partition-counts.ts'
import { createSecondTicks, type SecondTicks } from './second-ticks.ts'
import type { EndedTransaction } from './transactions.ts'

/** Gathers what one producer measures, second by second. All times are milliseconds since the start of its run. */
export interface SecondRecorder extends SecondTicks {
  /** A record was handed to the producer. @param lagMs since it was due; undefined with the closed rate */
  sent(lagMs: number | undefined): void
  /** A record was due, and is given up unsent. */
  unsent(dueMs: number, nowMs: number): void
  outcome(outcome: BatchOutcome): void
  transaction(ended: EndedTransaction): void
  /** The producer's buffer was full, or it waited for the end of a transaction, for so long. */
  blocked(ms: number): void
}

export interface SecondRecorderOptions {
  producer: number
  /** The start on the clock of the outcomes. */
  startedAt: number
  onSecond: (report: SecondReport) => void
  /** Milliseconds for which this thread has been at work since its start. */
  busyMs: () => number
  /** The first second that it reports; default 0. */
  firstSecond?: number
  /** Whether records belong to transactions. */
  transactional?: boolean
}

/** @param options.producer number of the producer, from 0 */
export function createSecondRecorder({
  producer,
  startedAt,
  onSecond,
  busyMs,
  firstSecond = 0,
  transactional = false
}: SecondRecorderOptions): SecondRecorder {
  const [response, service, scheduleLag] = [createLatencies(), createLatencies(), createLatencies()]
  const commit = createLatencies()
  const partitions = createPartitionCounts()
  let transactions = noTransactions()
  let blockedMs = 0
  let counts = none()

  const ticks = createSecondTicks({ busyMs, firstSecond }, ({ second, lengthMs, busy, last }) => {
    onSecond({
      producer,
      second,
      ...counts,
      ...(transactional ? { transactions: { ...transactions, commit: commit.take() } } : {}),
      response: response.take(),
      service: service.take(),
      scheduleLag: scheduleLag.take(),
      busy,
      // A wait is known when it ends, so that it may be longer than the second in which it does.
      blocked: Math.min(1, blockedMs / lengthMs),
      ...(last ? { partitions: partitions.all() } : {})
    })
    blockedMs = 0
    transactions = noTransactions()
    counts = none()
  })

  /** Neighbours in a batch are often due at the same time: recording them together takes a third of the time. */
  function respond(tags: readonly number[], nowMs: number): void {
    for (let at = 0; at < tags.length; ) {
      const dueMs = tags[at] ?? nowMs
      let count = 1
      while (tags[at + count] === dueMs) count += 1
      response.record(nowMs - dueMs, count)
      at += count
    }
  }

  function fault(code: string, count: number, longestMs: number): void {
    const found = counts.errors[code] ?? { count: 0, longestMs: 0 }
    counts.errors[code] = { count: found.count + count, longestMs: Math.max(found.longestMs, longestMs) }
  }

  return {
    sent(lagMs) {
      counts.due += 1
      counts.sent += 1
      if (lagMs !== undefined) scheduleLag.record(lagMs)
    },
    unsent(dueMs, nowMs) {
      counts.due += 1
      counts.failed += 1
      response.record(nowMs - dueMs)
      scheduleLag.record(nowMs - dueMs)
      fault('UNSENT', 1, nowMs - dueMs)
    },
    outcome(outcome) {
      const { status, records, tags, code, sentAt, endedAt, uncompressedBytes, compressedBytes } = outcome
      partitions.enter(outcome)
      const nowMs = endedAt - startedAt
      if (status === 'acknowledged' || status === 'unconfirmed') {
        counts[status] += records
        counts.uncompressedBytes += uncompressedBytes
        counts.compressedBytes += compressedBytes
        respond(tags, nowMs)
        if (sentAt === null) return
        service.record(endedAt - sentAt, records)
        if (status === 'acknowledged') counts.batchTimes.push(endedAt - sentAt)
        return
      }
      counts.failed += records
      fault(code ?? 'UNKNOWN', records, nowMs - (tags[0] ?? nowMs))
      if (status !== 'indeterminate') return
      counts.indeterminate += records
      // Nobody knows when it would have been answered: the time so far is the least that it took.
      respond(tags, nowMs)
    },
    transaction({ status, records, code, commitMs }) {
      transactions[status] += 1
      transactions[`${status}Records`] += records
      if (code !== undefined) transactions.uncommitted[code] = (transactions.uncommitted[code] ?? 0) + 1
      if (commitMs !== null) commit.record(commitMs)
    },
    blocked(ms) {
      blockedMs += ms
    },
    ...ticks
  }
}

function none(): Pick<
  SecondReport,
  | 'due'
  | 'sent'
  | 'acknowledged'
  | 'unconfirmed'
  | 'failed'
  | 'indeterminate'
  | 'errors'
  | 'batchTimes'
  | 'uncompressedBytes'
  | 'compressedBytes'
> {
  return {
    due: 0,
    sent: 0,
    acknowledged: 0,
    unconfirmed: 0,
    failed: 0,
    indeterminate: 0,
    errors: {},
    batchTimes: [],
    uncompressedBytes: 0,
    compressedBytes: 0
  }
}

function noTransactions(): Omit<SecondTransactions, 'commit'> {
  return {
    ...{ committed: 0, aborted: 0, indeterminate: 0 },
    ...{ committedRecords: 0, abortedRecords: 0, indeterminateRecords: 0 },
    uncommitted: {}
  }
}
