import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problemResponses } from '#shared/contracts/common.ts'
import {
  DeleteOffsetsQuerySchema,
  ForgetPlanSchema,
  GroupDetailSchema,
  GroupListQuerySchema,
  GroupListSchema,
  GroupNameSchema,
  ResetOffsetsSchema,
  ResetPlanSchema
} from '#shared/contracts/groups.ts'
import { DryRunQuerySchema } from '#shared/contracts/topics.ts'
import type { GroupAdmin } from '#shared/kafka/groups-port.ts'
import { describeGroup } from '../domain/groups/describe-group.ts'
import { deleteGroup, deleteOffsets } from '../domain/groups/forget-group.ts'
import { listGroups } from '../domain/groups/list-groups.ts'
import { resetOffsets } from '../domain/groups/reset-offsets.ts'

const tags = ['groups']
const NoQuerySchema = Type.Object({}, { additionalProperties: false })
const GroupParamsSchema = Type.Object({ group: GroupNameSchema }, { additionalProperties: false })
const partly = 'Kafka refused some partitions: each that it refused has its `error`, the others are done'

export interface GroupRoutesOptions {
  /** Closed with the app. */
  groups: GroupAdmin
}

export const groupRoutes: FastifyPluginAsyncTypebox<GroupRoutesOptions> = async (app, { groups }) => {
  app.addHook('onClose', () => groups.close())
  const options = (query: { dryRun?: boolean }) => ({ ...app.timing, dryRun: query.dryRun ?? false })
  const ports = { reader: app.kafka.reader, groups }

  app.get(
    '/api/groups',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'List consumer groups, by name',
        querystring: GroupListQuerySchema,
        response: { 200: GroupListSchema, ...problemResponses }
      }
    },
    async (request) => listGroups(app.kafka.reader, request.query, app.timing)
  )

  app.get(
    '/api/groups/:group',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Describe a group: state, members, offsets and lag of each partition',
        params: GroupParamsSchema,
        querystring: NoQuerySchema,
        response: { 200: GroupDetailSchema, ...problemResponses }
      }
    },
    async (request) => describeGroup(ports, request.params.group, app.timing)
  )

  app.post(
    '/api/groups/:group/reset-offsets',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'group.reset-offsets',
        tags,
        summary: 'Reset the committed offsets of a group',
        description:
          'Refused with 409 while members are active. The plan has old and new offset of every partition; an offset outside ' +
          'the log is moved to the nearest inside it, and the plan says so.',
        params: GroupParamsSchema,
        querystring: DryRunQuerySchema,
        body: ResetOffsetsSchema,
        response: { 200: ResetPlanSchema, 207: { ...ResetPlanSchema, description: partly }, ...problemResponses }
      }
    },
    async (request, reply) => {
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
  )

  app.delete(
    '/api/groups/:group',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'group.delete',
        tags,
        summary: 'Delete a group and everything that it has committed',
        description: 'Refused with 409 while members are active. The answer keeps the offsets.',
        params: GroupParamsSchema,
        querystring: DryRunQuerySchema,
        response: { 200: ForgetPlanSchema, ...problemResponses }
      }
    },
    async (request) => {
      const plan = await deleteGroup(groups, request.params.group, options(request.query))
      request.audit({ before: plan.committed })
      return plan
    }
  )

  app.delete(
    '/api/groups/:group/offsets',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'group.delete-offsets',
        tags,
        summary: 'Forget what a group has committed in one topic',
        description: 'Refused with 409 while members are active. The answer keeps the offsets.',
        params: GroupParamsSchema,
        querystring: DeleteOffsetsQuerySchema,
        response: { 200: ForgetPlanSchema, 207: { ...ForgetPlanSchema, description: partly }, ...problemResponses }
      }
    },
    async (request, reply) => {
      const place = { group: request.params.group, topic: request.query.topic }
      const plan = await deleteOffsets(groups, place, options(request.query))
      request.audit({ before: plan.committed })
      return reply.code(plan.dryRun || plan.applied ? 200 : 207).send(plan)
    }
  )
}
