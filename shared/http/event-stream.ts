import type { FastifyReply } from 'fastify'

/** Between two comments on a quiet stream: shorter than the idle time-outs of proxies. */
const heartbeatMs = 15_000
/** A reader that has this much unread before it is too slow for more. */
const unreadBytes = 1_048_576

/** A stream of server-sent events to one caller. */
export interface EventStream {
  /** Aborts when the caller has gone or is no longer allowed to read, or end() was called. */
  readonly ended: AbortSignal
  /**
   * Sends an event; returns false without sending if the stream has ended or the caller is too slow.
   * @param id for Last-Event-ID, with which the caller can reconnect and get what it missed
   */
  send(event: string, data: unknown, id?: string): boolean
  end(): void
}

/**
 * Takes over a reply and answers with server-sent events. A comment every 15 s keeps proxies from closing a quiet
 * stream, and detects a caller whose network is gone. The stream ends when the caller's token expires or is revoked, and when the
 * service closes.
 */
export function openEventStream(reply: FastifyReply): EventStream {
  reply.hijack()
  const { raw } = reply
  const { closing } = reply.server
  const ended = new AbortController()
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': reply.request.id
  })
  raw.flushHeaders()
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs)
  const close = () => {
    clearInterval(heartbeat)
    endWatch()
    closing.removeEventListener('abort', end)
    ended.abort()
  }
  const end = () => {
    close()
    raw.end()
  }
  const endWatch = reply.request.onceRefused(end)
  raw.once('close', close)
  closing.addEventListener('abort', end, { once: true })
  if (closing.aborted) end()
  raw.once('error', close)
  return {
    ended: ended.signal,
    send(event, data, id) {
      if (ended.signal.aborted || raw.writableLength > unreadBytes) return false
      raw.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      return true
    },
    end
  }
}
