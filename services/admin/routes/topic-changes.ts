import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { topicChangeEndpoints } from '#shared/contracts/topic-changes.ts'
import { topicConfigEndpoints } from '#shared/contracts/topic-configs.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { addPartitions } from '../domain/topics/add-partitions.ts'
import { alterConfigs, listConfigs } from '../domain/topics/alter-configs.ts'
import { changeReplicationFactor } from '../domain/topics/change-replication-factor.ts'
import { boundaryOf, deleteRecords, type RecordsRequest } from '../domain/topics/delete-records.ts'

/** Routes that change a topic that exists: its configuration, partitions, replicas and records. */
export const topicChangeRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...routeOf(topicConfigEndpoints.listTopicConfigs),
    handler: async (request) => listConfigs(app.topics.ports, request.params.topicName, request.query, app.timing)
  })

  app.route({
    ...routeOf(topicConfigEndpoints.alterTopicConfigs),
    handler: async (request) => {
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
  })

  app.route({
    ...routeOf(topicChangeEndpoints.addPartitions),
    handler: async (request, reply) => {
      const { topicName } = request.params
      const change = addPartitions(app.topics.ports, topicName, request.query, app.timing)
      const plan = await app.changes.topic('add-partitions', change)
      request.audit({ before: { partitions: plan.before }, after: { partitions: plan.after } })
      if (plan.waitingFor) reply.code(202).header('location', `/api/topics/${topicName}/readiness`)
      return plan
    }
  })

  app.route({
    ...routeOf(topicChangeEndpoints.setReplicationFactor),
    handler: async (request, reply) => {
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
  })

  const removeRecords = async (topic: string, request: RecordsRequest) =>
    app.changes.topic('delete-records', deleteRecords(app.topics.ports, topic, request, app.timing))

  app.route({
    ...routeOf(topicChangeEndpoints.deleteRecords),
    handler: async (request, reply) => {
      const { beforeOffset: _offset, beforeTime: _time, ...query } = request.query
      const plan = await removeRecords(request.params.topicName, { boundary: boundaryOf(request.query), ...query })
      request.audit({ before: plan.partitions, after: { records: plan.records, applied: plan.applied } })
      if (!plan.dryRun && !plan.applied) reply.code(207)
      return plan
    }
  })

  app.route({
    ...routeOf(topicChangeEndpoints.truncateTopic),
    handler: async (request, reply) => {
      const plan = await removeRecords(request.params.topicName, { boundary: { before: 'end' }, ...request.query })
      request.audit({ before: plan.partitions, after: { records: plan.records, applied: plan.applied } })
      if (!plan.dryRun && !plan.applied) reply.code(207)
      return plan
    }
  })
}
