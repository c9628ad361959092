import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problemResponses } from '#shared/contracts/common.ts'
import {
  ClusterHealthSchema,
  ClusterStatusSummarySchema,
  TopicHealthListQuerySchema,
  TopicHealthListSchema
} from '#shared/contracts/health.ts'
import { listTopicHealth } from '../domain/list-topics.ts'

const tags = ['health']

export const healthRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/api/health',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'The health of the whole cluster',
        description: 'Answers 200 whatever the health is, within 2 s: the status is in the body.',
        response: { 200: ClusterHealthSchema, ...problemResponses }
      }
    },
    async () => {
      const { health } = await app.monitor.current()
      if (!app.alertWatch) return health
      const { windows, warning } = app.alertWatch.maintenance()
      return { ...health, maintenance: windows, warnings: [...health.warnings, ...(warning ? [warning] : [])] }
    }
  )

  app.get(
    '/api/health/status',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'HEALTHY, DEGRADED or DOWN, and why',
        response: { 200: ClusterStatusSummarySchema, ...problemResponses }
      }
    },
    async () => {
      const { status, reasons, asOf } = (await app.monitor.current()).health
      return { status, reasons, asOf }
    }
  )

  app.get(
    '/api/health/topics',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Topics, by name: partitions offline, under min-ISR, under-replicated; score and size',
        description: 'From the last reading, which is refreshed first when it is older than KOPS_MAX_AGE_MS.',
        querystring: TopicHealthListQuerySchema,
        response: { 200: TopicHealthListSchema, ...problemResponses }
      }
    },
    async (request) => listTopicHealth((await app.monitor.current()).health, request.query)
  )
}
