import type { HealthStreamEvent } from '#shared/contracts/health-stream.ts'
import type { StreamSource } from './leader.ts'
import { silentMs } from './stream-contact.ts'

const path = '/api/health/stream'
const names = [
  'state',
  'ping',
  'status',
  'score',
  'broker',
  'ensemble',
  'group',
  'alert'
] as const satisfies HealthStreamEvent['event'][]

/** Before the first attempt to open a stream again, which was refused; then twice as long, up to the most. */
const firstPauseMs = 1000
const longestPauseMs = 30_000

/**
 * The stream of health-service. The browser itself opens it again where it breaks, with the id of the last event, and so gets what it
 * missed; where it was refused, or is silent for too long, this opens another one, which begins with the whole state.
 */
export const healthSource: StreamSource<HealthStreamEvent> = {
  open({ onEvent, onLost }) {
    let stream: EventSource | undefined
    let pause = firstPauseMs
    let timer: ReturnType<typeof setTimeout> | undefined

    const again = (ms: number) => {
      clearTimeout(timer)
      timer = setTimeout(start, ms)
    }
    const start = () => {
      stream?.close()
      const opened = new EventSource(path)
      stream = opened
      for (const name of names) {
        opened.addEventListener(name, ({ data }: MessageEvent<string>) => {
          pause = firstPauseMs
          again(silentMs)
          onEvent({ event: name, data: JSON.parse(data) } as HealthStreamEvent)
        })
      }
      opened.addEventListener('error', () => {
        onLost()
        if (opened.readyState !== EventSource.CLOSED) return
        again(pause)
        pause = Math.min(2 * pause, longestPauseMs)
      })
      again(silentMs)
    }
    start()
    return () => {
      clearTimeout(timer)
      stream?.close()
    }
  }
}
