import t from 'tap'
import { createRingTable, ringOf, ringText } from '#services/health/domain/groups/ring-table.ts'

t.test('a row keeps the last sweeps and forgets the oldest; gaps are NaN', async (t) => {
  const table = createRingTable(3)
  const row = table.add()
  const seen = () => [0, 1, 2].map((age) => table.get(row, age))
  t.same(seen(), [Number.NaN, Number.NaN, Number.NaN])
  for (const value of [10, 20, 30]) {
    table.advance()
    table.set(row, value)
  }
  t.same(seen(), [30, 20, 10])
  table.advance()
  t.same(seen(), [Number.NaN, 30, 20], 'what was not read in this sweep is a gap')
  table.set(row, 40)
  t.same(seen(), [40, 30, 20])
  table.clear(row)
  t.same(seen(), [Number.NaN, Number.NaN, Number.NaN])
})

t.test('rows that are given back are used again, empty', async (t) => {
  const table = createRingTable(2)
  const [first, second] = [table.add(), table.add()]
  table.set(first, 1)
  table.set(second, 2)
  table.remove(first)
  t.equal(table.rows, 1)
  t.equal(table.add(), first)
  t.ok(Number.isNaN(table.get(first, 0)))
  t.equal(table.get(second, 0), 2)
  table.remove(first)
  table.remove(second)
  t.equal(table.rows, 0)
  t.throws(() => table.get(second, 0), /no row/)
  t.ok(Number.isNaN(table.get(table.add(), 0)))
})

t.test('thousands of rows do not mix', async (t) => {
  const table = createRingTable(2)
  const rows = Array.from({ length: 3000 }, () => table.add())
  for (const turn of [0, 1]) {
    table.advance()
    for (const row of rows) table.set(row, row * 10 + turn)
  }
  t.ok(rows.every((row) => table.get(row, 0) === row * 10 + 1 && table.get(row, 1) === row * 10))
})

t.test('a row is written as text and read again', async (t) => {
  const table = createRingTable(5)
  const row = table.add()
  for (const value of [7, 100, 100, null, 120]) {
    table.advance()
    if (value !== null) table.set(row, value)
  }
  t.equal(ringText(table, row, 5), '7,100*2,,120')
  t.equal(ringText(table, row, 2), ',120')
  t.same(ringOf('7,100*2,,120'), [7, 100, 100, Number.NaN, 120])
  t.equal(ringOf('*3').length, 3)
  for (const text of ['1,a', '1*', '-1', '1*2*3', '1*1000', 'NaN', '1.5'])
    t.throws(() => ringOf(text), RangeError, text)
})
