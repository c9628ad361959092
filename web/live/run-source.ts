import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { StreamSource } from './leader.ts'

/** Before a stream that was refused is opened again. */
const pauseMs = 3000

/**
 * The states of a load test while it goes on, several a second; the last one is final. The stream is open only while somebody sees the page:
 * browsers open six connections to a host, for all their tabs together.
 */
export function runSource(id: string): StreamSource<LoadTestRun> {
  return {
    open({ onEvent, onLost }) {
      let stream: EventSource | undefined
      let timer: ReturnType<typeof setTimeout> | undefined
      let isOver = false
      const stop = () => {
        clearTimeout(timer)
        stream?.close()
      }
      const start = () => {
        stop()
        if (isOver || document.visibilityState !== 'visible') return
        const opened = new EventSource(`/api/loadtest/runs/${encodeURIComponent(id)}/events`)
        stream = opened
        for (const name of ['update', 'end']) {
          opened.addEventListener(name, ({ data }: MessageEvent<string>) => {
            if (name === 'end') {
              isOver = true
              stop()
            }
            onEvent(JSON.parse(data) as LoadTestRun)
          })
        }
        opened.addEventListener('error', () => {
          onLost()
          if (opened.readyState === EventSource.CLOSED) timer = setTimeout(start, pauseMs)
        })
      }
      document.addEventListener('visibilitychange', start)
      start()
      return () => {
        document.removeEventListener('visibilitychange', start)
        stop()
      }
    }
  }
}
