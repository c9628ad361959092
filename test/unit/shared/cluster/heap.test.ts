import t from 'tap'
import { heapBytes, heapOf } from '#shared/cluster/heap.ts'

t.test('a heap in bytes', async (t) => {
  t.equal(heapBytes('384m'), 384 * 2 ** 20)
  t.equal(heapBytes('2g'), 2 * 2 ** 30)
})

const rows = [
  { words: 'java\0-XX:+UseG1GC\0-Xmx384m\0-cp\0libs/*\0', heap: '384m' },
  { words: 'KAFKA_HEAP_OPTS=-Xms1g -Xmx2g', heap: '2g' },
  { words: 'KAFKA_HEAP_OPTS=-Xmx512m -Xms512m', heap: '512m' },
  { words: 'java\0-Dx=y-Xmx1g\0', heap: undefined },
  { words: 'java\0-Xmx384000\0', heap: undefined },
  { words: '', heap: undefined }
]
for (const { words, heap } of rows) {
  t.test(`${JSON.stringify(words)} gives ${heap ?? 'none'}`, async (t) => t.equal(heapOf(words), heap))
}
