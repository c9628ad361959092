import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import type { MeasuredCapacity } from '#shared/contracts/capacity-measurement.ts'

export const environment = fingerprintOf({ brokers: 'kafka-1, kafka-2, kafka-3', 'broker.num.io.threads': '8' })

/** 10,000 records a second of 200 bytes, with changes. */
export function measured(change: Partial<MeasuredCapacity> = {}): MeasuredCapacity {
  return {
    measuredAt: '2026-01-30T12:00:00.000Z',
    run: 'r1',
    stoppedNode: null,
    recordsPerSecond: 10_000,
    bytesPerSecond: 2_000_000,
    recordBytes: 200,
    meaning: 'found',
    lowestFail: 10_500,
    endedBecause: 'found',
    trials: 12,
    soak: 'passed',
    topic: { kind: 'temporary', partitions: 12, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } },
    method: 'trials',
    fingerprint: environment,
    ...change
  }
}
