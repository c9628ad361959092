import t from 'tap'
import { serverSentEvents } from '#shared/client/event-stream.ts'

async function* chunks(...each: string[]): AsyncGenerator<string> {
  yield* each
}

t.test('events are parsed whatever the chunks; comments and incomplete events are skipped', async (t) => {
  const stream = ': hello\n\nevent: a\nda',
    rest = 'ta: {"x":1}\r\n\r\ndata: [1,\ndata: 2]\n\nevent: b\ndata: 1\n'
  t.strictSame(await Array.fromAsync(serverSentEvents(chunks(stream, rest))), [
    { event: 'a', data: { x: 1 } },
    { event: 'message', data: [1, 2] }
  ])
})
