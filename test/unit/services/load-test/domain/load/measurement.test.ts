import fc from 'fast-check'
import t from 'tap'
import { createMeasurement } from '#services/load-test/domain/load/measurement.ts'
import type { BatchOutcome } from '#shared/kafka/producing/port.ts'

const outcome = (change: Partial<BatchOutcome>): BatchOutcome => ({
  status: 'acknowledged',
  partition: 0,
  records: 1,
  tags: [],
  baseOffset: null,
  code: undefined,
  attempts: 1,
  sentAt: 0,
  endedAt: 1,
  uncompressedBytes: 1000,
  compressedBytes: 400,
  ...change
})

/** From a twentieth of a millisecond to ten minutes, as many of each size as of any other. */
const latency = fc.double({ min: -3, max: 13.3, noNaN: true }).map(Math.exp)

t.test('min <= p50 <= p95 <= p99 <= p99.9 <= max, and the mean lies between min and max', async (t) => {
  fc.assert(
    fc.property(
      fc.array(latency, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1e9 }),
      (latencies, at) => {
        const measurement = createMeasurement()
        for (const each of latencies) measurement.add(outcome({ sentAt: at, endedAt: at + each }))
        const summary = measurement.result(1000).sendLatencyMs
        if (!summary) throw new Error('nothing measured')
        const { min = -1, p50, p95, p99, p999 = -1, max, mean } = summary
        const ordered = [min, p50, p95, p99, p999, max]
        const sorted = ordered.toSorted((a, b) => a - b)
        if (ordered.join() !== sorted.join()) throw new Error(ordered.join(' '))
        if (mean < min || mean > max) throw new Error(`mean ${mean} of ${min} to ${max}`)
      }
    ),
    { seed: 8, numRuns: 1000 }
  )
  t.pass()
})

t.test('every record is acknowledged or failed, by its code, and perhaps written only if failed', async (t) => {
  const batch = fc.record({
    status: fc.constantFrom('acknowledged' as const, 'failed' as const, 'indeterminate' as const),
    records: fc.integer({ min: 1, max: 500 }),
    code: fc.constantFrom('NOT_ENOUGH_REPLICAS', 'DELIVERY_TIMEOUT', undefined),
    sentAt: fc.constantFrom(0, null)
  })
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 60 }), (batches) => {
      const measurement = createMeasurement()
      let sent = 0
      for (const each of batches) {
        sent += each.records
        measurement.add(outcome(each))
        if (measurement.acknowledged + measurement.failed !== sent) return false
      }
      const { acknowledged, failed, indeterminate, errors } = measurement.result(1000)
      const coded = errors.reduce((sum, { count }) => sum + count, 0)
      return acknowledged + failed === sent && coded === failed && indeterminate <= failed
    }),
    { seed: 8, numRuns: 300 }
  )
  t.pass()
})
