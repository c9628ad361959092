import type { Rate } from '#shared/contracts/load-rate.ts'
import type { LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import { percentileOfSeconds } from '../statistics/percentiles.ts'
import type { SecondReport, SecondTransactions } from './engine-port.ts'
import { type LatencyCounts, mergedCounts } from './latencies.ts'
import { targetPerSecond } from './rate-shape.ts'

/** What all producers of a run measured within one second. */
export interface Second {
  second: number
  sent: number
  acknowledged: number
  unconfirmed: number
  failed: number
  transactions?: SecondTransactions
  response: LatencyCounts
  service: LatencyCounts
  scheduleLag: LatencyCounts
  /** Of the busiest producer. */
  busy: number
  /** Seconds for which all producers together were at work. */
  work: number
  /** Of the producer that waited longest. */
  blocked: number
}

/** Joins what the producers report. */
export function joinReports(reports: readonly SecondReport[]): Second {
  const sum = (key: 'sent' | 'acknowledged' | 'unconfirmed' | 'failed') =>
    reports.reduce((total, report) => total + report[key], 0)
  const merged = (key: 'response' | 'service' | 'scheduleLag') => mergedCounts(reports.map((report) => report[key]))
  const transactions = joinTransactions(reports.flatMap((report) => report.transactions ?? []))
  return {
    second: reports[0]?.second ?? 0,
    sent: sum('sent'),
    acknowledged: sum('acknowledged'),
    unconfirmed: sum('unconfirmed'),
    failed: sum('failed'),
    ...(transactions ? { transactions } : {}),
    response: merged('response'),
    service: merged('service'),
    scheduleLag: merged('scheduleLag'),
    busy: Math.max(...reports.map(({ busy }) => busy)),
    work: reports.reduce((total, { busy }) => total + busy, 0),
    blocked: Math.max(...reports.map(({ blocked }) => blocked))
  }
}

/** undefined without any */
export function joinTransactions(all: readonly SecondTransactions[]): SecondTransactions | undefined {
  const [first, ...others] = all
  if (!first || others.length === 0) return first
  const sum = (key: Exclude<keyof SecondTransactions, 'uncommitted' | 'commit'>) =>
    all.reduce((total, each) => total + each[key], 0)
  const uncommitted: SecondTransactions['uncommitted'] = {}
  for (const [code, count] of all.flatMap((each) => Object.entries(each.uncommitted))) {
    uncommitted[code] = (uncommitted[code] ?? 0) + count
  }
  return {
    committed: sum('committed'),
    aborted: sum('aborted'),
    indeterminate: sum('indeterminate'),
    committedRecords: sum('committedRecords'),
    abortedRecords: sum('abortedRecords'),
    indeterminateRecords: sum('indeterminateRecords'),
    uncommitted,
    commit: mergedCounts(all.map(({ commit }) => commit))
  }
}

/** How many records a second took, acknowledged or, with acks=none, handed over. */
export function takenIn({ acknowledged, unconfirmed }: Pick<Second, 'acknowledged' | 'unconfirmed'>): number {
  return acknowledged + unconfirmed
}

/** A second in the form of the contract, with what was due in its middle. */
export function summaryOf(second: Second, rate: Rate): LoadTestSecond {
  const { response, service, scheduleLag, unconfirmed, transactions } = second
  return {
    second: second.second,
    targetPerSecond: targetPerSecond(rate, second.second * 1000 + 500),
    sent: second.sent,
    acknowledged: second.acknowledged,
    ...(unconfirmed > 0 ? { unconfirmed } : {}),
    failed: second.failed,
    ...(transactions ? { transactions: transactionsOf(transactions) } : {}),
    responseP50Ms: percentile(response, 50),
    responseP99Ms: percentile(response, 99),
    serviceP50Ms: percentile(service, 50),
    serviceP99Ms: percentile(service, 99),
    scheduleLagP99Ms: percentile(scheduleLag, 99),
    busy: Math.round(second.busy * 1000) / 1000,
    blocked: Math.round(second.blocked * 1000) / 1000
  }
}

function transactionsOf({ committed, aborted, indeterminate, commit }: SecondTransactions) {
  const [commitP50Ms, commitP99Ms] = [percentile(commit, 50), percentile(commit, 99)]
  return { committed, aborted, indeterminate, commitP50Ms, commitP99Ms }
}

/** A second in which no producer was at work. */
export function silentSecond(second: number): LoadTestSecond {
  return {
    second,
    targetPerSecond: null,
    ...{ sent: 0, acknowledged: 0, failed: 0 },
    ...{ responseP50Ms: null, responseP99Ms: null, serviceP50Ms: null, serviceP99Ms: null, scheduleLagP99Ms: null },
    ...{ busy: 0, blocked: 0 }
  }
}

/** Milliseconds; null without a latency. */
export function percentile(counts: LatencyCounts, percent: number): number | null {
  return percentileOfSeconds([counts], percent)([0])
}
