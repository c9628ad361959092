import t from 'tap'
import { renderTable, standing, succeeded } from '#services/load-test/script/table.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'

const cases: [number, number, string][] = [
  [1000, 4999, 'below'],
  [1000, 5000, 'within'],
  [1000, 10_001, 'above'],
  [10_000, 25_000, 'within'],
  [50_000, 39_999, 'below'],
  [50_000, 50_000, 'within'],
  [777, 1, 'unknown']
]
for (const [events, rate, expected] of cases) {
  t.test(`${rate}/s of ${events} events is ${expected}`, async (t) => {
    t.equal(standing(events, rate), expected)
  })
}

const run: LoadTestRun = {
  id: 'r',
  status: 'completed',
  topic: 'log-events',
  eventCount: 50_000,
  progress: { acknowledged: 50_000, failed: 0 },
  createdAt: '2026-01-31T12:00:00.000Z',
  finishedAt: '2026-01-31T12:00:02.000Z',
  result: {
    acknowledged: 50_000,
    failed: 0,
    indeterminate: 0,
    durationMs: 1300,
    eventsPerSecond: 38_461.5,
    sendLatencyMs: { p50: 9.1, p95: 32.2, p99: 71.8, max: 80, mean: 12 },
    uncompressedBytes: 30_000_000,
    compressedBytes: 11_700_000,
    compressionRatio: 0.39,
    errors: []
  },
  links: { self: '/api/loadtest/runs/r' }
}

t.test('the table compares measured and expected rates', async (t) => {
  t.match(renderTable([run]), /50,000 .* 38,462 .* 40,000-50,000 .* below .* 9\.1 .* 32\.2 .* 71\.8 .* 0 .* 39 %/)
})

t.test('a run succeeds only with every event acknowledged', async (t) => {
  t.equal(succeeded(run), true)
  const result = run.result && { ...run.result, acknowledged: 49_999, failed: 1 }
  t.equal(succeeded({ ...run, result }), false)
  t.equal(succeeded({ ...run, status: 'aborted' }), false)
  t.match(renderTable([{ ...run, status: 'failed', result: null }]), /50,000 .* - /)
})
