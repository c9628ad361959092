import { stdout } from 'node:process'
import type { Comparison } from '#apps/load-balancer/domain/compare.ts'
import type { BalancerMetrics } from '#shared/contracts/load-balancer.ts'
import { milliseconds } from '#shared/reports/figures.ts'
import { type Output, paint, table } from '../output.ts'

/** The first lines of a monitor, as the simulator's own prints them. */
export const monitorTitle = '=== Load Balancer Metrics Monitor ===\n'
export const monitorEnd = '\nMonitoring stopped'

/** Metrics in exactly the lines of the simulator's monitor, kafka_metrics_monitor.py, two spaces behind some colons included. */
export function monitorLines({ timestamp, algorithm, global_metrics: all, server_metrics }: BalancerMetrics): string[] {
  return [
    `\n--- Metrics Update at ${pythonTime(timestamp)} ---`,
    `Algorithm: ${algorithm}`,
    '\nGlobal Metrics:',
    `  Total Requests: ${all.total_requests}`,
    `  Success:  ${all.successful_requests}`,
    `  Failed: ${all.failed_requests}`,
    `  Throughput:  ${all.throughput.toFixed(2)} req/s`,
    '\nServer Metrics:',
    ...server_metrics.flatMap((server) => [
      `  Server ${server.server_id}:`,
      `    Load: ${server.load_percentage.toFixed(2)}%`,
      `    Requests: ${server.total_requests}`,
      `    Avg Response Time: ${server.average_response_time.toFixed(4)}s`,
      `    Active Connections: ${server.active_connections}`
    ]),
    '-'.repeat(50)
  ]
}

/** Local time as Python's str(datetime) writes it: with six digits behind the second, or none where they are zeros. */
function pythonTime(seconds: number): string {
  const micros = Math.round(seconds * 1e6)
  const date = new Date(Math.floor(micros / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  const rest = micros % 1e6
  return `${day} ${time}${rest === 0 ? '' : `.${String(rest).padStart(6, '0')}`}`
}

const barWidth = 20

/** Metrics as a page that is drawn again and again. */
export function drawMetrics(page: Output, metrics: BalancerMetrics): void {
  const { timestamp, algorithm, global_metrics: all, server_metrics } = metrics
  const failed = all.failed_requests > 0 ? paint('red', `${all.failed_requests} failed`) : '0 failed'
  page.print(`${paint('bold', algorithm)}  ${pythonTime(Math.floor(timestamp))}`)
  page.print(
    `${all.total_requests} requests, ${all.successful_requests} answered, ${failed}, ${all.throughput.toFixed(1)} a second`
  )
  page.print('')
  const rows = server_metrics.map((server) => [
    `server-${server.server_id}`,
    String(server.capacity),
    `${bar(server.load_percentage)} ${server.load_percentage.toFixed(0)}%`,
    String(server.active_connections),
    String(server.total_requests),
    milliseconds(server.average_response_time * 1000)
  ])
  page.print(table(['SERVER', 'CAPACITY', 'LOAD', 'OPEN', 'REQUESTS', 'MEAN MS'], rows))
}

function bar(percentage: number): string {
  const filled = Math.min(barWidth, Math.round((percentage / 100) * barWidth))
  return `${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}`
}

/** A row for each algorithm, and a column for the part that each server had. */
export function printAlgorithms(output: Output, comparison: Comparison, width = stdout.columns || undefined): void {
  const { requests, seconds, servers, algorithms } = comparison
  const rate = seconds > 0 ? `, ${(requests / seconds).toFixed(1)} a second` : ''
  const slow = servers.flatMap(({ id, slowness }) => (slowness === 1 ? [] : [`${id} ${slowness} times slower`]))
  output.print(`${requests} requests in ${seconds.toFixed(1)} s${rate}${slow.length > 0 ? `; ${slow.join(', ')}` : ''}`)
  output.print('')
  const head = ['ALGORITHM', 'P50 MS', 'P99 MS', 'MAX MS', 'FAILED', ...servers.map(({ id }) => id.toUpperCase())]
  const rows = algorithms.map(({ name, p50Ms, p99Ms, maxMs, failed, shares }) => [
    name,
    milliseconds(p50Ms),
    milliseconds(p99Ms),
    milliseconds(maxMs),
    String(failed),
    ...servers.map(({ id }) => `${((shares[id] ?? 0) * 100).toFixed(1)}%`)
  ])
  output.print(table(head, rows, width))
}
