import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { groupChangeEndpoints } from '#shared/contracts/group-changes.ts'
import { groupEndpoints } from '#shared/contracts/groups.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { describeGroup } from '../domain/groups/describe-group.ts'
import { deleteGroup, deleteOffsets } from '../domain/groups/forget-group.ts'
import { listGroups } from '../domain/groups/list-groups.ts'
import { resetOffsets } from '../domain/groups/reset-offsets.ts'

export const groupRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { reader, groups } = app.kafka
  const options = (query: { dryRun?: boolean }) => ({ ...app.timing, dryRun: query.dryRun ?? false })
  const ports = { reader, groups }

  app.route({
    ...routeOf(groupEndpoints.listGroups),
    handler: async (request) => listGroups(reader, request.query, app.timing)
  })

  app.route({
    ...routeOf(groupEndpoints.describeGroup),
    handler: async (request) => describeGroup(ports, request.params.group, app.timing)
  })

  app.route({
    ...routeOf(groupChangeEndpoints.resetOffsets),
    handler: async (request, reply) => {
      const plan = await resetOffsets(ports, request.params.group, request.body, options(request.query))
      request.audit({
        before: plan.partitions.map(({ topic, partition, oldOffset }) => ({ topic, partition, offset: oldOffset })),
        after: plan.partitions.map(({ topic, partition, newOffset, oldOffset, error }) => ({
          topic,
          partition,
          offset: error ? oldOffset : (newOffset ?? oldOffset)
        }))
      })
      return reply.code(plan.dryRun || plan.applied ? 200 : 207).send(plan)
    }
  })

  app.route({
    ...routeOf(groupChangeEndpoints.deleteGroup),
    handler: async (request) => {
      const plan = await deleteGroup(groups, request.params.group, options(request.query))
      request.audit({ before: plan.committed })
      return plan
    }
  })

  app.route({
    ...routeOf(groupChangeEndpoints.deleteGroupOffsets),
    handler: async (request, reply) => {
      const place = { group: request.params.group, topic: request.query.topic }
      const plan = await deleteOffsets(groups, place, options(request.query))
      request.audit({ before: plan.committed })
      return reply.code(plan.dryRun || plan.applied ? 200 : 207).send(plan)
    }
  })
}
