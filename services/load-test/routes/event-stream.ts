import type { FastifyReply } from 'fastify'
import { openEventStream } from '#shared/http/event-stream.ts'

export interface EventStreamOptions<T> {
  current: T
  hasEnded: (state: T) => boolean
  subscribe: (listener: (state: T) => void) => () => void
}

/**
 * Answers with server-sent events: `update` with the current state and each later one, then `end` with the final one,
 * and closes.
 */
export function streamStates<T>(reply: FastifyReply, { current, hasEnded, subscribe }: EventStreamOptions<T>): void {
  const stream = openEventStream(reply)
  const send = (state: T) => {
    const last = hasEnded(state)
    stream.send(last ? 'end' : 'update', state)
    if (last) stream.end()
  }
  if (!hasEnded(current)) {
    const stop = subscribe(send)
    stream.ended.addEventListener('abort', stop, { once: true })
  }
  send(current)
}
