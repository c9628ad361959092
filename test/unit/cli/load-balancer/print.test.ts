import t from 'tap'
import Value from 'typebox/value'
import { drawMetrics, monitorEnd, monitorLines, monitorTitle } from '#cli/print/load-balancer.ts'
import { type BalancerMetrics, BalancerMetricsSchema } from '#shared/contracts/load-balancer.ts'

/** The message of the simulator's document. */
const metrics: BalancerMetrics = {
  timestamp: 1702468800.5,
  algorithm: 'least_connection',
  global_metrics: { total_requests: 1000, successful_requests: 985, failed_requests: 15, throughput: 50.5 },
  server_metrics: [
    {
      server_id: 0,
      capacity: 75,
      current_load: 45.5,
      load_percentage: 60.67,
      total_requests: 197,
      average_response_time: 0.145,
      active_connections: 3
    }
  ]
}

t.test("the monitor prints what the simulator's own does, to the letter", async (t) => {
  t.ok(Value.Check(BalancerMetricsSchema, metrics))
  const lines = monitorLines(metrics)
  t.match(lines[0], /^\n--- Metrics Update at 2023-12-1[234] \d\d:\d\d:00\.500000 ---$/)
  t.equal(
    lines.slice(1).join('\n'),
    `Algorithm: least_connection

Global Metrics:
  Total Requests: 1000
  Success:  985
  Failed: 15
  Throughput:  50.50 req/s

Server Metrics:
  Server 0:
    Load: 60.67%
    Requests: 197
    Avg Response Time: 0.1450s
    Active Connections: 3
--------------------------------------------------`
  )
  t.equal(monitorTitle, '=== Load Balancer Metrics Monitor ===\n')
  t.equal(monitorEnd, '\nMonitoring stopped')
})

t.test("times are written as Python's datetime writes them", async (t) => {
  const rows = [
    { timestamp: 1702468800, expected: /:00 ---$/ },
    { timestamp: 1702468800.123, expected: /:00\.123000 ---$/ },
    { timestamp: 1702468801.279001, expected: /:01\.279001 ---$/ }
  ]
  for (const { timestamp, expected } of rows) t.match(monitorLines({ ...metrics, timestamp })[0], expected)
})

t.test('the live page has a row for each server', async (t) => {
  const lines: string[] = []
  const add = (line: string) => void lines.push(line)
  drawMetrics({ print: add, error: add }, metrics)
  t.match(lines.join('\n'), /1000 requests, 985 answered, .*15 failed.*, 50\.5 a second/)
  t.match(lines.join('\n'), /^server-0 +75 +#{12}\.{8} 61% +3 +197 +145$/m)
})
