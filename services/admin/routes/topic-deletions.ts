import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { topicDeletionEndpoints } from '#shared/contracts/topic-deletions.ts'
import { topicRecreationEndpoints } from '#shared/contracts/topic-recreation.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { deleteGuarded } from '../domain/topics/delete-guarded.ts'
import { recreateTopic } from '../domain/topics/recreate-topic.ts'
import { pageOfDeletions, scheduleDeletion } from '../domain/topics/schedule-deletion.ts'
import { assertReasoned } from '../domain/topics/topic-usage.ts'

/** Routes that delete topics, now or later, and recreate deleted ones. */
export const topicDeletionRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...routeOf(topicDeletionEndpoints.deleteTopic),
    handler: async (request, reply) => {
      const { grace, ...query } = request.query
      const { topicName } = request.params
      const dryRun = query.dryRun ?? false
      if (grace !== undefined && !dryRun) {
        const requestedBy = request.principal?.name ?? 'unknown'
        const scheduled = await scheduleDeletion(
          { ...app.topics.ports, deletions: app.topics.deletions },
          topicName,
          { ...query, grace, requestedBy },
          app.timing
        )
        request.audit({ before: scheduled.plan, after: { scheduledFor: scheduled.dueAt, id: scheduled.id } })
        return reply.code(202).header('location', scheduled.links.self).send(scheduled)
      }
      const change = deleteGuarded(app.topics.ports, topicName, { ...query, dryRun }, app.timing)
      const plan = await app.changes.topic('delete', change)
      request.audit({ before: plan })
      return plan
    }
  })

  app.route({
    ...routeOf(topicDeletionEndpoints.listTopicDeletions),
    handler: async (request) =>
      pageOfDeletions(app.topics.deletions, request.query, request.principal?.topics, app.timing)
  })

  app.route({
    ...routeOf(topicDeletionEndpoints.topicDeletion),
    handler: async (request) => app.topics.deletions.find(request.params.id, request.principal?.topics)
  })

  app.route({
    ...routeOf(topicDeletionEndpoints.cancelTopicDeletion),
    handler: async (request) => {
      const cancelled = await app.topics.deletions.cancel(request.params.id, request.principal?.topics)
      request.audit({ target: cancelled.topic, after: { id: cancelled.id, status: cancelled.status } })
      return cancelled
    }
  })

  app.route({
    ...routeOf(topicRecreationEndpoints.recreateTopic),
    handler: async (request, reply) => {
      const { topicName } = request.params
      assertReasoned(request.query)
      const plan = await app.changes.topic(
        'recreate',
        recreateTopic(app.topics.ports, topicName, request.query, app.timing)
      )
      request.audit({ after: plan })
      const path = `/api/topics/${topicName}`
      if (plan.waitingFor) reply.code(202).header('location', `${path}/readiness`)
      else if (plan.applied) reply.code(201).header('location', path)
      return plan
    }
  })
}
