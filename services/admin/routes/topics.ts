import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { topicBatchEndpoints } from '#shared/contracts/topic-batches.ts'
import { topicEndpoints } from '#shared/contracts/topics.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { createMany } from '../domain/topics/create-many.ts'
import { createTopic } from '../domain/topics/create-topic.ts'
import { describeTopic } from '../domain/topics/describe-topic.ts'
import { readinessOf } from '../domain/topics/readiness.ts'
import { bodyField, specOf } from '../domain/topics/topic-to-make.ts'
import { assertReasoned } from '../domain/topics/topic-usage.ts'

export const topicRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...routeOf(topicEndpoints.listTopics),
    handler: async (request, reply) => {
      const { list, body } = await app.topics.snapshots.page(request.query, request.principal?.topics)
      // The page as serialized for the first caller.
      reply.type('application/json; charset=utf-8').serializer(() => body)
      return list
    }
  })

  app.route({
    ...routeOf(topicEndpoints.listTopicNames),
    handler: async (request) => app.topics.snapshots.names(request.query, request.principal?.topics)
  })

  app.route({
    ...routeOf(topicEndpoints.describeTopic),
    handler: async (request) => describeTopic(app.kafka.reader, request.params.topicName, app.timing)
  })

  app.route({
    ...routeOf(topicEndpoints.topicReadiness),
    handler: async (request) => readinessOf(app.kafka.reader, request.params.topicName, app.timing)
  })

  app.route({
    ...routeOf(topicEndpoints.createTopic),
    handler: async (request, reply) => {
      const wanted = specOf(request.query, request.body)
      request.audit({ target: wanted.spec.name, after: wanted })
      const { dryRun = false, force = false } = request.query
      assertReasoned(request.query)
      const change = createTopic(app.topics.ports, wanted, { ...app.timing, dryRun, force })
      const plan = await app.changes.topic('create', change).catch(inBodyFields(request.body))
      const path = `/api/topics/${plan.topic.name}`
      if (plan.waitingFor) reply.code(202).header('location', `${path}/readiness`)
      else if (plan.applied) reply.code(201).header('location', path)
      return plan
    }
  })

  app.route({
    ...routeOf(topicBatchEndpoints.createTopics),
    handler: async (request, reply) => {
      const { topics } = request.body
      request.audit({ target: topics.map(({ name }) => name).join(','), after: topics })
      const { dryRun = false, force = false } = request.query
      assertReasoned(request.query)
      const result = await createMany(app.topics.ports, topics, { ...app.timing, dryRun, force })
      const outcomes = new Set(result.topics.map(({ outcome }) => outcome))
      if (outcomes.has('refused') || outcomes.has('unknown')) reply.code(207)
      else if (outcomes.has('waiting')) reply.code(202)
      else if (!dryRun) reply.code(201)
      request.audit({ after: result.topics })
      return result
    }
  })
}

/**
 * An error handler that names fields as the caller wrote them: the topic's name is `topicName` in a query, `name` in a body.
 * @param body the request's body; without one the error passes as it is
 */
function inBodyFields(body: object | null | undefined): (error: unknown) => never {
  return (error) => {
    if (!body || 'topicName' in body || !isKopsError(error) || error.errors === undefined) throw error
    const errors = error.errors.map(({ field, message }) => ({ field: bodyField(field), message }))
    const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
    throw new KopsError(error.code, detail, { cause: error.cause, kafkaError: error.kafkaError, errors })
  }
}
