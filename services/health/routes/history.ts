import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problemResponses } from '#shared/contracts/common.ts'
import { HistoryQuerySchema, HistorySchema } from '#shared/contracts/health-history.ts'
import { readHistory } from '../domain/history/read-history.ts'

const deadlineMs = 5000

export const historyRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/api/health/history',
    {
      schema: {
        'x-role': 'viewer',
        tags: ['health'],
        summary: 'How the health was: one number over time, from Prometheus',
        description:
          'Answers within 5 s, or 503 where Prometheus does not; 409 where none is configured (KOPS_PROMETHEUS_URL).',
        querystring: HistoryQuerySchema,
        response: { 200: HistorySchema, ...problemResponses }
      }
    },
    async (request) => readHistory(request.query, { ...app.history, now: app.history.clock.now(), deadlineMs })
  )
}
