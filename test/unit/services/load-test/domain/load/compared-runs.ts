import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import type { ComparedRun, Figures } from '#shared/contracts/compared-runs.ts'

export const parts = { 'broker.num.io.threads': '8', 'client.node': 'v24', 'topic.partitions': '12' }

/** A run of a minute past noon, and so on; throughput 1000, all times 10. */
export function comparedRun(
  minute: number,
  change: Partial<ComparedRun> = {},
  figures: Partial<Figures> = {}
): ComparedRun {
  return {
    id: `run-${minute}`,
    createdAt: new Date(Date.UTC(2026, 0, 31, 12, minute)).toISOString(),
    status: 'completed',
    workload: 'steady',
    workloadHash: '0123456789abcdef',
    fingerprint: fingerprintOf(parts),
    limitedBy: 'cluster',
    steadyState: 'steady',
    failed: 0,
    figures: { throughput: 1000, responseP50: 10, responseP99: 10, serviceP99: 10, clientCost: 10, ...figures },
    ...change
  }
}
