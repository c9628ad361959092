import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger } from 'fastify'
import { Type } from 'typebox'
import { BrokerParamsSchema } from '../../../shared/contracts/brokers.ts'
import { problemResponses } from '../../../shared/contracts/common.ts'
import {
  CancelQuerySchema,
  CancelResultSchema,
  DrainRequestSchema,
  PlanRequestSchema,
  ReassignmentListSchema,
  ReassignmentPlanSchema,
  ReassignmentRequestSchema,
  type ReassignmentResult,
  ReassignmentResultSchema,
  RefillRequestSchema
} from '../../../shared/contracts/reassignments.ts'
import { DryRunQuerySchema } from '../../../shared/contracts/topics.ts'
import { createJsonFiles } from '../../../shared/files/json-files.ts'
import { optionalBody } from '../../../shared/http/validation.ts'
import type { BrokerAdmin } from '../../../shared/kafka/brokers-port.ts'
import type { Elections } from '../../../shared/kafka/elections-port.ts'
import type { Reassignments } from '../../../shared/kafka/reassignments-port.ts'
import { drainBroker, refillBroker } from '../domain/reassignments/drain.ts'
import { planBalance } from '../domain/reassignments/plan.ts'
import { cancelReassignments, listReassignments } from '../domain/reassignments/progress.ts'
import { startReassignment } from '../domain/reassignments/start.ts'
import { createThrottleKeeper, type ThrottleStore } from '../domain/reassignments/throttle-keeper.ts'
import { type ThrottleRecord, ThrottleRecordSchema } from '../domain/reassignments/throttle-plan.ts'

const tags = ['reassignments']
const NoQuerySchema = Type.Object({}, { additionalProperties: false })

export interface ReassignmentRoutesOptions {
  brokers: BrokerAdmin
  elections: Elections
  reassignments: Reassignments
  throttles: ThrottleStore
  /** How often to look whether a throttle has done its work; it is looked at only while there is one. */
  throttleCheckMs?: number
}

/** Keeps what is throttled in a folder of its own. */
export function createThrottleFile(folder: string, log: FastifyBaseLogger): ThrottleStore {
  return createJsonFiles<ThrottleRecord>({
    folder,
    schema: ThrottleRecordSchema,
    onUnreadable: (path, err) => log.error({ err, path }, 'what was throttled before is not known')
  })
}

/** The clients that it is given are closed with the app; brokers and elections by the routes of brokers. */
export const reassignmentRoutes: FastifyPluginAsyncTypebox<ReassignmentRoutesOptions> = async (
  app,
  { brokers, elections, reassignments, throttles, throttleCheckMs = 1000 }
) => {
  const { reader } = app.kafka
  const throttle = createThrottleKeeper({ reader, brokers, reassignments, store: throttles }, app.timing)
  const ports = { reader, reassignments, elections, throttle }
  const changing = (query: { dryRun?: boolean }) => ({ ...app.timing, dryRun: query.dryRun ?? false })

  let timer: NodeJS.Timeout | undefined
  let checking: Promise<void> = Promise.resolve()
  let closed = false
  const schedule = () => {
    if (closed) return
    timer = setTimeout(() => {
      checking = throttle
        .check()
        .catch((err: unknown) => app.log.warn({ err }, 'the throttle of reassignments stays for now'))
        .finally(schedule)
    }, throttleCheckMs)
  }
  app.addHook('onReady', async () => {
    await throttle.resume()
    schedule()
  })
  app.addHook('onClose', async () => {
    closed = true
    clearTimeout(timer)
    await reassignments.close()
    await checking
  })

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
    async (request) => planBalance(reader, request.body ?? {}, app.timing)
  )

  app.get(
    '/api/reassignments',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Reassignments that are under way, and how far they are',
        querystring: NoQuerySchema,
        response: { 200: ReassignmentListSchema, ...problemResponses }
      }
    },
    async () => listReassignments(ports, app.timing)
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
      request.audit({ target: `broker-${id}` })
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
