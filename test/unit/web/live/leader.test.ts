import t, { type Test } from 'tap'
import { type SharedStreamOptions, type StreamSource, shareStream } from '../../../../web/live/leader.ts'

/** Tabs of one browser: one lock, and a channel that each shares with the others. */
function browser() {
  const waiting: (() => void)[] = []
  let held = false
  const tabs = new Set<(event: { data: unknown }) => void>()
  return {
    tab() {
      let own: ((event: { data: unknown }) => void) | undefined
      return {
        whenAlone(lead: () => Promise<void>) {
          const take = async () => {
            held = true
            await lead()
            held = false
            waiting.shift()?.()
          }
          if (held) waiting.push(take)
          else void take()
        },
        channel: {
          postMessage: (data: unknown) => {
            for (const listener of tabs) if (listener !== own) listener({ data: structuredClone(data) })
          },
          addEventListener: (_type: 'message', listener: (event: { data: unknown }) => void) => {
            own = listener
            tabs.add(listener)
          },
          close: () => {
            if (own) tabs.delete(own)
          }
        }
      }
    }
  }
}

function open(t: Test, { tab }: ReturnType<typeof browser>) {
  const events: string[] = []
  const streams: { onEvent(event: string): void; onLost(): void }[] = []
  const source: StreamSource<string> = {
    open(handlers) {
      streams.push(handlers)
      return () => streams.splice(0)
    }
  }
  const options: SharedStreamOptions<string, string[]> = {
    tabs: tab(),
    source,
    snapshot: () => events,
    onEvent: (event) => events.push(event),
    onSnapshot: (snapshot) => events.push(...snapshot),
    onLost: () => events.push('lost')
  }
  const shared = shareStream(options)
  t.teardown(() => shared.close())
  return { shared, events, streams }
}

t.test('one tab reads the stream, the others get what it reads', async (t) => {
  const tabs = browser()
  const first = open(t, tabs)
  first.streams[0]?.onEvent('a')
  const second = open(t, tabs)
  t.same(second.events, ['a'], 'a tab that opens later gets what was before')
  t.equal(second.streams.length, 0)
  first.streams[0]?.onEvent('b')
  first.streams[0]?.onLost()
  t.same(
    [first.events, second.events],
    [
      ['a', 'b', 'lost'],
      ['a', 'b', 'lost']
    ]
  )
  t.same([first.shared.isLeader(), second.shared.isLeader()], [true, false])
})

t.test('when the leader closes, another tab reads the stream', async (t) => {
  const tabs = browser()
  const first = open(t, tabs)
  const second = open(t, tabs)
  first.shared.close()
  t.equal(first.streams.length, 0, 'its stream is closed')
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(second.shared.isLeader(), true)
  second.streams[0]?.onEvent('c')
  t.same(second.events, ['c'])
})

t.test('a tab that closes before its turn never reads', async (t) => {
  const tabs = browser()
  const first = open(t, tabs)
  const second = open(t, tabs)
  second.shared.close()
  first.shared.close()
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(second.streams.length, 0)
})
