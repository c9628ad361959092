import { useEffect, useState } from 'preact/hooks'
import { urlOf } from '#shared/client/endpoint.ts'
import type { Message } from '#shared/contracts/messages.ts'
import type { TailEvent } from '#shared/contracts/tail-events.ts'
import { counted } from '../format/numbers.ts'
import type { MessageSearch } from './message-query.ts'
import { Records } from './records.tsx'
import { afterTailEvent, noTail, type TailState } from './tail-state.ts'

const path = '/api/topics/{topicName}/messages/tail'
const names = ['ready', 'message', 'skipped', 'warning', 'end'] as const satisfies TailEvent['event'][]

/** New records as they arrive, the newest first. */
export function Tail({ topic, search: { partition, key, value } }: { topic: string; search: MessageSearch }) {
  const [state, setState] = useState<TailState>(noTail)
  const [frozen, setFrozen] = useState<readonly Message[] | undefined>(undefined)
  const query = {
    ...(/^\d+$/.test(partition) && { partition: Number(partition) }),
    ...(key && { keyContains: key }),
    ...(value && { valueContains: value }),
    format: 'text'
  }
  const url = urlOf(path, { topicName: topic }, query)
  useEffect(() => {
    setState(noTail)
    const stream = new EventSource(url)
    // Events that come within a frame are drawn once.
    let waiting: TailEvent[] = []
    let frame = 0
    const draw = () => {
      frame = 0
      const events = waiting
      waiting = []
      setState((before) => events.reduce(afterTailEvent, before))
    }
    for (const name of names) {
      stream.addEventListener(name, ({ data }: MessageEvent<string>) => {
        waiting.push({ event: name, data: JSON.parse(data) } as TailEvent)
        frame ||= requestAnimationFrame(draw)
        // The browser would open the stream again.
        if (name === 'end') stream.close()
      })
    }
    stream.addEventListener('error', () => {
      stream.close()
      setState((before) => ({ ...before, ended: before.ended ?? 'the stream broke off' }))
    })
    return () => {
      cancelAnimationFrame(frame)
      stream.close()
    }
  }, [url])
  const paused = frozen !== undefined
  return (
    <>
      <p class="scan" role="status">
        {state.ended !== undefined
          ? `It has ended: ${state.ended}.`
          : state.ready
            ? `Following: ${counted(state.received, 'message')}`
            : 'Connecting …'}
        {state.skipped > 0 && (
          <strong class="text-degraded">
            {' '}
            ▲ {counted(state.skipped, 'record')} skipped: they came faster than they can be shown
          </strong>
        )}{' '}
        <button
          type="button"
          class="small"
          aria-pressed={paused}
          onClick={() => setFrozen(paused ? undefined : state.messages)}
        >
          {paused ? 'Go on' : 'Pause'}
        </button>
      </p>
      {state.warnings.map((warning) => (
        <p key={warning} class="notice notice-degraded">
          {warning}
        </p>
      ))}
      <Records topic={topic} messages={frozen ?? state.messages} />
    </>
  )
}
