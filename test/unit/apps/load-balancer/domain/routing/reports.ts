import type { ServiceReport } from '#shared/contracts/load-balancer.ts'

/** A healthy report of an instance, `user-service-1`, with other metrics where they are given. */
export function reportOf(
  instanceId: string,
  metrics: Partial<ServiceReport['metrics']> = {},
  timestamp = '2024-01-15T10:30:00Z'
): ServiceReport {
  return {
    timestamp,
    serviceId: instanceId.replace(/-\d+$/, ''),
    instanceId,
    metrics: {
      ...{ rps: 150.5, p95Latency: 45.2, errorRate: 0, activeConnections: 25, cpuUsage: 0.65, memoryUsage: 0.42 },
      ...metrics
    },
    tags: { environment: 'production', region: 'us-east-1' }
  }
}
