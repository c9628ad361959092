import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { eventStreamResponses } from '#shared/contracts/common.ts'
import { HealthStreamHeadersSchema } from '#shared/contracts/health-stream.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { openEventStream } from '#shared/http/event-stream.ts'
import { watchHealth } from '../domain/events/index.ts'

export interface StreamRoutesOptions {
  /** Streams that may be open at the same time. */
  maxStreams: number
}

export const streamRoutes: FastifyPluginAsyncTypebox<StreamRoutesOptions> = async (app, { maxStreams }) => {
  const { feed, attention } = app.healthEvents
  const open = new Set<() => void>()
  app.addHook('preClose', async () => {
    for (const end of open) end()
  })

  app.get(
    '/api/health/stream',
    {
      schema: {
        'x-role': 'viewer',
        tags: ['health'],
        summary: 'Watch the health of the cluster (server-sent events)',
        description:
          'First `state`: the present state. Then what changes: status, score, broker, ensemble, group, alert. While anybody ' +
          'watches, brokers, partitions and ensemble are read every KOPS_MAX_AGE_MS. Each event has an id: who comes back with ' +
          'the last one as Last-Event-ID gets what it missed, or `state` again where that is no longer known. Ends when the ' +
          'caller goes, or is too slow.',
        headers: HealthStreamHeadersSchema,
        response: eventStreamResponses
      }
    },
    async (request, reply) => {
      if (open.size >= maxStreams) throw new KopsError('too_many_streams', `${maxStreams} streams are open already`)
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
      const end = () => {
        open.delete(leave)
        stopWatching()
        stopAttention()
        stream.end()
      }
      stream.ended.addEventListener('abort', leave, { once: true })
      if (gone.signal.aborted) end()
      else gone.signal.addEventListener('abort', end, { once: true })
      return reply
    }
  )
}
