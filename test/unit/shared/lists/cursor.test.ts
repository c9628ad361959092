import t from 'tap'
import { decodeCursor, encodeCursor } from '#shared/lists/cursor.ts'

t.test('a cursor decodes to the name it was created from, and nothing else is accepted', async (t) => {
  const longest = 'a'.repeat(249)
  for (const name of ['a', 'log-events', 'x.y_z', longest]) t.equal(decodeCursor(encodeCursor(name)), name)
  for (const cursor of ['', 'zz', '!!', encodeCursor('a b'), `${encodeCursor('abc')}=`, encodeCursor(`${longest}a`)]) {
    t.throws(() => decodeCursor(cursor), { code: 'validation_failed', errors: [{ field: 'cursor' }] }, cursor)
  }
})
