import type { FastifyReply } from 'fastify'
import { KopsError } from '#shared/errors/catalog.ts'
import { openEventStream } from '#shared/http/event-stream.ts'

export interface EventStreamOptions<T> {
  current: T
  hasEnded: (state: T) => boolean
  subscribe: (listener: (state: T) => void) => () => void
}

export interface StateStreams {
  /**
   * Answers with server-sent events: `update` with the current state and each later one, then `end` with the final one,
   * and closes.
   * @throws KopsError too_many_streams
   */
  open<T>(reply: FastifyReply, options: EventStreamOptions<T>): void
}

/** @param most streams at the same time */
export function createStateStreams(most: number): StateStreams {
  let open = 0
  return {
    open(reply, options) {
      if (open >= most) throw new KopsError('too_many_streams', `${most} streams are already open`)
      open += 1
      reply.raw.once('close', () => {
        open -= 1
      })
      streamStates(reply, options)
    }
  }
}

function streamStates<T>(reply: FastifyReply, { current, hasEnded, subscribe }: EventStreamOptions<T>): void {
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
