import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { JobListQuerySchema, JobParamsSchema, problemResponses } from '#shared/contracts/common.ts'
import {
  DeleteTopicPlanSchema,
  DeleteTopicQuerySchema,
  RecreatePlanSchema,
  RecreateQuerySchema,
  TopicDeletionListSchema,
  TopicDeletionSchema
} from '#shared/contracts/topic-deletions.ts'
import { deleteGuarded } from '../domain/topics/delete-guarded.ts'
import { recreateTopic } from '../domain/topics/recreate-topic.ts'
import { pageOfDeletions, scheduleDeletion } from '../domain/topics/schedule-deletion.ts'
import { NoQuerySchema, TopicParamsSchema } from './topics.ts'

const tags = ['topics']

/** Routes that delete topics, at once or later, and make deleted ones again. */
export const topicDeletionRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.delete(
    '/api/topics/:topicName',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'topic.delete',
        tags,
        summary: 'Delete a topic and its records',
        description:
          'Refused for protected topics, and for topics in use unless force=true and a reason say so: those that members of a ' +
          'group read, or that were written to lately. With grace it is scheduled and can be cancelled.',
        params: TopicParamsSchema,
        querystring: DeleteTopicQuerySchema,
        response: {
          200: { ...DeleteTopicPlanSchema, description: 'Deleted; or what would be lost (dryRun)' },
          202: { ...TopicDeletionSchema, description: 'Scheduled' },
          ...problemResponses
        }
      }
    },
    async (request, reply) => {
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
  )

  app.get(
    '/api/topics/deletions',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'List scheduled deletions, newest first',
        querystring: JobListQuerySchema,
        response: { 200: TopicDeletionListSchema, ...problemResponses }
      }
    },
    async (request) => pageOfDeletions(app.topics.deletions, request.query, app.timing)
  )

  app.get(
    '/api/topics/deletions/:id',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'A scheduled deletion, or one that has ended',
        params: JobParamsSchema,
        querystring: NoQuerySchema,
        response: { 200: TopicDeletionSchema, ...problemResponses }
      }
    },
    async (request) => app.topics.deletions.find(request.params.id)
  )

  app.delete(
    '/api/topics/deletions/:id',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'topic.cancel-deletion',
        tags,
        summary: 'Cancel a scheduled deletion',
        params: JobParamsSchema,
        querystring: NoQuerySchema,
        response: { 200: TopicDeletionSchema, ...problemResponses }
      }
    },
    async (request) => {
      const cancelled = await app.topics.deletions.cancel(request.params.id)
      request.audit({ target: cancelled.topic, after: { id: cancelled.id, status: cancelled.status } })
      return cancelled
    }
  )

  app.post(
    '/api/topics/:topicName/recreate',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'topic.recreate',
        tags,
        summary: 'Make a deleted topic again, without its records',
        description:
          'Partitions, configuration, ACLs and the groups that had committed offsets, as they were when the topic was deleted ' +
          'through this service. Its records are gone.',
        params: TopicParamsSchema,
        querystring: RecreateQuerySchema,
        response: {
          200: { ...RecreatePlanSchema, description: 'What would be done (dryRun)' },
          201: { ...RecreatePlanSchema, description: 'The topic exists again, empty' },
          202: { ...RecreatePlanSchema, description: 'It exists; waitingFor says what is missing' },
          ...problemResponses
        }
      }
    },
    async (request, reply) => {
      const { topicName } = request.params
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
  )
}
