import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { auditEndpoints } from '#shared/contracts/audit.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { searchAudit } from '../domain/audit/search-audit.ts'

export interface AuditRouteOptions {
  topic: string
}

const bounds = { bytes: 67_108_864, deadlineMs: 5000 }

export const auditRoutes: FastifyPluginAsyncTypebox<AuditRouteOptions> = async (app, { topic }) => {
  app.route({
    ...routeOf(auditEndpoints.searchAudit),
    handler: async ({ query }) => searchAudit(app.auditSearch, topic, query, { ...bounds, now: () => new Date() })
  })
}
