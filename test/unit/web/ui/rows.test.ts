import fc from 'fast-check'
import t from 'tap'
import { inFrozenOrder } from '../../../../web/ui/row-order.ts'
import { rowWindow } from '../../../../web/ui/row-window.ts'

t.test('of 10,000 rows at most 60 are in the document, and all that are visible', async () => {
  fc.assert(
    fc.property(fc.integer({ min: -2000, max: 400_000 }), fc.integer({ min: 0, max: 10_000 }), (scrolled, count) => {
      const rowHeight = 32
      const visible = 1000
      const { first, end, before, after } = rowWindow({ count, rowHeight, scrolled, visible })
      const firstVisible = Math.min(Math.max(0, Math.floor(scrolled / rowHeight)), count)
      const endVisible = Math.min(count, Math.max(0, Math.ceil((scrolled + visible) / rowHeight)))
      return (
        end - first <= 60 &&
        before + after + (end - first) * rowHeight === count * rowHeight &&
        (firstVisible >= endVisible || (first <= firstVisible && end >= endVisible))
      )
    })
  )
})

t.test('rows that somebody reads keep their places; new ones come last, gone ones go', async (t) => {
  const key = (row: string) => row[0] ?? ''
  t.same(inFrozenOrder(['c2', 'a2', 'b2'], key, ['a', 'b', 'c']), { rows: ['a2', 'b2', 'c2'], moved: 3 })
  t.same(inFrozenOrder(['a', 'd', 'c'], key, ['a', 'b', 'c']), { rows: ['a', 'c', 'd'], moved: 2 })
  t.same(inFrozenOrder(['a', 'b'], key, ['a', 'b']), { rows: ['a', 'b'], moved: 0 })
})
