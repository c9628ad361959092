import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AdviceQuerySchema, AdviceSchema } from '#shared/contracts/catalog.ts'
import { problemResponses } from '#shared/contracts/common.ts'
import { advisePartitions } from '../domain/advice/partitions.ts'

export const adviceRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/api/topics/advice',
    {
      schema: {
        'x-role': 'viewer',
        tags: ['topics'],
        summary: 'How many partitions a topic should have, and why',
        description:
          'This path goes before that of a topic: a topic named "advice" is found in the list, and not described.',
        querystring: AdviceQuerySchema,
        response: { 200: AdviceSchema, ...problemResponses }
      }
    },
    async (request) => advisePartitions(request.query)
  )
}
