import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problemResponses, TopicNameSchema } from '#shared/contracts/common.ts'
import { TopicBatchResultSchema, TopicBatchSchema, TopicReadinessSchema } from '#shared/contracts/topic-changes.ts'
import {
  CreateTopicBodySchema,
  CreateTopicQuerySchema,
  DryRunQuerySchema,
  TopicDetailSchema,
  TopicListQuerySchema,
  TopicListSchema,
  TopicPlanSchema
} from '#shared/contracts/topics.ts'
import { optionalBody } from '#shared/http/validation.ts'
import { createMany } from '../domain/topics/create-many.ts'
import { createTopic } from '../domain/topics/create-topic.ts'
import { describeTopic } from '../domain/topics/describe-topic.ts'
import { readinessOf } from '../domain/topics/readiness.ts'
import { specOf } from '../domain/topics/topic-to-make.ts'
import { inBodyFields } from './body-fields.ts'

const tags = ['topics']
export const NoQuerySchema = Type.Object({}, { additionalProperties: false })
export const TopicParamsSchema = Type.Object({ topicName: TopicNameSchema }, { additionalProperties: false })

export const topicRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/api/topics',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'List topics',
        description: 'By name, size or partitions. Answered from one reading of all brokers, at most 2 s old.',
        querystring: TopicListQuerySchema,
        response: { 200: TopicListSchema, ...problemResponses }
      }
    },
    async (request, reply) => {
      const { list, body } = await app.topics.snapshots.page(request.query)
      // The same page as it was serialized for whoever asked first.
      reply.type('application/json; charset=utf-8').serializer(() => body)
      return list
    }
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

  app.get(
    '/api/topics/:topicName/readiness',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Whether all brokers agree on the leaders of a topic',
        params: TopicParamsSchema,
        querystring: NoQuerySchema,
        response: { 200: TopicReadinessSchema, ...problemResponses }
      }
    },
    async (request) => readinessOf(app.kafka.reader, request.params.topicName, app.timing)
  )

  app.post(
    '/api/topics',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'topic.create',
        tags,
        summary: 'Create a topic',
        description:
          'Described in the query or in a JSON body; in both its name may be called name or topicName. Answers 201 when each broker names a leader for each partition; where that ' +
          'takes more than 10 s, 202 and where to look.',
        querystring: CreateTopicQuerySchema,
        body: optionalBody(CreateTopicBodySchema),
        response: {
          200: { ...TopicPlanSchema, description: 'What would be done (dryRun)' },
          201: { ...TopicPlanSchema, description: 'The topic exists and has its leaders' },
          202: { ...TopicPlanSchema, description: 'The topic exists; waitingFor says what is missing' },
          ...problemResponses
        }
      }
    },
    async (request, reply) => {
      const wanted = specOf(request.query, request.body)
      request.audit({ target: wanted.spec.name, after: wanted })
      const change = createTopic(app.kafka, wanted, { ...app.timing, dryRun: request.query.dryRun ?? false })
      const plan = await app.changes.topic('create', change).catch(inBodyFields(request.body))
      const path = `/api/topics/${plan.topic.name}`
      if (plan.waitingFor) reply.code(202).header('location', `${path}/readiness`)
      else if (plan.applied) reply.code(201).header('location', path)
      return plan
    }
  )

  app.post(
    '/api/topics/batch',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'topic.create-many',
        tags,
        summary: 'Create many topics at once',
        description: 'All are validated before the first is made: when one cannot be, none is.',
        querystring: DryRunQuerySchema,
        body: TopicBatchSchema,
        response: {
          200: { ...TopicBatchResultSchema, description: 'What would be done (dryRun)' },
          201: { ...TopicBatchResultSchema, description: 'All topics exist and have their leaders' },
          202: { ...TopicBatchResultSchema, description: 'All topics exist; some wait for their leaders' },
          207: { ...TopicBatchResultSchema, description: 'Not all topics were made: each says what became of it' },
          ...problemResponses
        }
      }
    },
    async (request, reply) => {
      const { topics } = request.body
      request.audit({ target: topics.map(({ name }) => name).join(','), after: topics })
      const dryRun = request.query.dryRun ?? false
      const ports = { reader: app.kafka.reader, batches: app.batches }
      const result = await createMany(ports, topics, { ...app.timing, dryRun })
      const outcomes = new Set(result.topics.map(({ outcome }) => outcome))
      if (outcomes.has('refused') || outcomes.has('unknown')) reply.code(207)
      else if (outcomes.has('waiting')) reply.code(202)
      else if (!dryRun) reply.code(201)
      request.audit({ after: result.topics })
      return result
    }
  )
}
