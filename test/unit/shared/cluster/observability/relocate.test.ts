import t from 'tap'
import { replaceAll } from '#shared/cluster/observability/relocate.ts'

t.test('every occurrence is replaced, and no other byte', async (t) => {
  const bytes = Buffer.from('\0/a/b\0x/a/b/c')
  t.equal(replaceAll(bytes, '/a/b', 'a/b/'), 2)
  t.equal(bytes.toString(), '\0a/b/\0xa/b//c')
  t.equal(replaceAll(bytes, '/a/b', 'a/b/'), 0)
})

t.test('a replacement of another length is refused: the program would be broken', async (t) => {
  t.throws(() => replaceAll(Buffer.from('abc'), 'ab', 'a'), RangeError)
})
