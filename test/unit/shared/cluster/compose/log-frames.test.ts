import t from 'tap'
import { logLines } from '#shared/cluster/compose/log-frames.ts'

function frame(stream: 1 | 2, text: string): Buffer {
  const payload = Buffer.from(text)
  const header = Buffer.alloc(8)
  header.writeUInt8(stream, 0)
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

t.test('frames of both streams become lines in their order', async (t) => {
  t.same(logLines(Buffer.concat([frame(1, 'one\n'), frame(2, 'two\n'), frame(1, 'three\n')])), ['one', 'two', 'three'])
})

t.test('a line and a character may span frames', async (t) => {
  const word = Buffer.from('für\n')
  const parts = [word.subarray(0, 2), word.subarray(2)].map((part) => {
    const header = Buffer.alloc(8)
    header.writeUInt8(1, 0)
    header.writeUInt32BE(part.length, 4)
    return Buffer.concat([header, part])
  })
  t.same(logLines(Buffer.concat(parts)), ['für'])
})

t.test('empty lines stay, the last newline does not make one', async (t) => {
  t.same(logLines(frame(1, 'one\r\n\r\ntwo\r\n')), ['one', '', 'two'])
  t.same(logLines(Buffer.alloc(0)), [], 'nothing was logged')
})

t.test('an incomplete frame yields what there is', async (t) => {
  t.same(logLines(frame(1, 'a long line\n').subarray(0, 12)), ['a lo'])
  t.same(logLines(Buffer.concat([frame(1, 'one\n'), Buffer.alloc(5)])), ['one'], 'half a header')
})
