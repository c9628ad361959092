import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborts when the app begins to close: what would otherwise be answered without end has to end. */
    closing: AbortSignal
    /** Stops listening; resolves when requests in flight are answered, or have had their time. */
    drain: (server: Server) => Promise<void>
  }
}

/** For requests in flight, of the 10 s in which a service ends; the rest is for writing what they left (events, audit trail). */
const graceMs = 5000

/**
 * What a closing service does with its connections: requests in flight are answered, and their connections closed behind them; streams
 * of events and idle connections end at once; what takes longer is cut. Fastify alone would cut everything, or wait without end.
 */
export const drainPlugin = fp<{ graceMs?: number }>(
  async (app, options) => {
    const closing = new AbortController()
    const servers = new Set<Server>([app.server])
    let timer: NodeJS.Timeout | undefined
    app.decorate('closing', closing.signal)
    app.decorate('drain', async (server: Server) => {
      servers.add(server)
      // Idle connections end with it.
      await new Promise<void>((resolve) => server.close(() => resolve()))
    })

    app.addHook('onSend', async (_request, reply, payload) => {
      if (closing.signal.aborted) reply.header('connection', 'close')
      const contentType = String(reply.getHeader('content-type') ?? '')
      // A stream that another service has, and this one passes on.
      if (payload instanceof Readable && contentType.startsWith('text/event-stream')) {
        const end = () => payload.destroy()
        closing.signal.addEventListener('abort', end, { once: true })
        payload.once('close', () => closing.signal.removeEventListener('abort', end))
        if (closing.signal.aborted) end()
      }
    })
    app.addHook('onResponse', async () => {
      // The head of its answer was out before: the connection became idle, and nobody closes it any more.
      if (!closing.signal.aborted) return
      setImmediate(() => {
        for (const server of servers) server.closeIdleConnections()
      })
    })
    // The first of these hooks: those of other plugins may wait for what callers have asked for.
    app.addHook('preClose', async () => {
      timer = setTimeout(() => {
        app.log.warn('requests in flight are cut: they took too long')
        for (const server of servers) server.closeAllConnections()
      }, options.graceMs ?? graceMs)
      closing.abort()
    })
    app.addHook('onClose', async () => clearTimeout(timer))
  },
  { name: 'drain' }
)
