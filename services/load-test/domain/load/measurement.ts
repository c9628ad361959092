import type { LatencySpectrum, LoadTestPartition } from '#shared/contracts/load-detail.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestResult, LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import type { TransactionsResult } from '#shared/contracts/load-transactions.ts'
import type { ConsumedSecond, GroupEnd } from './consume-port.ts'
import type { SecondReport } from './engine-port.ts'
import { createGroupMeasurement } from './group-measurement.ts'
import { judgeRun } from './judge-run.ts'
import { createLatencies } from './latencies.ts'
import { createPartitionCounts } from './partition-counts.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'
import { joinReports, joinTransactions, type Second, silentSecond, summaryOf } from './seconds.ts'
import { judgeThresholds } from './thresholds.ts'

/** The measurements of one run, gathered from the seconds of all its producers. */
export interface Measurement {
  progress(): NonNullable<LoadTestRun['progress']>
  add(report: SecondReport): void
  /** @param durationMs from the first record to the last outcome */
  result(durationMs: number): LoadTestResult
  /** Every second that some producer has reported. */
  seconds(): LoadTestSecond[]
  /** Every second that all producers have reported: while the run goes on. */
  secondsSoFar(): LoadTestSecond[]
  /** Those of producers that came to their end. */
  partitions(): LoadTestPartition[]
  /** Of the records after the warm-up that the last result has found; undefined before it. */
  spectrum(): LatencySpectrum | undefined
}

/** The measurements of a run that may have consumer groups. */
export interface RunMeasurement extends Measurement {
  /** Records that a group should get: of transactions, committed ones. */
  readable(): number
  consumed(second: ConsumedSecond): void
  /** Every record has its outcome. From now on only groups report. */
  producersEnded(): void
  groupEnded(index: number, end: GroupEnd): void
}

/**
 * @param seed of what is random in the judgement
 * @param groups names of the consumer groups of the workload
 */
export function createMeasurement(
  workload: ResolvedWorkload,
  seed: number,
  groups: readonly string[] = []
): RunMeasurement {
  const consumers = createGroupMeasurement(workload.consumers, groups, seed)
  const batches = createLatencies()
  const errors = new Map<string, { count: number; longestMs: number }>()
  let committedRecords = 0
  const totals = {
    ...{ acknowledged: 0, unconfirmed: 0, failed: 0, indeterminate: 0 },
    ...{ uncompressedBytes: 0, compressedBytes: 0 }
  }
  const reports: SecondReport[][] = []
  const joined: Second[] = []
  const partitions = createPartitionCounts()
  let spectrum: LatencySpectrum | undefined
  let producing = true

  /** Seconds that all producers have reported; or, at the end, some. */
  function join(isOver: (reports: SecondReport[]) => boolean): Second[] {
    for (let next = reports[joined.length]; next && isOver(next); next = reports[joined.length]) {
      joined.push(joinReports(next))
      // The joined second has it all.
      reports[joined.length - 1] = []
    }
    return joined
  }

  /** Groups go on after the producers. */
  const secondCount = () => Math.max(joined.length, producing ? 0 : consumers.secondCount())

  /** A second in the form of the contract. */
  function summaryAt(second: number): LoadTestSecond {
    const produced = joined[second]
    const ofProducers = produced ? summaryOf(produced, workload.rate) : silentSecond(second)
    return groups.length > 0 ? { ...ofProducers, consumers: consumers.second(second) } : ofProducers
  }

  return {
    progress() {
      join((each) => each.length === workload.producers)
      const { acknowledged, unconfirmed, failed } = totals
      const last = secondCount() - 1
      const isDraining = !producing && !consumers.haveEnded()
      return {
        acknowledged,
        ...(unconfirmed > 0 ? { unconfirmed } : {}),
        failed,
        ...(last >= 0 ? { second: summaryAt(last) } : {}),
        ...(isDraining ? { phase: 'draining' } : {})
      }
    },
    add(report) {
      for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += report[key]
      committedRecords += report.transactions?.committedRecords ?? 0
      for (const each of report.batchTimes) batches.record(each)
      for (const [code, { count, longestMs }] of Object.entries(report.errors)) {
        const found = errors.get(code) ?? { count: 0, longestMs: 0 }
        errors.set(code, { count: found.count + count, longestMs: Math.max(found.longestMs, longestMs) })
      }
      partitions.add(report.partitions ?? [])
      while (reports.length <= report.second) reports.push([])
      reports[report.second]?.push(report)
    },
    result(durationMs) {
      const { acknowledged, unconfirmed, failed, indeterminate, uncompressedBytes, compressedBytes } = totals
      const taken = acknowledged + unconfirmed
      const seconds = join((each) => each.length > 0)
      const judgement = judgeRun(seconds, workload, seed)
      const { warmUpSeconds } = judgement.steadyState
      const transactions = workload.transactions ? transactionsOf(seconds, warmUpSeconds) : undefined
      const readable = { all: taken, committed: transactions?.committedRecords ?? taken }
      const ofGroups = groups.length > 0 ? { consumers: consumers.results({ readable, warmUpSeconds }) } : {}
      const times = (key: 'response' | 'service' | 'scheduleLag') => {
        const latencies = createLatencies()
        for (const each of seconds.slice(warmUpSeconds)) latencies.add(each[key])
        return latencies
      }
      const [response, service] = [times('response'), times('service')]
      spectrum = { responseTime: response.spectrum(), serviceTime: service.spectrum() }
      return {
        acknowledged,
        ...(workload.producer.acks === 'none' ? { unconfirmed } : {}),
        failed,
        indeterminate,
        durationMs: round(durationMs),
        eventsPerSecond: durationMs > 0 ? round(taken / (durationMs / 1000)) : 0,
        sendLatencyMs: batches.summary(),
        responseTimeMs: response.summary(),
        serviceTimeMs: service.summary(),
        scheduleLagMs: times('scheduleLag').summary(),
        ...judgement,
        ...(transactions ? { transactions } : {}),
        thresholds: judgeThresholds(workload.thresholds, {
          ...{ acknowledged, unconfirmed, failed, transactions },
          ...judgement,
          ...ofGroups
        }),
        uncompressedBytes,
        compressedBytes: taken > 0 ? compressedBytes : null,
        compressionRatio:
          uncompressedBytes > 0 ? Math.round((compressedBytes / uncompressedBytes) * 1000) / 1000 : null,
        errors: Array.from(errors, ([code, { count, longestMs }]) => ({ code, count, longestMs: round(longestMs) })),
        ...ofGroups
      }
    },
    partitions: partitions.all,
    spectrum: () => spectrum,
    seconds() {
      join((each) => each.length > 0)
      return Array.from({ length: secondCount() }, (_, second) => summaryAt(second))
    },
    secondsSoFar() {
      join((each) => each.length === workload.producers)
      return Array.from({ length: secondCount() }, (_, second) => summaryAt(second))
    },
    readable: () => (workload.transactions ? committedRecords : totals.acknowledged + totals.unconfirmed),
    consumed: consumers.add,
    producersEnded() {
      producing = false
    },
    groupEnded: consumers.ended
  }
}

/** Counts are those of the whole run, times those after the warm-up. */
function transactionsOf(seconds: readonly Second[], warmUpSeconds: number): TransactionsResult {
  const {
    uncommitted,
    commit: _,
    ...counts
  } = joinTransactions(seconds.flatMap((each) => each.transactions ?? [])) ?? {
    ...{ committed: 0, aborted: 0, indeterminate: 0 },
    ...{ committedRecords: 0, abortedRecords: 0, indeterminateRecords: 0 },
    ...{ uncommitted: {}, commit: undefined }
  }
  const commits = createLatencies()
  for (const { transactions } of seconds.slice(warmUpSeconds)) if (transactions) commits.add(transactions.commit)
  const errors = Object.entries(uncommitted).map(([code, count]) => ({ code, count }))
  const total = errors.reduce((sum, { count }) => sum + count, 0)
  return { ...counts, uncommitted: total, commitMs: commits.summary(), errors }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
