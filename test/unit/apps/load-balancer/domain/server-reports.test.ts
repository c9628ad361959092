import t from 'tap'
import Value from 'typebox/value'
import { createServerReports } from '#apps/load-balancer/domain/server-reports.ts'
import { ServiceReportSchema } from '#shared/contracts/load-balancer.ts'

const at = '2026-01-31T12:00:00.000Z'
const server = (server_id: number, load_percentage: number, active_connections: number) => ({
  ...{ server_id, load_percentage, active_connections },
  ...{ capacity: 50, current_load: load_percentage / 2, total_requests: 0, average_response_time: 0 }
})

t.test('servers report what they did since the last report, in the schema of service-metrics', async (t) => {
  const reports = createServerReports('load-balancing-simulator')
  for (let nth = 1; nth <= 100; nth += 1) {
    reports.note({ server_id: 0, status: 'success', response_time: nth / 1000 })
  }
  for (const status of ['success', 'failed', 'failed', 'failed'] as const) {
    reports.note({ server_id: 1, status, response_time: status === 'success' ? 0.9 : 0 })
  }
  reports.note({ server_id: null, status: 'failed', response_time: 0 })
  const servers = { server_metrics: [server(0, 60, 3), server(1, 130, 9), server(2, 0, 0)] }
  const first = reports.take(servers, at, 5)
  for (const report of first) t.ok(Value.Check(ServiceReportSchema, report), JSON.stringify(report))
  t.same(
    first.map(({ instanceId }) => instanceId),
    ['server-0', 'server-1', 'server-2']
  )
  t.match(first[0]?.metrics, { rps: 20, p95Latency: 95, errorRate: 0, activeConnections: 3, cpuUsage: 0.6 })
  t.match(first[1]?.metrics, { rps: 0.8, p95Latency: 900, errorRate: 0.75, cpuUsage: 1 })
  t.match(first[2]?.metrics, { rps: 0, p95Latency: 0, errorRate: 0, cpuUsage: 0 })

  const [, second] = reports.take(servers, at, 5)
  t.match(second?.metrics, { rps: 0, p95Latency: 900, errorRate: 0 }, 'without requests it is as fast as it was')
})
