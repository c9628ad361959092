import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problemResponses, TopicNameSchema } from '../../../shared/contracts/common.ts'
import {
  CreateTopicQuerySchema,
  DryRunQuerySchema,
  TopicDetailSchema,
  TopicListQuerySchema,
  TopicListSchema,
  TopicPlanSchema,
  TopicSpecSchema
} from '../../../shared/contracts/topics.ts'
import { optionalBody } from '../../../shared/http/validation.ts'
import { createTopic, specOf } from '../domain/create-topic.ts'
import { deleteTopic } from '../domain/delete-topic.ts'
import { describeTopic } from '../domain/describe-topic.ts'
import { listTopics } from '../domain/list-topics.ts'
import { inBodyFields } from './body-fields.ts'

const tags = ['topics']
const NoQuerySchema = Type.Object({}, { additionalProperties: false })
const TopicParamsSchema = Type.Object({ topicName: TopicNameSchema }, { additionalProperties: false })

export const topicRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/api/topics',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'List topics, by name',
        querystring: TopicListQuerySchema,
        response: { 200: TopicListSchema, ...problemResponses }
      }
    },
    async (request) => listTopics(app.kafka.reader, request.query, app.timing)
  )

  app.get(
    '/api/topics/:topicName',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Describe a topic: partitions, configuration, sizes',
        params: TopicParamsSchema,
        querystring: NoQuerySchema,
        response: { 200: TopicDetailSchema, ...problemResponses }
      }
    },
    async (request) => describeTopic(app.kafka.reader, request.params.topicName, app.timing)
  )

  app.post(
    '/api/topics',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'topic.create',
        tags,
        summary: 'Create a topic',
        description: 'Described in the query or in a JSON body. Answers when every partition has a leader.',
        querystring: CreateTopicQuerySchema,
        body: optionalBody(TopicSpecSchema),
        response: {
          200: { ...TopicPlanSchema, description: 'What would be done (dryRun)' },
          201: { ...TopicPlanSchema, description: 'The topic exists and has its leaders' },
          ...problemResponses
        }
      }
    },
    async (request, reply) => {
      const spec = specOf(request.query, request.body)
      const change = createTopic(app.kafka, spec, { ...app.timing, dryRun: request.query.dryRun ?? false })
      const plan = await app.changes.topic('create', change).catch(inBodyFields(request.body))
      if (plan.applied) reply.code(201).header('location', `/api/topics/${plan.topic.name}`)
      return plan
    }
  )

  app.delete(
    '/api/topics/:topicName',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'topic.delete',
        tags,
        summary: 'Delete a topic and its records',
        params: TopicParamsSchema,
        querystring: DryRunQuerySchema,
        response: { 200: TopicPlanSchema, ...problemResponses }
      }
    },
    async (request) =>
      app.changes.topic(
        'delete',
        deleteTopic(app.kafka, request.params.topicName, { ...app.timing, dryRun: request.query.dryRun ?? false })
      )
  )
}
