import type { FastifyReply } from 'fastify'

export interface EventStreamOptions<T> {
  current: T
  hasEnded: (state: T) => boolean
  subscribe: (listener: (state: T) => void) => () => void
}

const heartbeatMs = 15_000

/**
 * Answers with server-sent events: `update` with the present state at once and with each later one, `end` with the last,
 * and then closes. A comment every 15 s keeps proxies from closing a quiet stream.
 */
export function streamStates<T>(reply: FastifyReply, { current, hasEnded, subscribe }: EventStreamOptions<T>): void {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': reply.request.id
  })
  let stop: () => void = () => undefined
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs)
  const send = (state: T) => {
    const last = hasEnded(state)
    raw.write(`event: ${last ? 'end' : 'update'}\ndata: ${JSON.stringify(state)}\n\n`)
    if (last) raw.end()
  }
  raw.once('close', () => {
    clearInterval(heartbeat)
    stop()
  })
  if (!hasEnded(current)) stop = subscribe(send)
  send(current)
}
