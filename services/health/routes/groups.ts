import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problemResponses } from '#shared/contracts/common.ts'
import {
  GroupHealthDetailSchema,
  GroupHealthListQuerySchema,
  GroupHealthListSchema
} from '#shared/contracts/group-health.ts'
import { GroupNameSchema } from '#shared/contracts/groups.ts'
import { describeGroupHealth, listGroupHealth } from '../domain/groups/index.ts'

const tags = ['groups']
const GroupParamsSchema = Type.Object({ group: GroupNameSchema }, { additionalProperties: false })

export const groupRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/api/health/groups',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Consumer groups, by name: lag in records and seconds, verdict, retention risk',
        description: 'From the last full reading of the cluster: nothing is read at the asking.',
        querystring: GroupHealthListQuerySchema,
        response: { 200: GroupHealthListSchema, ...problemResponses }
      }
    },
    async (request) => {
      const snapshot = await app.monitor.current()
      return listGroupHealth(snapshot, request.query)
    }
  )

  app.get(
    '/api/health/groups/:group',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'One consumer group, partition by partition',
        params: GroupParamsSchema,
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: GroupHealthDetailSchema, ...problemResponses }
      }
    },
    async (request) => describeGroupHealth(await app.monitor.current(), request.params.group)
  )
}
