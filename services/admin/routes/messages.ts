import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Gauge } from 'prom-client'
import { Type } from 'typebox'
import { eventStreamResponses, problemResponses, TopicNameSchema } from '#shared/contracts/common.ts'
import {
  BrowseQuerySchema,
  MessagePageSchema,
  ProduceResultSchema,
  ProduceSchema,
  TailQuerySchema
} from '#shared/contracts/messages.ts'
import { DryRunQuerySchema } from '#shared/contracts/topics.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { openEventStream } from '#shared/http/event-stream.ts'
import type { RecordReader, RecordWriter } from '#shared/kafka/messages-port.ts'
import { browseMessages } from '../domain/messages/browse.ts'
import type { MaskingRules } from '../domain/messages/masking-rules.ts'
import { produceRecords } from '../domain/messages/produce.ts'
import { tailMessages } from '../domain/messages/tail.ts'

export interface MessageRoutesOptions {
  /** Closed with the app, as the writer is. */
  reader: RecordReader
  writer: RecordWriter
  rules: MaskingRules
  /** Bounds of one page. */
  maxBytes: number
  maxMs: number
  tails: { max: number; maxRate: number; intervalMs: number }
  /** Topics that nobody else may write to. */
  reserved: readonly string[]
}

const tags = ['messages']
const TopicParamsSchema = Type.Object({ topicName: TopicNameSchema }, { additionalProperties: false })

/** Records of 10 MB (the largest that a topic of the catalogs takes) as base64, and what is around them. */
const largestBody = 16 * 1024 * 1024
/** What a tail fetches in one look at most; what is written faster is told as skipped. */
const tailBytes = 2 * 1024 * 1024

export const messageRoutes: FastifyPluginAsyncTypebox<MessageRoutesOptions> = async (app, options) => {
  const { reader, writer, rules, tails } = options
  const open = new Set<{ end: () => void }>()
  new Gauge({
    name: 'kops_message_tails',
    help: 'Live tails that are open',
    registers: [app.metrics],
    collect() {
      this.set(open.size)
    }
  })
  app.addHook('preClose', async () => {
    for (const stream of open) stream.end()
  })
  app.addHook('onClose', async () => {
    await Promise.all([reader.close(), writer.close()])
  })

  app.get(
    '/api/topics/:topicName/messages',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Browse the records of a topic',
        description:
          'Newest first from `latest`, forwards from anywhere else. Bounded by limit, bytes and time: `cutBy` names the bound ' +
          'that ended the page, `scanned` what it cost, `nextCursor` goes on. Masked fields are hidden from answers and filters. ' +
          'Records of aborted and open transactions are left out unless isolation=read_uncommitted; markers are never shown.',
        params: TopicParamsSchema,
        querystring: BrowseQuerySchema,
        response: { 200: MessagePageSchema, ...problemResponses }
      }
    },
    async (request) =>
      browseMessages(reader, request.params.topicName, request.query, { ...options, now: app.timing.now })
  )

  app.post(
    '/api/topics/:topicName/messages',
    {
      bodyLimit: largestBody,
      schema: {
        'x-role': 'operator',
        'x-audit': 'message.produce',
        tags,
        summary: 'Write records to a topic',
        description:
          'With acks=all. Answers 201 with partition and offset of each. Integers beyond 2^53 lose digits in any JSON body: ' +
          'give such a value as text.',
        params: TopicParamsSchema,
        querystring: DryRunQuerySchema,
        body: ProduceSchema,
        response: {
          200: { ...ProduceResultSchema, description: 'Where they would go (dryRun)' },
          201: { ...ProduceResultSchema, description: 'All in-sync replicas have every record' },
          207: { ...ProduceResultSchema, description: 'Not every record is acknowledged: each tells its status' },
          ...problemResponses
        }
      }
    },
    async (request, reply) => {
      const result = await produceRecords(writer, request.params.topicName, request.body, {
        dryRun: request.query.dryRun ?? false,
        deadlineMs: app.timing.changeTimeoutMs,
        reserved: options.reserved
      })
      // Where they lie, not what they say: contents are nobody's business but the topic's readers'.
      request.audit({ after: result.records })
      return reply.code(result.dryRun ? 200 : result.applied ? 201 : 207).send(result)
    }
  )

  app.get(
    '/api/topics/:topicName/messages/tail',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Watch what is written to a topic (server-sent events)',
        description:
          'Events: ready, message, skipped (records that came faster than they are sent), warning, end. Ends when the caller goes.',
        params: TopicParamsSchema,
        querystring: TailQuerySchema,
        response: eventStreamResponses
      }
    },
    async (request, reply) => {
      if (open.size >= tails.max) throw new KopsError('too_many_tails', `${tails.max} live tails are open already`)
      // The place is taken before anything is waited for: callers at the same time must not pass the bound together.
      const gone = new AbortController()
      const place = { end: () => gone.abort() }
      open.add(place)
      request.raw.once('close', place.end)
      try {
        let send: ReturnType<typeof openEventStream>['send'] = () => false
        const watch = await tailMessages(reader, request.params.topicName, request.query, {
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
  )
}
