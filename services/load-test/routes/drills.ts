import {
  eventStreamResponses,
  JobListQuerySchema,
  JobParamsSchema,
  problemResponses
} from '#shared/contracts/common.ts'
import { DrillListSchema, DrillSchema, StartDrillSchema } from '#shared/contracts/drills.ts'
import type { App } from '#shared/http/create-app.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { Drills } from '../domain/drills/drills.ts'
import { streamStates } from './event-stream.ts'

const tags = ['drills']

export async function drillRoutes(app: App, { drills }: { drills: Drills }): Promise<void> {
  app.post(
    '/api/drills',
    {
      schema: {
        'x-role': 'admin',
        tags,
        summary: 'Start a failure drill',
        description:
          'Refused with the reason unless the cluster is healthy, its agent answers and no other drill or fault is under way. The fault is ' +
          'held under a lease: if this service dies, the agent heals it.',
        body: StartDrillSchema,
        response: { 202: DrillSchema, ...problemResponses }
      }
    },
    async ({ body }, reply) => {
      const drill = await drills.start(body)
      return reply.code(202).header('location', drill.links.self).send(drill)
    }
  )

  app.get(
    '/api/drills',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'List drills',
        querystring: JobListQuerySchema,
        response: { 200: DrillListSchema, ...problemResponses }
      }
    },
    async ({ query }) => {
      const { items, nextCursor } = drills.list({ limit: query.limit ?? 100, cursor: query.cursor })
      return { drills: items, ...(nextCursor === undefined ? {} : { nextCursor }) }
    }
  )

  app.get(
    '/api/drills/:id',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'One drill with its timeline and verdict',
        params: JobParamsSchema,
        response: { 200: DrillSchema, ...problemResponses }
      }
    },
    async ({ params }) => drills.get(params.id)
  )

  app.delete(
    '/api/drills/:id',
    {
      schema: {
        'x-role': 'admin',
        tags,
        summary: 'Cancel a drill',
        description: 'Heals first; answers when the fault is healed and the topic of the drill deleted.',
        params: JobParamsSchema,
        response: { 200: DrillSchema, ...problemResponses }
      }
    },
    async ({ params }) => drills.cancel(params.id, 'Cancelled on request')
  )

  app.get(
    '/api/drills/:id/events',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Watch a drill (server-sent events)',
        params: JobParamsSchema,
        response: eventStreamResponses
      }
    },
    (request, reply) => {
      const { id } = request.params
      streamStates(reply, {
        current: drills.get(id),
        hasEnded,
        subscribe: (listener) => drills.subscribe(id, listener)
      })
    }
  )
}
