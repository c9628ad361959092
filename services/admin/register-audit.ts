import type { AuditTrail } from '#shared/audit/audit-trail.ts'
import { registerTrail } from '#shared/audit/register-trail.ts'
import type { App } from '#shared/http/create-app.ts'
import type { ConnectionOptions } from '#shared/kafka/connection/options.ts'
import type { RecordReader } from '#shared/kafka/records/port.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import type { AdminConfig } from './config.ts'
import { auditRoutes } from './routes/audit.ts'

declare module 'fastify' {
  interface FastifyInstance {
    auditSearch: Pick<RecordReader, 'readBackwards' | 'readForward'>
  }
}

/**
 * Writes and serves the audit trail, and returns it for mutations without a request. Register it before any route:
 * mutations registered earlier would not be recorded.
 */
export async function registerAudit(
  app: App,
  config: AdminConfig,
  kafka: Omit<ConnectionOptions, 'clientId'>,
  given: AuditTrail | undefined
): Promise<AuditTrail> {
  const trail = await registerTrail(app, { writer: 'admin', config, kafka, admin: app.kafka.admin, given })
  const reader = createRecordReader({ ...kafka, clientId: 'kops-audit-search' })
  app.decorate('auditSearch', reader)
  app.addHook('onClose', () => reader.close())
  await app.register(auditRoutes, { topic: config.KOPS_AUDIT_TOPIC })
  return trail
}
