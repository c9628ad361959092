import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AuditListSchema, AuditQuerySchema } from '#shared/contracts/audit.ts'
import { problemResponses } from '#shared/contracts/common.ts'
import type { RecordReader } from '#shared/kafka/messages-port.ts'
import { searchAudit } from '../domain/audit/search-audit.ts'

export interface AuditRouteOptions {
  reader: Pick<RecordReader, 'readBackwards' | 'readForward'>
  topic: string
}

const bounds = { bytes: 67_108_864, deadlineMs: 5000 }

export const auditRoutes: FastifyPluginAsyncTypebox<AuditRouteOptions> = async (app, { reader, topic }) => {
  app.get(
    '/api/audit',
    {
      schema: {
        'x-role': 'operator',
        tags: ['audit'],
        summary: 'Search the audit trail, newest first',
        description:
          'By who, what (`topic.create`, or `topic` for all on topics), target, outcome, request and time. Each mutation has an ' +
          'event before it is carried out, which tells here what became of it (`concludedAs`), and one after.',
        querystring: AuditQuerySchema,
        response: { 200: AuditListSchema, ...problemResponses }
      }
    },
    async ({ query }) => searchAudit(reader, topic, query, { ...bounds, now: () => new Date() })
  )
}
