import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { brokerDrainEndpoints } from '#shared/contracts/broker-drains.ts'
import { reassignmentProgressEndpoints } from '#shared/contracts/reassignment-progress.ts'
import { type ReassignmentResult, reassignmentEndpoints } from '#shared/contracts/reassignments.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { cancelReassignments } from '../domain/reassignments/cancel.ts'
import { drainBroker, refillBroker } from '../domain/reassignments/drain.ts'
import { planBalance } from '../domain/reassignments/plan.ts'
import { listReassignments } from '../domain/reassignments/progress.ts'
import { startReassignment } from '../domain/reassignments/start.ts'

export const reassignmentRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const ports = app.moving
  const changing = (query: { dryRun?: boolean }) => ({ ...app.timing, dryRun: query.dryRun ?? false })

  app.route({
    ...routeOf(reassignmentEndpoints.planReassignment),
    handler: async (request) => planBalance(ports.reader, request.body ?? {}, app.timing)
  })

  app.route({
    ...routeOf(reassignmentProgressEndpoints.listReassignments),
    handler: async (request) => listReassignments(ports, request.query, app.timing)
  })

  app.route({
    ...routeOf(reassignmentEndpoints.reassign),
    handler: async (request, reply) => {
      const { partitions, throttleBytesPerSec } = request.body
      request.audit({ target: [...new Set(partitions.map(({ topic }) => topic))].slice(0, 20).join(', ') })
      const wanted = { action: 'reassign' as const, partitions, throttleBytesPerSec }
      const result = await startReassignment(ports, wanted, changing(request.query))
      request.audit(beforeAndAfter(result))
      return reply.code(statusOf(result)).send(result)
    }
  })

  app.route({
    ...routeOf(reassignmentProgressEndpoints.cancelReassignments),
    handler: async (request) => {
      const { topic, partition } = request.query
      request.audit({ target: topic === undefined ? 'all' : [topic, partition ?? '*'].join('-') })
      const result = await cancelReassignments(ports, request.query, changing(request.query))
      request.audit({ after: result.cancelled })
      return result
    }
  })

  app.route({
    ...routeOf(brokerDrainEndpoints.drainBroker),
    handler: async (request, reply) => {
      const id = request.params.brokerId
      const reason = request.body?.reason
      request.audit({ target: `broker-${id}`, ...(reason === undefined ? {} : { reason }) })
      const result = await drainBroker(ports, { ...request.body, id }, changing(request.query))
      request.audit(beforeAndAfter(result))
      return reply.code(statusOf(result)).send(result)
    }
  })

  app.route({
    ...routeOf(brokerDrainEndpoints.refillBroker),
    handler: async (request, reply) => {
      const id = request.params.brokerId
      request.audit({ target: `broker-${id}` })
      const result = await refillBroker(ports, { ...request.body, id }, changing(request.query))
      request.audit(beforeAndAfter(result))
      return reply.code(statusOf(result)).send(result)
    }
  })
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
