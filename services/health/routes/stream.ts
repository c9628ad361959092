import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { healthStreamEndpoints } from '#shared/contracts/health-stream.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { openEventStream } from '#shared/http/event-stream.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { watchHealth } from '../domain/events/index.ts'

export interface StreamRoutesOptions {
  /** Maximum number of concurrent streams. */
  maxStreams: number
  pingMs?: number
}

export const streamRoutes: FastifyPluginAsyncTypebox<StreamRoutesOptions> = async (
  app,
  { maxStreams, pingMs = 15_000 }
) => {
  const { feed, attention } = app.healthEvents
  const open = new Set<() => void>()
  app.addHook('preClose', async () => {
    for (const end of open) end()
  })

  app.route({
    ...routeOf(healthStreamEndpoints.watchHealth),
    handler: async (request, reply) => {
      if (open.size >= maxStreams) throw new KopsError('too_many_streams', `${maxStreams} streams are already open`)
      // The place is taken before anything is waited for: callers at the same time must not pass the bound together.
      const gone = new AbortController()
      const leave = () => gone.abort()
      open.add(leave)
      reply.raw.once('close', leave)
      try {
        await app.monitor.current()
      } catch (error) {
        open.delete(leave)
        throw error
      }
      if (gone.signal.aborted) {
        open.delete(leave)
        return reply
      }
      const stream = openEventStream(reply)
      const stopWatching = watchHealth(feed, {
        lastEventId: request.headers['last-event-id'],
        send: ({ event, data }, id) => stream.send(event, data, id),
        onBehind: leave
      })
      const stopAttention = attention.enter()
      const pings = setInterval(() => {
        const present = feed.state()
        if (present) stream.send('ping', { asOf: present.state.asOf })
      }, pingMs)
      const end = () => {
        open.delete(leave)
        clearInterval(pings)
        stopWatching()
        stopAttention()
        stream.end()
      }
      stream.ended.addEventListener('abort', leave, { once: true })
      if (gone.signal.aborted) end()
      else gone.signal.addEventListener('abort', end, { once: true })
      return reply
    }
  })
}
