import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'

export interface RunFigures {
  perSecond?: number
  /** Median; p99 is twice that, and service time half of p99. */
  responseMs?: number
}

/** A run as its file has it: one a minute from noon. */
export function keptRun(
  minute: number,
  { perSecond = 1000, responseMs = 10 }: RunFigures = {},
  change: Partial<LoadTestRun> = {}
): LoadTestRun {
  const at = new Date(Date.UTC(2026, 0, 31, 12, minute)).toISOString()
  const id = `${at.slice(0, 19).replaceAll(/[-:]/g, '')}-${String(minute).padStart(6, '0')}`
  const self = `/api/loadtest/runs/${id}`
  const percentile = (of: 'responseTime' | 'serviceTime', percentile: number, valueMs: number) => ({
    ...{ of, percentile, valueMs, lowMs: null, highMs: null },
    effectiveSamples: 10_000
  })
  return {
    id,
    status: 'completed',
    topic: 'log-events',
    eventCount: 10_000,
    workload: { name: 'steady', topic: { kind: 'existing', name: 'log-events' }, records: 10_000 },
    workloadHash: '0123456789abcdef',
    fingerprint: fingerprintOf({ 'broker.num.io.threads': '8', 'machine.cores': '4' }),
    progress: { acknowledged: 10_000, failed: 0 },
    createdAt: at,
    finishedAt: at,
    result: {
      acknowledged: 10_000,
      failed: 0,
      indeterminate: 0,
      durationMs: 10_000,
      eventsPerSecond: perSecond,
      sendLatencyMs: null,
      steadyState: { status: 'steady', warmUpSeconds: 0, eventsPerSecond: perSecond },
      percentiles: [
        percentile('responseTime', 50, responseMs),
        percentile('responseTime', 99, responseMs * 2),
        percentile('serviceTime', 99, perSecond / 100)
      ],
      limitedBy: 'cluster',
      clientMicrosPerRecord: 5,
      uncompressedBytes: 5_000_000,
      compressedBytes: 2_000_000,
      compressionRatio: 0.4,
      errors: []
    },
    links: { self, events: `${self}/events`, cancel: self },
    ...change
  }
}
