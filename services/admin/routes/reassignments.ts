import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { BrokerParamsSchema } from '#shared/contracts/brokers.ts'
import { problemResponses } from '#shared/contracts/common.ts'
import {
  CancelQuerySchema,
  CancelResultSchema,
  ReassignmentListQuerySchema,
  ReassignmentListSchema
} from '#shared/contracts/reassignment-progress.ts'
import {
  DrainRequestSchema,
  PlanRequestSchema,
  ReassignmentPlanSchema,
  ReassignmentRequestSchema,
  type ReassignmentResult,
  ReassignmentResultSchema,
  RefillRequestSchema
} from '#shared/contracts/reassignments.ts'
import { DryRunQuerySchema } from '#shared/contracts/topics.ts'
import { optionalBody } from '#shared/http/validation.ts'
import { cancelReassignments } from '../domain/reassignments/cancel.ts'
import { drainBroker, refillBroker } from '../domain/reassignments/drain.ts'
import { planBalance } from '../domain/reassignments/plan.ts'
import { listReassignments } from '../domain/reassignments/progress.ts'
import { startReassignment } from '../domain/reassignments/start.ts'

const tags = ['reassignments']
const NoQuerySchema = Type.Object({}, { additionalProperties: false })

export const reassignmentRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const ports = app.moving
  const changing = (query: { dryRun?: boolean }) => ({ ...app.timing, dryRun: query.dryRun ?? false })

  app.post(
    '/api/reassignments/plan',
    {
      schema: {
        'x-role': 'viewer',
        'x-audit': 'reassignment.plan',
        tags,
        summary: 'Plan balanced replicas: over racks and brokers, leaders too, with the fewest copies',
        querystring: NoQuerySchema,
        body: optionalBody(PlanRequestSchema),
        response: { 200: ReassignmentPlanSchema, ...problemResponses }
      }
    },
    async (request) => planBalance(ports.reader, request.body ?? {}, app.timing)
  )

  app.get(
    '/api/reassignments',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Reassignments that are under way: how far they are, how fast, and when they will be done',
        querystring: ReassignmentListQuerySchema,
        response: { 200: ReassignmentListSchema, ...problemResponses }
      }
    },
    async (request) => listReassignments(ports, request.query, app.timing)
  )

  const starting = {
    'x-role': 'admin',
    tags,
    querystring: DryRunQuerySchema,
    response: {
      200: { ...ReassignmentResultSchema, description: 'What would be done (dryRun), or nothing needed doing' },
      202: {
        ...ReassignmentResultSchema,
        description: 'Kafka has accepted it: GET /api/reassignments shows how far it is'
      },
      ...problemResponses
    }
  } as const

  app.post(
    '/api/reassignments',
    {
      schema: {
        ...starting,
        'x-audit': 'partition.reassign',
        summary: 'Move partitions to other brokers',
        description:
          "Takes a plan's partitions or a file of kafka-reassign-partitions. The throttle goes when the last partition is done.",
        body: ReassignmentRequestSchema
      }
    },
    async (request, reply) => {
      const { partitions, throttleBytesPerSec } = request.body
      request.audit({ target: [...new Set(partitions.map(({ topic }) => topic))].slice(0, 20).join(', ') })
      const wanted = { action: 'reassign' as const, partitions, throttleBytesPerSec }
      const result = await startReassignment(ports, wanted, changing(request.query))
      request.audit(beforeAndAfter(result))
      return reply.code(statusOf(result)).send(result)
    }
  )

  app.delete(
    '/api/reassignments',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'partition.cancel-reassignment',
        tags,
        summary: 'Cancel what is under way: all, of a topic, or one partition',
        querystring: CancelQuerySchema,
        response: { 200: CancelResultSchema, ...problemResponses }
      }
    },
    async (request) => {
      const { topic, partition } = request.query
      request.audit({ target: topic === undefined ? 'all' : [topic, partition ?? '*'].join('-') })
      const result = await cancelReassignments(ports, request.query, changing(request.query))
      request.audit({ after: result.cancelled })
      return result
    }
  )

  app.post(
    '/api/brokers/:brokerId/drain',
    {
      schema: {
        ...starting,
        'x-audit': 'broker.drain',
        tags: ['brokers'],
        summary: "Move a broker's replicas, or its leaderships, to the others",
        params: BrokerParamsSchema,
        body: optionalBody(DrainRequestSchema)
      }
    },
    async (request, reply) => {
      const id = request.params.brokerId
      const reason = request.body?.reason
      request.audit({ target: `broker-${id}`, ...(reason === undefined ? {} : { reason }) })
      const result = await drainBroker(ports, { ...request.body, id }, changing(request.query))
      request.audit(beforeAndAfter(result))
      return reply.code(statusOf(result)).send(result)
    }
  )

  app.post(
    '/api/brokers/:brokerId/refill',
    {
      schema: {
        ...starting,
        'x-audit': 'broker.refill',
        tags: ['brokers'],
        summary: 'Give a broker its share of replicas and leaderships again',
        params: BrokerParamsSchema,
        body: optionalBody(RefillRequestSchema)
      }
    },
    async (request, reply) => {
      const id = request.params.brokerId
      request.audit({ target: `broker-${id}` })
      const result = await refillBroker(ports, { ...request.body, id }, changing(request.query))
      request.audit(beforeAndAfter(result))
      return reply.code(statusOf(result)).send(result)
    }
  )
}

function statusOf({ dryRun, movement }: ReassignmentResult): 200 | 202 {
  return dryRun || movement.moves.length === 0 ? 200 : 202
}

/** Enough to carry it out the other way round. */
function beforeAndAfter({ movement: { moves } }: ReassignmentResult) {
  const replicas = (side: 'from' | 'to') =>
    Object.fromEntries(moves.map((move) => [`${move.topic}-${move.partition}`, move[side]]))
  return { before: replicas('from'), after: replicas('to') }
}
