import t from 'tap'
import { createLogEventSource } from '#services/load-test/domain/load/log-events.ts'
import { createBatchBuilder, createBufferPool } from '#shared/kafka/producing/record-batch.ts'

const at = Date.parse('2026-01-31T12:34:56.789Z')

t.test('the same seed generates the same events, another seed others', async (t) => {
  const [a, b, c] = [createLogEventSource(7), createLogEventSource(7), createLogEventSource(8)]
  for (let i = 0; i < 100; i += 1) t.same(a(at), b(at))
  t.not(a(at).value, c(at).value)
})

t.test('events look like logs: sizes, levels, statuses, and the trace as key', async (t) => {
  const source = createLogEventSource(1)
  const events = Array.from({ length: 5000 }, () => source(at))
  const parsed = events.map(({ value }) => JSON.parse(value) as Record<string, never> & { http: { status: number } })
  const sizes = events.map(({ value }) => value.length)
  t.ok(Math.min(...sizes) > 400 && Math.max(...sizes) < 800)
  t.ok(sizes.reduce((sum, size) => sum + size, 0) / sizes.length < 620)
  t.equal(new Set(events.map(({ key }) => key)).size, events.length)
  t.ok(events.every(({ key }, index) => parsed[index]?.['traceId'] === key))
  t.ok(parsed.every((event) => event['timestamp'] === '2026-01-31T12:34:56.789Z'))
  t.same(new Set(parsed.map(({ level }) => level)), new Set(['INFO', 'DEBUG', 'WARN', 'ERROR']))
  const failed = parsed.filter(({ http }) => http.status >= 500)
  t.ok(failed.length > 10 && failed.length < 150, 'about one in a hundred')
  t.ok(failed.every((event) => event['error'] !== undefined))
})

t.test('snappy takes about 60 % off a batch of them', async (t) => {
  const source = createLogEventSource(3)
  const batch = createBatchBuilder({ limitBytes: 131_072, compression: 'snappy', buffers: createBufferPool() })
  for (;;) {
    const { key, value } = source(at)
    if (!batch.append({ key: Buffer.from(key), value: Buffer.from(value) }, at)) break
  }
  const ratio = batch.seal().length / batch.uncompressedBytes
  t.ok(ratio > 0.35 && ratio < 0.45, `${ratio}`)
})
