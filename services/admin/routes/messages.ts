import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Gauge } from 'prom-client'
import { messageEndpoints } from '#shared/contracts/messages.ts'
import { tailEndpoints } from '#shared/contracts/tail-events.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { openEventStream } from '#shared/http/event-stream.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { browseMessages } from '../domain/messages/browse.ts'
import type { MaskingRules } from '../domain/messages/masking-rules.ts'
import { produceRecords } from '../domain/messages/produce.ts'
import { tailMessages } from '../domain/messages/tail.ts'
import { assertMayRead } from './reading-role.ts'

export interface MessageRoutesOptions {
  rules: MaskingRules
  /** Bounds of one page. */
  maxBytes: number
  maxMs: number
  tails: { max: number; maxRate: number; intervalMs: number }
}

/** Records of 10 MB (the maximum of the catalogs' topics) as base64, plus their envelope. */
const largestBody = 16 * 1024 * 1024
/** Maximum bytes that a tail fetches per poll; it reports faster records as skipped. */
const tailBytes = 2 * 1024 * 1024

export const messageRoutes: FastifyPluginAsyncTypebox<MessageRoutesOptions> = async (app, options) => {
  const { records, writer } = app.kafka
  const { reserved, policies } = app.topics.ports
  const { rules, tails } = options
  const open = new Set<{ end: () => void }>()
  new Gauge({
    name: 'kops_message_tails',
    help: 'Open live tails',
    registers: [app.metrics],
    collect() {
      this.set(open.size)
    }
  })
  app.addHook('preClose', async () => {
    for (const stream of open) stream.end()
  })

  app.route({
    ...routeOf(messageEndpoints.browseMessages),
    handler: async (request) => {
      const { topicName } = request.params
      assertMayRead(reserved, request, topicName)
      return browseMessages(records, topicName, request.query, { ...options, now: app.timing.now })
    }
  })

  app.route({
    ...routeOf(messageEndpoints.produceMessages),
    bodyLimit: largestBody,
    handler: async (request, reply) => {
      const result = await produceRecords(writer, request.params.topicName, request.body, {
        dryRun: request.query.dryRun ?? false,
        deadlineMs: app.timing.changeTimeoutMs,
        reserved,
        policies
      })
      // Records the positions, not the contents, which are nobody's business but the topic's readers'.
      request.audit({ after: result.records })
      return reply.code(result.dryRun ? 200 : result.applied ? 201 : 207).send(result)
    }
  })

  app.route({
    ...routeOf(tailEndpoints.tailMessages),
    handler: async (request, reply) => {
      assertMayRead(reserved, request, request.params.topicName)
      if (open.size >= tails.max) throw new KopsError('too_many_tails', `${tails.max} live tails are already open`)
      // The place is taken before anything is waited for: callers at the same time must not pass the bound together.
      const gone = new AbortController()
      const place = { end: () => gone.abort() }
      open.add(place)
      request.raw.once('close', place.end)
      try {
        let send: ReturnType<typeof openEventStream>['send'] = () => false
        const watch = await tailMessages(records, request.params.topicName, request.query, {
          rules,
          signal: gone.signal,
          intervalMs: tails.intervalMs,
          maxRate: tails.maxRate,
          maxBytes: tailBytes,
          deadlineMs: options.maxMs,
          sleep: (ms) => sleep(ms, undefined, { signal: gone.signal }),
          send: ({ event, data }) => send(event, data)
        })
        if (gone.signal.aborted) return reply
        const stream = openEventStream(reply)
        stream.ended.addEventListener('abort', place.end, { once: true })
        send = stream.send
        await watch()
        stream.end()
      } finally {
        open.delete(place)
      }
      return reply
    }
  })
}
