import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { drillScheduleEndpoints } from '#shared/contracts/drill-schedules.ts'
import type { ReadyGameDays } from '#shared/contracts/gameday-plan.ts'
import { gameDayEndpoints } from '#shared/contracts/gamedays.ts'
import { actorOf } from '#shared/http/audit-plugin.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { StateStreams } from './event-stream.ts'

export interface GameDayRoutesOptions {
  streams: StateStreams
  readyGameDays: () => Promise<ReadyGameDays['gameDays']>
}

export const gameDayRoutes: FastifyPluginAsyncTypebox<GameDayRoutesOptions> = async (
  app,
  { streams, readyGameDays }
) => {
  const { gameDays, drillSchedules, jobEnds } = app

  app.route({
    ...routeOf(gameDayEndpoints.startGameDay),
    handler: async (request, reply) => {
      const { name } = request.body
      request.audit({ target: name })
      if (request.query.dryRun) return gameDays.plan(request.body)
      const actor = actorOf(request)
      const gameDay = await gameDays.start(request.body, (job) => void jobEnds.watch({ ...job, actor }))
      request.audit({ after: { id: gameDay.id } })
      reply.header('location', gameDay.links.self)
      if (!request.query.wait) {
        await jobEnds.watch({ id: gameDay.id, kind: 'gameday', actor, target: name })
        return reply.code(202).send(gameDay)
      }
      const ended = await gameDays.ended(gameDay.id)
      request.audit({ after: { id: ended.id, status: ended.status, verdict: ended.verdict?.result } })
      return ended
    }
  })

  app.route({
    ...routeOf(gameDayEndpoints.planGameDay),
    handler: async (request) => {
      request.audit({ target: request.body.name })
      return gameDays.plan(request.body)
    }
  })

  app.route({
    ...routeOf(gameDayEndpoints.readyGameDays),
    handler: async () => ({ gameDays: await readyGameDays() })
  })

  app.route({
    ...routeOf(gameDayEndpoints.listGameDays),
    handler: async ({ query }) => {
      const { items, nextCursor } = gameDays.list({ limit: query.limit ?? 100, cursor: query.cursor })
      return { gameDays: items, ...(nextCursor === undefined ? {} : { nextCursor }) }
    }
  })

  app.route({
    ...routeOf(gameDayEndpoints.gameDay),
    handler: async ({ params }) => gameDays.get(params.id)
  })

  app.route({
    ...routeOf(drillScheduleEndpoints.drillSchedules),
    handler: async () => drillSchedules.answer()
  })

  async function abort(request: FastifyRequest, id: string) {
    const gameDay = await gameDays.cancel(id, 'Aborted on request')
    request.audit({ target: gameDay.name, after: { id, status: gameDay.status, verdict: gameDay.verdict?.result } })
    return gameDay
  }

  app.route({
    ...routeOf(gameDayEndpoints.abortGameDay),
    handler: async (request) => abort(request, request.params.id)
  })

  app.route({
    ...routeOf(gameDayEndpoints.cancelGameDay),
    handler: async (request) => abort(request, request.params.id)
  })

  app.route({
    ...routeOf(gameDayEndpoints.watchGameDay),
    handler: (request, reply) => {
      const { id } = request.params
      streams.open(reply, {
        current: gameDays.get(id),
        hasEnded,
        subscribe: (listener) => gameDays.subscribe(id, listener)
      })
    }
  })
}
