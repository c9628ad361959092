import t from 'tap'
import { createRecordSource, encodeHeaders } from '#services/load-test/domain/load/record-source.ts'
import { createStampReader, stampRecords } from '#services/load-test/domain/load/stamp.ts'

const lines = { kind: 'lines' as const, lines: ['zero', 'one', 'two'] }
const headers = [{ name: 'trace', value: 'x'.repeat(100) }]
const options = { partitions: 3, partitionFor: () => 0, batchBytes: 60, seed: 1, timestampMs: 0 }

function stamped(run: number, producer: number) {
  const source = createRecordSource({ payload: lines, keys: { kind: 'none' }, headers }, options)
  return stampRecords(source, { run, producer, headers, partitions: options.partitions })
}

t.test('a stamp says whose record it is, which value it has, and its number in its partition', async (t) => {
  const source = stamped(0xfedcba98, 15)
  const reader = createStampReader({ run: 0xfedcba98, headers })
  const numbers = [0, 0, 0]
  for (let nth = 0; nth < 50; nth += 1) {
    const { partition, headers: written, value } = source.next()
    const around = Buffer.concat([Buffer.from('before'), written ?? Buffer.alloc(0), Buffer.from('after')])
    t.equal(reader.read(around, 6, around.length - 5), true)
    t.match(reader, { producer: 15, index: nth % 3, sequence: numbers[partition] })
    t.equal(value.toString(), lines.lines[reader.index])
    numbers[partition] = (numbers[partition] ?? 0) + 1
  }
  t.ok(Math.min(...numbers) > 0, 'every partition got some')
  const last = source.next().headers
  t.equal(last, source.next().headers, 'one buffer serves all')
})

t.test('sequences go beyond 32 bits', async (t) => {
  const headers = Buffer.from(stamped(7, 0).next().headers ?? [])
  headers.writeUInt16BE(1, headers.length - 6)
  headers.writeUInt32BE(5, headers.length - 4)
  const reader = createStampReader({ run: 7, headers: [{ name: 'trace', value: 'x'.repeat(100) }] })
  t.equal(reader.read(headers, 0, headers.length), true)
  t.equal(reader.sequence, 2 ** 32 + 5)
})

t.test('records of others are known as such', async (t) => {
  const reader = createStampReader({ run: 7, headers })
  const others: [who: string, headers: Buffer | null][] = [
    ['another run', Buffer.from(stamped(8, 0).next().headers ?? [])],
    ['no headers', Buffer.from([0])],
    ['only the same', encodeHeaders(headers)],
    ['another name', encodeHeaders([...headers, { name: 'kopt', value: Buffer.alloc(13) }])],
    ['a longer one', encodeHeaders([...headers, { name: 'kops', value: Buffer.alloc(14) }])]
  ]
  for (const [who, bytes] of others) t.equal(bytes && reader.read(bytes, 0, bytes.length), false, who)
})

t.test(
  'a timed stamp says when its record was due and taken, to the microsecond, also after years of uptime',
  async (t) => {
    const plain = createRecordSource({ payload: lines, keys: { kind: 'none' }, headers }, options)
    const source = stampRecords(plain, { run: 7, producer: 1, headers, partitions: 3, timed: true })
    const reader = createStampReader({ run: 7, headers, timed: true })
    const cases: [startedAt: number, due: number, taken: number, lag: number][] = [
      [0, 0, 0, 0],
      [1234.567, 10.25, 10.375, 0.125],
      [8 * 365 * 86_400_000, 86_400_000, 86_400_001, 1],
      [5, 20, 10, 0],
      [5, 0, 10_000_000, 2 ** 32 / 1000]
    ]
    for (const [startedAt, due, taken, lag] of cases) {
      source.startAt(startedAt)
      const { headers: written } = source.next(due, taken)
      t.equal(written && reader.read(written, 0, written.length), true)
      t.ok(Math.abs(reader.dueMs - startedAt - due) < 0.001, `due ${reader.dueMs}`)
      t.ok(Math.abs(reader.takenMs - reader.dueMs - lag) < 0.002, `taken ${reader.takenMs}`)
      t.match(reader, { producer: 1 })
    }
    const untimed = createStampReader({ run: 7, headers })
    const { headers: written } = source.next(1, 1)
    t.equal(written && untimed.read(written, 0, written.length), false, 'the two kinds are told apart')
  }
)
