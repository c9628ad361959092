import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { deadLetterChangeEndpoints } from '#shared/contracts/dead-letter-changes.ts'
import { deadLetterEndpoints } from '#shared/contracts/dead-letters.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { discardLetters } from '../domain/dead-letters/discard.ts'
import { readLetters } from '../domain/dead-letters/letters.ts'
import { assertChangeable, listQueues } from '../domain/dead-letters/queues.ts'
import { replayLetters } from '../domain/dead-letters/replay.ts'
import type { MessageRoutesOptions } from './messages.ts'
import { assertMayRead } from './reading-role.ts'

export type DeadLetterRoutesOptions = Pick<MessageRoutesOptions, 'rules' | 'maxBytes' | 'maxMs'>

/** The longest that one call replays or discards; what is left then is for the next call. */
const longestMs = 30_000
/** Bytes of one reading: while letters are written, the next ones are read. */
const passBytes = 4_194_304

export const deadLetterRoutes: FastifyPluginAsyncTypebox<DeadLetterRoutesOptions> = async (app, options) => {
  const { reader, records, writer, topicRecords } = app.kafka
  const { queues, decisions, write, mostReplays, closing, alone } = app.deadLetters
  const { reserved } = app.topics.ports
  const ports = { reader, records, writer, topicRecords, decisions, write, reserved }
  const changing = ({ principal }: FastifyRequest, query: { dryRun?: boolean }) => ({
    dryRun: query.dryRun ?? false,
    by: principal?.name ?? 'anonymous',
    rules: options.rules,
    passBytes: Math.min(passBytes, options.maxBytes),
    maxMs: longestMs,
    timing: app.timing
  })

  app.route({
    ...routeOf(deadLetterEndpoints.listDeadLetterQueues),
    handler: async (request) => listQueues(ports, queues, app.timing, request.principal?.topics)
  })

  app.route({
    ...routeOf(deadLetterEndpoints.readDeadLetters),
    handler: async (request) => {
      const { topicName } = request.params
      assertMayRead(reserved, request, topicName)
      const { now, deadlineMs } = app.timing
      return readLetters(ports, topicName, request.query, { ...options, now, deadlineMs })
    }
  })

  app.route({
    ...routeOf(deadLetterChangeEndpoints.replayDeadLetters),
    handler: async (request, reply) => {
      const { topicName } = request.params
      assertChangeable(topicName, queues, reserved)
      const result = await alone(topicName, () =>
        replayLetters(ports, topicName, request.body ?? {}, {
          ...changing(request, request.query),
          granted: request.principal?.topics,
          mostReplays,
          signal: closing
        })
      )
      request.audit({ after: result })
      return reply.code(result.dryRun || result.refused + result.unconfirmed === 0 ? 200 : 207).send(result)
    }
  })

  app.route({
    ...routeOf(deadLetterChangeEndpoints.discardDeadLetters),
    handler: async (request) => {
      const { topicName } = request.params
      assertChangeable(topicName, queues, reserved)
      const result = await alone(topicName, () =>
        discardLetters(ports, topicName, request.body ?? {}, changing(request, request.query))
      )
      request.audit({ after: result })
      return result
    }
  })
}
