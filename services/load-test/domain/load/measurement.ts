import type { LatencySpectrum, LoadTestPartition } from '#shared/contracts/load-detail.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestResult, LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import type { SecondReport } from './engine-port.ts'
import { judgeRun } from './judge-run.ts'
import { createLatencies } from './latencies.ts'
import { createPartitionCounts } from './partition-counts.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'
import { joinReports, type Second, summaryOf } from './seconds.ts'
import { judgeThresholds } from './thresholds.ts'

/** The measurements of one run, gathered from the seconds of all its producers. */
export interface Measurement {
  progress(): NonNullable<LoadTestRun['progress']>
  add(report: SecondReport): void
  /** @param durationMs from the first record to the last outcome */
  result(durationMs: number): LoadTestResult
  /** Every second that some producer has reported. */
  seconds(): LoadTestSecond[]
  /** Those of producers that came to their end. */
  partitions(): LoadTestPartition[]
  /** Of the records after the warm-up that the last result has found; undefined before it. */
  spectrum(): LatencySpectrum | undefined
}

/** @param seed of what is random in the judgement */
export function createMeasurement(workload: ResolvedWorkload, seed: number): Measurement {
  const batches = createLatencies()
  const errors = new Map<string, { count: number; longestMs: number }>()
  const totals = { acknowledged: 0, failed: 0, indeterminate: 0, uncompressedBytes: 0, compressedBytes: 0 }
  const reports: SecondReport[][] = []
  const joined: Second[] = []
  const partitions = createPartitionCounts()
  let spectrum: LatencySpectrum | undefined

  /** Seconds that all producers have reported; or, at the end, some. */
  function join(isOver: (reports: SecondReport[]) => boolean): Second[] {
    for (let next = reports[joined.length]; next && isOver(next); next = reports[joined.length]) {
      joined.push(joinReports(next))
      // The joined second has it all.
      reports[joined.length - 1] = []
    }
    return joined
  }

  return {
    progress() {
      const last = join((each) => each.length === workload.producers).at(-1)
      const { acknowledged, failed } = totals
      return { acknowledged, failed, ...(last ? { second: summaryOf(last, workload.rate) } : {}) }
    },
    add(report) {
      for (const key of ['acknowledged', 'failed', 'indeterminate', 'uncompressedBytes', 'compressedBytes'] as const) {
        totals[key] += report[key]
      }
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
      const { acknowledged, failed, indeterminate, uncompressedBytes, compressedBytes } = totals
      const seconds = join((each) => each.length > 0)
      const judgement = judgeRun(seconds, workload, seed)
      const times = (key: 'response' | 'service' | 'scheduleLag') => {
        const latencies = createLatencies()
        for (const each of seconds.slice(judgement.steadyState.warmUpSeconds)) latencies.add(each[key])
        return latencies
      }
      const [response, service] = [times('response'), times('service')]
      spectrum = { responseTime: response.spectrum(), serviceTime: service.spectrum() }
      return {
        acknowledged,
        failed,
        indeterminate,
        durationMs: round(durationMs),
        eventsPerSecond: durationMs > 0 ? round(acknowledged / (durationMs / 1000)) : 0,
        sendLatencyMs: batches.summary(),
        responseTimeMs: response.summary(),
        serviceTimeMs: service.summary(),
        scheduleLagMs: times('scheduleLag').summary(),
        ...judgement,
        thresholds: judgeThresholds(workload.thresholds, { acknowledged, failed, ...judgement }),
        uncompressedBytes,
        compressedBytes: acknowledged > 0 ? compressedBytes : null,
        compressionRatio:
          uncompressedBytes > 0 ? Math.round((compressedBytes / uncompressedBytes) * 1000) / 1000 : null,
        errors: Array.from(errors, ([code, { count, longestMs }]) => ({ code, count, longestMs: round(longestMs) }))
      }
    },
    seconds: () => join((each) => each.length > 0).map((each) => summaryOf(each, workload.rate)),
    partitions: partitions.all,
    spectrum: () => spectrum
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
