import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problemResponses } from '#shared/contracts/common.ts'
import {
  AddPartitionsPlanSchema,
  AddPartitionsQuerySchema,
  DeleteRecordsQuerySchema,
  RecordsPlanSchema,
  ReplicationFactorPlanSchema,
  ReplicationFactorQuerySchema,
  TruncateQuerySchema
} from '#shared/contracts/topic-changes.ts'
import {
  TopicConfigListQuerySchema,
  TopicConfigListSchema,
  TopicConfigPatchSchema,
  TopicConfigPlanSchema
} from '#shared/contracts/topic-configs.ts'
import { DryRunQuerySchema } from '#shared/contracts/topics.ts'
import { addPartitions } from '../domain/topics/add-partitions.ts'
import { alterConfigs, listConfigs } from '../domain/topics/alter-configs.ts'
import { changeReplicationFactor } from '../domain/topics/change-replication-factor.ts'
import { boundaryOf, deleteRecords, type RecordsRequest } from '../domain/topics/delete-records.ts'
import { TopicParamsSchema } from './topics.ts'

const tags = ['topics']

/** Routes that change a topic that exists: its configuration, partitions, replicas and records. */
export const topicChangeRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/api/topics/:topicName/configs',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'The configuration of a topic, and where each value comes from',
        params: TopicParamsSchema,
        querystring: TopicConfigListQuerySchema,
        response: { 200: TopicConfigListSchema, ...problemResponses }
      }
    },
    async (request) => listConfigs(app.topics.ports, request.params.topicName, request.query, app.timing)
  )

  app.patch(
    '/api/topics/:topicName/configs',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'topic.alter-config',
        tags,
        summary: 'Change the configuration of a topic',
        description: 'Incremental: what is not named stays. null takes an override away.',
        params: TopicParamsSchema,
        querystring: DryRunQuerySchema,
        body: TopicConfigPatchSchema,
        response: { 200: TopicConfigPlanSchema, ...problemResponses }
      }
    },
    async (request) => {
      const dryRun = request.query.dryRun ?? false
      request.audit({ after: request.body.configs })
      const change = alterConfigs(app.topics.ports, request.params.topicName, request.body.configs, {
        ...app.timing,
        dryRun
      })
      const plan = await app.changes.topic('alter-config', change)
      request.audit({
        before: Object.fromEntries(plan.changes.map(({ name, before }) => [name, before])),
        after: Object.fromEntries(plan.changes.map(({ name, after }) => [name, after]))
      })
      return plan
    }
  )

  app.post(
    '/api/topics/:topicName/partitions',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'topic.add-partitions',
        tags,
        summary: 'Give a topic more partitions',
        params: TopicParamsSchema,
        querystring: AddPartitionsQuerySchema,
        response: {
          200: { ...AddPartitionsPlanSchema, description: 'Done; or what would be done (dryRun)' },
          202: { ...AddPartitionsPlanSchema, description: 'Done; waitingFor says what is missing' },
          ...problemResponses
        }
      }
    },
    async (request, reply) => {
      const { partitions, dryRun = false } = request.query
      const { topicName } = request.params
      const ports = { reader: app.kafka.reader, batches: app.batches }
      const change = addPartitions(ports, topicName, partitions, { ...app.timing, dryRun })
      const plan = await app.changes.topic('add-partitions', change)
      request.audit({ before: { partitions: plan.before }, after: { partitions: plan.after } })
      if (plan.waitingFor) reply.code(202).header('location', `/api/topics/${topicName}/readiness`)
      return plan
    }
  )

  app.put(
    '/api/topics/:topicName/replication-factor',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'topic.change-replication-factor',
        tags,
        summary: 'Change how many replicas each partition has',
        description:
          'Replicas that are there stay; new ones go to racks that a partition is not on yet. Answers when they are in sync, or ' +
          '202 while Kafka still copies: GET /api/reassignments then shows how far it is. A throttle goes when all is copied.',
        params: TopicParamsSchema,
        querystring: ReplicationFactorQuerySchema,
        response: {
          200: { ...ReplicationFactorPlanSchema, description: 'Done; or what would be done (dryRun)' },
          202: { ...ReplicationFactorPlanSchema, description: 'Kafka copies; waitingFor says what is missing' },
          207: { ...ReplicationFactorPlanSchema, description: 'Kafka refused some partitions: warnings say which' },
          ...problemResponses
        }
      }
    },
    async (request, reply) => {
      const { dryRun = false, ...wanted } = request.query
      const { topicName } = request.params
      const ports = { ...app.moving, reader: app.kafka.reader }
      const change = changeReplicationFactor(ports, topicName, wanted, { ...app.timing, dryRun })
      const plan = await app.changes.topic('change-replication-factor', change)
      request.audit({
        before: plan.partitions.map(({ partition, before }) => ({ partition, replicas: before })),
        after: plan.partitions.map(({ partition, after }) => ({ partition, replicas: after }))
      })
      if (!dryRun && !plan.applied) reply.code(207)
      else if (plan.waitingFor) reply.code(202).header('location', `/api/topics/${topicName}`)
      return plan
    }
  )

  const recordResponses = {
    200: { ...RecordsPlanSchema, description: 'Done; or what would be done (dryRun)' },
    207: { ...RecordsPlanSchema, description: 'Not done in every partition: each says why' },
    ...problemResponses
  }

  const removeRecords = async (topic: string, request: RecordsRequest) =>
    app.changes.topic('delete-records', deleteRecords(app.topics.ports, topic, request, app.timing))

  app.delete(
    '/api/topics/:topicName/records',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'topic.delete-records',
        tags,
        summary: 'Delete the records before an offset or a time',
        description: 'Give beforeOffset or beforeTime. The plan names the groups that have not read what goes.',
        params: TopicParamsSchema,
        querystring: DeleteRecordsQuerySchema,
        response: recordResponses
      }
    },
    async (request, reply) => {
      const { beforeOffset: _offset, beforeTime: _time, ...query } = request.query
      const plan = await removeRecords(request.params.topicName, { boundary: boundaryOf(request.query), ...query })
      request.audit({ before: plan.partitions, after: { records: plan.records, applied: plan.applied } })
      if (!plan.dryRun && !plan.applied) reply.code(207)
      return plan
    }
  )

  app.post(
    '/api/topics/:topicName/truncate',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'topic.truncate',
        tags,
        summary: 'Delete all records of a topic',
        description: 'Guarded as the deletion of the topic is.',
        params: TopicParamsSchema,
        querystring: TruncateQuerySchema,
        response: recordResponses
      }
    },
    async (request, reply) => {
      const plan = await removeRecords(request.params.topicName, { boundary: { before: 'end' }, ...request.query })
      request.audit({ before: plan.partitions, after: { records: plan.records, applied: plan.applied } })
      if (!plan.dryRun && !plan.applied) reply.code(207)
      return plan
    }
  )
}
