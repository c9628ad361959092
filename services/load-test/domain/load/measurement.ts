import type { LatencySpectrum, LoadTestPartition } from '#shared/contracts/load-detail.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestResult, LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import type { ConsumedSecond, GroupEnd } from './consume-port.ts'
import type { SecondReport } from './engine-port.ts'
import { createGroupMeasurement } from './group-measurement.ts'
import { judgeRun } from './judge-run.ts'
import { createLatencies } from './latencies.ts'
import { createPartitionCounts } from './partition-counts.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'
import { joinReports, type Second, silentSecond, summaryOf } from './seconds.ts'
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

/** The measurements of a run that may have consumer groups. */
export interface RunMeasurement extends Measurement {
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
  const totals = { acknowledged: 0, failed: 0, indeterminate: 0, uncompressedBytes: 0, compressedBytes: 0 }
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
      const { acknowledged, failed } = totals
      const last = secondCount() - 1
      const isDraining = !producing && !consumers.haveEnded()
      return {
        acknowledged,
        failed,
        ...(last >= 0 ? { second: summaryAt(last) } : {}),
        ...(isDraining ? { phase: 'draining' } : {})
      }
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
      const { warmUpSeconds } = judgement.steadyState
      const ofGroups = groups.length > 0 ? { consumers: consumers.results({ acknowledged, warmUpSeconds }) } : {}
      const times = (key: 'response' | 'service' | 'scheduleLag') => {
        const latencies = createLatencies()
        for (const each of seconds.slice(warmUpSeconds)) latencies.add(each[key])
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
        thresholds: judgeThresholds(workload.thresholds, { acknowledged, failed, ...judgement, ...ofGroups }),
        uncompressedBytes,
        compressedBytes: acknowledged > 0 ? compressedBytes : null,
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
    consumed: consumers.add,
    producersEnded() {
      producing = false
    },
    groupEnded: consumers.ended
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
