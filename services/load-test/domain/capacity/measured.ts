import type { MeasuredCapacity } from '#shared/contracts/capacity-measurement.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import type { RateSearch } from '#shared/contracts/load-search.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { fingerprintOf, isNamed } from '../load/fingerprint.ts'
import type { CapacityPlan } from './plan.ts'

export interface MeasuredIn {
  plan: CapacityPlan
  stoppedNode: string | null
  /** Read before the search, with all brokers. */
  fingerprint: Fingerprint
}

/**
 * What a search has found, as a capacity.
 * @returns the reason in words if there is no answer
 */
export function measuredBy(
  run: LoadTestRun,
  { plan, stoppedNode, fingerprint }: MeasuredIn
): MeasuredCapacity | string {
  const { result, finishedAt, failure } = run
  const search = result?.search
  if (run.status !== 'completed' || !search || finishedAt === null) return failure ?? `the search is ${run.status}`
  const found = rateOf(search)
  if (found === undefined) return 'no rate passed'
  const { acknowledged, compressedBytes } = result
  if (acknowledged === 0 || compressedBytes === null) return 'no record was acknowledged'
  const recordBytes = compressedBytes / acknowledged
  return {
    measuredAt: finishedAt,
    run: run.id,
    stoppedNode,
    ...found,
    bytesPerSecond: Math.round(found.recordsPerSecond * recordBytes),
    recordBytes: Math.round(recordBytes * 10) / 10,
    lowestFail: search.lowestFail,
    endedBecause: search.endedBecause,
    trials: search.trials.length,
    soak: search.soak ? (search.soak.passed ? 'passed' : 'failed') : 'none',
    topic: plan.topic,
    method: methodOf(search, recordBytes, plan, stoppedNode),
    fingerprint: withoutTopic(fingerprint)
  }
}

/** A topic of the measurement's own says nothing about the cluster of today. */
export function withoutTopic({ parts }: Fingerprint): Fingerprint {
  return fingerprintOf(Object.fromEntries(Object.entries(parts).filter(([part]) => !isNamed(part, ['topic']))))
}

function rateOf({
  highestPass,
  endedBecause,
  soak
}: RateSearch): Pick<MeasuredCapacity, 'recordsPerSecond' | 'meaning'> | undefined {
  if (endedBecause === 'soakFailed') return soak && { recordsPerSecond: soak.perSecond, meaning: 'atMost' }
  if (highestPass === null || endedBecause === 'interrupted') return undefined
  return { recordsPerSecond: highestPass, meaning: endedBecause === 'found' ? 'found' : 'atLeast' }
}

function methodOf(search: RateSearch, recordBytes: number, { workload, topic }: CapacityPlan, stopped: string | null) {
  const { rate, producer, producers, payload } = workload
  const { trials, soak } = search
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
  const soaked = soak
    ? `; ${soak.seconds} s at 90 % of it ${soak.passed ? 'passed' : `failed (${soak.reason})`}`
    : '; no soak'
  return [
    `${count(trials.length, 'trial')} of ${rate.trialSeconds} s at constant rates, to ${rate.precision * 100} %: ` +
      `99 % acknowledged in time, p99 at most ${rate.objective.maxP99Ms} ms${soaked}`,
    `${payload.kind} of ${Math.round(recordBytes)} B in their batches`,
    `acks=${producer.acks}, ${producer.compression}, ${count(producers, 'producer')}`,
    `topic of ${count(topic.partitions, 'partition')} with ${count(topic.replicationFactor, 'replica')}, ` +
      `min.insync.replicas ${topic.configs['min.insync.replicas']}`,
    stopped === null ? 'all brokers' : `${stopped} stopped`
  ].join('. ')
}
