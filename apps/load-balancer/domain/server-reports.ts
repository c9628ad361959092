import type { BalancedResponse, BalancerMetrics, ServiceReport } from '#shared/contracts/load-balancer.ts'
import { serverId } from './simulation.ts'

/** What simulated servers report about themselves, as instances of one service, so that the router has something to route by. */
export interface ServerReports {
  /** A request that was sent to a server, and what became of it. */
  note(response: Pick<BalancedResponse, 'server_id' | 'status' | 'response_time'>): void
  /**
   * Reports on what was noted since the last call.
   * @param timestamp in ISO 8601
   * @param seconds since the last call
   */
  take(metrics: Pick<BalancerMetrics, 'server_metrics'>, timestamp: string, seconds: number): ServiceReport[]
}

interface Noted {
  failed: number
  /** Seconds, of requests that succeeded. */
  times: number[]
}

export function createServerReports(serviceId: string): ServerReports {
  let noted = new Map<number, Noted>()
  /** Of the last requests: a server that gets none for a while is as fast as it was. */
  const latencies = new Map<number, number>()

  return {
    note({ server_id, status, response_time }) {
      if (server_id === null) return
      const own = noted.get(server_id) ?? { failed: 0, times: [] }
      noted.set(server_id, own)
      if (status === 'success') own.times.push(response_time)
      else own.failed += 1
    },
    take({ server_metrics }, timestamp, seconds) {
      const since = noted
      noted = new Map()
      return server_metrics.map(({ server_id, load_percentage, active_connections }): ServiceReport => {
        const { failed, times } = since.get(server_id) ?? { failed: 0, times: [] }
        const total = failed + times.length
        if (times.length > 0) latencies.set(server_id, percentile95(times) * 1000)
        return {
          ...{ timestamp, serviceId, instanceId: serverId(server_id) },
          metrics: {
            rps: total / seconds,
            p95Latency: latencies.get(server_id) ?? 0,
            errorRate: total === 0 ? 0 : failed / total,
            activeConnections: active_connections,
            // The second of waiting work at which it refuses requests is all that it has; memory it has none.
            cpuUsage: Math.min(1, load_percentage / 100),
            memoryUsage: 0
          }
        }
      })
    }
  }
}

/** The nearest rank. */
function percentile95(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0
}
