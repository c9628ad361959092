import t from 'tap'
import { createRecordSource, type RecordSource } from '#services/load-test/domain/load/record-source.ts'
import type { Keys, Payload } from '#shared/contracts/load-records.ts'
import { partitionForKey } from '#shared/kafka/producing/partitioner.ts'

const options = { partitions: 12, partitionFor: partitionForKey, batchBytes: 16_384, seed: 7, timestampMs: 0 }
const lines: Payload = { kind: 'lines', lines: ['one', 'two', 'three'] }

function sourceOf(
  keys: Keys,
  change: { payload?: Payload; partitions?: number; seed?: number; batchBytes?: number } = {}
) {
  const { payload = lines, ...others } = change
  return createRecordSource({ payload, keys, headers: [] }, { ...options, ...others })
}

/** A copy of the next records: the source reuses one object. */
function take(source: RecordSource, count: number) {
  return Array.from({ length: count }, () => {
    const { partition, key, value } = source.next()
    return { partition, key: key?.toString() ?? null, value: value.toString() }
  })
}

/** Records per key, the most frequent first. */
function byKey(records: { key: string | null }[]): [key: string | null, count: number][] {
  const groups = Map.groupBy(records, ({ key }) => key)
  return Array.from(groups, ([key, { length }]): [string | null, number] => [key, length]).sort((a, b) => b[1] - a[1])
}

t.test('values come in turn, in one object', async (t) => {
  const source = sourceOf({ kind: 'none' })
  t.same(
    take(source, 7).map(({ value }) => value),
    ['one', 'two', 'three', 'one', 'two', 'three', 'one']
  )
  t.equal(source.next(), source.next())
  t.same(source.describe(), { meanBytes: 11 / 3, pool: 3 })
})

t.test('every key has its own partition, the one that Kafka chooses for it', async (t) => {
  const kinds: Keys[] = [
    { kind: 'distinct' },
    { kind: 'round-robin', count: 101 },
    { kind: 'uniform', count: 1_000_000 },
    { kind: 'zipf', count: 5000, exponent: 1 }
  ]
  for (const keys of kinds) {
    const records = take(sourceOf(keys), 5000)
    for (const { key, partition } of records) {
      if (key === null || partitionForKey(key, 12) !== partition) t.fail(`${keys.kind}: ${key} in ${partition}`)
    }
    t.equal(new Set(records.map(({ partition }) => partition)).size, 12, keys.kind)
  }
})

t.test('a log event has its trace as key; other values have a random one', async (t) => {
  const events = take(sourceOf({ kind: 'distinct' }, { payload: { kind: 'log-events' } }), 8192)
  for (const { key, value } of events) if (JSON.parse(value).traceId !== key) t.fail(`${key} is not of ${value}`)
  t.match(events[0]?.value, '"timestamp":"1970-01-01T00:00:00.000Z"')
  t.equal(byKey(events).length, 8192)
  const others = take(sourceOf({ kind: 'distinct' }), 8192)
  t.equal(byKey(others).length, 8192)
  for (const { key } of others) if (!/^[0-9a-f]{16}$/.test(String(key))) t.fail(`${key}`)
})

t.test('records without a key fill a batch of one partition, then of the next', async (t) => {
  const payload: Payload = { kind: 'random', compressibility: 0, size: { kind: 'fixed', bytes: 992 } }
  const records = take(sourceOf({ kind: 'none' }, { payload, batchBytes: 10_000, partitions: 3 }), 60)
  t.ok(records.every(({ key }) => key === null))
  const first = records[0]?.partition ?? -1
  t.same(
    records.map(({ partition }) => partition),
    records.map((_, index) => (first + Math.floor(index / 10)) % 3)
  )
  const single = take(sourceOf({ kind: 'none' }, { batchBytes: 1, partitions: 3 }), 30)
  for (const [index, { partition }] of single.entries()) t.not(partition, single[index + 1]?.partition)
})

t.test('keys are chosen in turn, all equally often, or a few most of the time', async (t) => {
  const inTurn = take(sourceOf({ kind: 'round-robin', count: 50 }), 500)
  t.ok(byKey(inTurn).every(([_, count]) => count === 10))
  t.same(new Set(inTurn.slice(0, 50).map(({ key }) => key)).size, 50)

  const uniform = byKey(take(sourceOf({ kind: 'uniform', count: 20 }), 40_000))
  t.equal(uniform.length, 20)
  for (const [key, count] of uniform) t.ok(Math.abs(count - 2000) < 200, `${key}: ${count}`)

  const zipf = byKey(take(sourceOf({ kind: 'zipf', count: 100, exponent: 1 }), 100_000))
  // Ranks 1, 2 and 10 of 100 have 1, 1/2 and 1/10 of the harmonic sum 5.187.
  for (const [rank, share] of [
    [1, 0.1928],
    [2, 0.0964],
    [10, 0.0193]
  ] as const) {
    const found = zipf.find(([key]) => key === `key-${String(rank - 1).padStart(2, '0')}`)?.[1] ?? 0
    t.ok(Math.abs(found / 100_000 / share - 1) < 0.08, `rank ${rank}: ${found}`)
  }
  const flat = byKey(take(sourceOf({ kind: 'zipf', count: 20, exponent: 0 }), 40_000))
  for (const [key, count] of flat) t.ok(Math.abs(count - 2000) < 200, `${key}: ${count}`)
})

t.test('numbered keys have one width', async (t) => {
  for (const [count, pattern] of [
    [1, /^key-0$/],
    [10, /^key-[0-9]$/],
    [11, /^key-[01][0-9]$/],
    [1_000_000, /^key-[0-9]{6}$/]
  ] as const) {
    for (const { key } of take(sourceOf({ kind: 'uniform', count }), 100)) t.match(key, pattern)
  }
})

t.test('the same seed makes the same records, another seed others', async (t) => {
  const kinds: Keys[] = [
    { kind: 'distinct' },
    { kind: 'uniform', count: 1000 },
    { kind: 'zipf', count: 1000, exponent: 1 }
  ]
  for (const keys of kinds) {
    const [a, b, c] = [1, 1, 2].map((seed) => take(sourceOf(keys, { seed }), 20))
    t.same(a, b)
    t.notSame(a, c)
  }
})

t.test('headers are encoded as in a record', async (t) => {
  const headersOf = (headers: { name: string; value: string }[]) =>
    createRecordSource({ payload: lines, keys: { kind: 'none' }, headers }, options).next().headers
  t.equal(headersOf([]), null)
  t.equal(
    headersOf([
      { name: 'env', value: 'é' },
      { name: 'x', value: '' }
    ])?.toString('hex'),
    // 2 headers; 3 bytes, env; 2 bytes, é; 1 byte, x; 0 bytes: each number doubled (zigzag)
    '04'.concat('06656e76', '04c3a9', '0278', '00')
  )
  const long = headersOf([{ name: 'n', value: 'v'.repeat(2000) }])
  t.equal(long?.subarray(0, 5).toString('hex'), '02026ea01f')
  t.equal(long?.length, 5 + 2000)
})
