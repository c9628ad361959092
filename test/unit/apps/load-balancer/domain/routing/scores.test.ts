import t from 'tap'
import { median, scoreInstance } from '#apps/load-balancer/domain/routing/scores.ts'
import type { HealthCheck } from '#shared/contracts/load-balancer.ts'
import { reportOf } from './reports.ts'

const check = (status: HealthCheck['status']): HealthCheck => ({
  timestamp: '2024-01-15T10:30:00Z',
  serviceId: 'user-service',
  instanceId: 'user-service-1',
  status,
  checkType: 'HTTP'
})

t.test('a score is 100 less what is taken off for each reason', async (t) => {
  const rows = [
    { metrics: {}, score: 100, codes: '' },
    { metrics: { errorRate: 0.01 }, score: 100, codes: '' },
    { metrics: { errorRate: 0.055 }, score: 55, codes: 'errors' },
    { metrics: { errorRate: 0.1 }, score: 10, codes: 'errors' },
    { metrics: { errorRate: 1 }, score: 10, codes: 'errors' },
    { metrics: { p95Latency: 80 }, score: 100, codes: '' },
    { metrics: { p95Latency: 240 }, score: 70, codes: 'latency' },
    { metrics: { p95Latency: 4000 }, score: 40, codes: 'latency' },
    { metrics: { cpuUsage: 0.9 }, score: 85, codes: 'processors' },
    { metrics: { memoryUsage: 1 }, score: 70, codes: 'memory' },
    { metrics: { errorRate: 0.1, p95Latency: 4000, cpuUsage: 1 }, score: 0, codes: 'errors latency processors' },
    { metrics: {}, status: 'HEALTHY', score: 100, codes: '' },
    { metrics: {}, status: 'DEGRADED', score: 70, codes: 'check' },
    { metrics: {}, status: 'UNHEALTHY', score: 0, codes: 'check' },
    { metrics: { cpuUsage: 0.9 }, status: 'DOWN', score: 0, codes: 'processors check' }
  ] as const
  for (const row of rows) {
    const status = 'status' in row ? check(row.status) : undefined
    const { score, reasons } = scoreInstance({ report: reportOf('user-service-1', row.metrics), check: status }, 40)
    t.equal(score, row.score, JSON.stringify(row))
    t.equal(reasons.map(({ code }) => code).join(' '), row.codes, JSON.stringify(row))
  }
})

t.test('latency counts only beside others', async (t) => {
  const { score } = scoreInstance({ report: reportOf('user-service-1', { p95Latency: 9999 }), check: undefined }, 0)
  t.equal(score, 100)
  t.equal(median([10, 100]), 10, 'one slow instance of two does not hide itself')
  t.equal(median([5, 1, 100]), 5)
  t.equal(median([]), 0)
})
