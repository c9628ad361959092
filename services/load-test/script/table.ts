import Table from 'cli-table3'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'

/** Expected events per second for a number of events. */
export interface Expectation {
  events: number
  from: number
  to: number
}

export const expectations: Expectation[] = [
  { events: 1000, from: 5000, to: 10_000 },
  { events: 10_000, from: 20_000, to: 30_000 },
  { events: 50_000, from: 40_000, to: 50_000 }
]

export type Standing = 'below' | 'within' | 'above' | 'unknown'

/** How a rate compares with the expectation for this number of events; `unknown` without one. */
export function standing(events: number, eventsPerSecond: number): Standing {
  const expected = expectations.find((item) => item.events === events)
  if (!expected) return 'unknown'
  if (eventsPerSecond < expected.from) return 'below'
  return eventsPerSecond > expected.to ? 'above' : 'within'
}

/** Whether the run succeeded: every event was acknowledged. */
export function succeeded(run: LoadTestRun): boolean {
  return run.status === 'completed' && run.result !== null && run.result.acknowledged === run.eventCount
}

/** The runs as a table; latencies are per batch, from sending to acknowledgement by all in-sync replicas. */
export function renderTable(runs: LoadTestRun[]): string {
  const table = new Table({
    head: ['events', 'events/s', 'expected', '', 'p50 ms', 'p95 ms', 'p99 ms', 'errors', 'compressed to'],
    colAligns: ['right', 'right', 'right', 'left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] }
  })
  for (const { eventCount: counted, result } of runs) {
    const eventCount = counted ?? 0
    const expected = expectations.find((item) => item.events === eventCount)
    table.push([
      number(eventCount),
      result ? number(result.eventsPerSecond) : '-',
      expected ? `${number(expected.from)}-${number(expected.to)}` : '-',
      result && expected ? standing(eventCount, result.eventsPerSecond) : '-',
      milliseconds(result?.sendLatencyMs?.p50),
      milliseconds(result?.sendLatencyMs?.p95),
      milliseconds(result?.sendLatencyMs?.p99),
      result ? number(result.failed) : '-',
      result?.compressionRatio == null ? '-' : `${(result.compressionRatio * 100).toFixed(0)} %`
    ])
  }
  return table.toString()
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(1)
}
