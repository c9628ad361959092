import type { GroupResult } from '#shared/contracts/load-consumption.ts'
import type { Percentile } from '#shared/contracts/load-latency.ts'
import type { RateSearch } from '#shared/contracts/load-search.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestResult, LoadTestSecond, Verification } from '#shared/contracts/load-test-result.ts'
import type { Workload } from '#shared/contracts/workload.ts'

const times = (max: number) => ({ min: 0.2, p50: 1, p95: 2, p99: 3, p999: 4, max, mean: 1 })

function percentile(of: Percentile['of'], percentile: number, values: (number | null)[], samples: number): Percentile {
  const [valueMs = null, lowMs = null, highMs = null] = values
  const neededSamples = Math.round(370 / (100 - percentile))
  return { of, percentile, valueMs, lowMs, highMs, effectiveSamples: samples, neededSamples }
}

export const workload: Workload = {
  name: 'steady',
  description: 'Three minutes at a rate that every cluster should sustain',
  topic: { kind: 'temporary', partitions: 12, replicationFactor: 3 },
  rate: { kind: 'constant', perSecond: 5000, arrivals: 'even' },
  durationSeconds: 180,
  producer: { acks: 'all', idempotent: true, compression: 'snappy', batchBytes: 16_384, lingerMs: 5 },
  producers: 1
}

export const result: LoadTestResult = {
  acknowledged: 899_988,
  failed: 12,
  indeterminate: 2,
  durationMs: 180_012.3,
  eventsPerSecond: 4999.7,
  sendLatencyMs: times(90),
  responseTimeMs: times(412.25),
  serviceTimeMs: times(88.5),
  scheduleLagMs: times(1.25),
  steadyState: { status: 'steady', warmUpSeconds: 15, eventsPerSecond: 4999.41 },
  percentiles: [
    percentile('responseTime', 50, [3.1234, 3.1, 3.2], 824_911),
    percentile('responseTime', 99, [12.41, 11.9, 13.05], 2310),
    percentile('responseTime', 99.9, [null, 30, 412], 1290),
    percentile('serviceTime', 50, [2.9, 2.8, 3], 790_000),
    percentile('serviceTime', 99, [9.999, 9.1, 10.4], 2500)
  ],
  limitedBy: 'rate',
  thresholds: [
    { threshold: 'p99 < 20ms', actual: 12.41, passed: true },
    { threshold: 'errors = 0', actual: 12, passed: false },
    { threshold: 'p99.9 < 1s', actual: null, passed: false }
  ],
  uncompressedBytes: 450_000_000,
  compressedBytes: 180_000_000,
  compressionRatio: 0.4,
  errors: [
    { code: 'DELIVERY_TIMEOUT', count: 10, longestMs: 60_012.4 },
    { code: 'UNSENT', count: 2, longestMs: 31.2 }
  ]
}

const trial = { seconds: 5, passed: true, reason: null }
export const search: RateSearch = {
  highestPass: 37_200,
  lowestFail: 38_800,
  endedBecause: 'found',
  trials: [
    { ...trial, perSecond: 37_200, achievedPerSecond: 37_198.4, p99Ms: 31.24 },
    { ...trial, perSecond: 38_800, achievedPerSecond: 35_021, p99Ms: 812.5, passed: false, reason: 'behind' }
  ],
  soak: { ...trial, perSecond: 33_480, seconds: 60, achievedPerSecond: 33_479, p99Ms: 24.01 }
}

const groupResult: GroupResult = {
  ...{ group: 'kops-load-x-1', members: 2, consumed: 899_988, consumedPerSecond: 5001.4, unconsumed: 0, foreign: 0 },
  ...{ endToEndMs: times(512.5), deliveryMs: times(490), lag: 0, drainSeconds: 0.31, busy: 0.12 },
  percentiles: [
    percentile('endToEnd', 50, [4.1234, 4.1, 4.2], 824_911),
    percentile('delivery', 50, [3.9, 3.8, 4], 824_911)
  ]
}

export const group = (change: Partial<GroupResult> = {}): GroupResult => ({ ...groupResult, ...change })

export const verification: Verification = {
  ...{ verdict: 'clean', attempted: 900_000, acknowledged: 899_988, failed: 10, indeterminate: 2, read: 899_988 },
  ...{ ackedLost: 0, unseen: 0, corrupt: 0, duplicates: 0, reordered: 0, failedButPresent: 0, ackAliased: 0 },
  ...{ indeterminatePresent: 0, foreign: 0, durationMs: 900, faults: [], evidence: [], unread: [] }
}

/** A run of three minutes that completed, with changes. */
export function run(change: Partial<LoadTestRun> = {}): LoadTestRun {
  const id = '20260131T123456-9f3a1c'
  const self = `/api/loadtest/runs/${id}`
  return {
    id,
    status: 'completed',
    topic: `kops-load-${id}`,
    eventCount: null,
    workload,
    progress: { acknowledged: 899_988, failed: 12 },
    createdAt: '2026-01-31T12:34:56.789Z',
    finishedAt: '2026-01-31T12:37:57.001Z',
    result,
    links: { self, events: `${self}/events`, cancel: self },
    ...change
  }
}

/** The nth second of a run, with changes. */
export function second(nth: number, change: Partial<LoadTestSecond> = {}): LoadTestSecond {
  return {
    second: nth,
    targetPerSecond: 5000,
    sent: 5000,
    acknowledged: 4998,
    failed: 0,
    responseP50Ms: 3.1234,
    responseP99Ms: 12.41,
    serviceP50Ms: 2.9,
    serviceP99Ms: 9.9,
    scheduleLagP99Ms: 0.4,
    busy: 0.25,
    blocked: 0,
    ...change
  }
}
