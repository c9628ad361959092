import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { createAuditLog } from '#shared/kafka/audit/audit-log.ts'
import type { AuditLog } from '#shared/kafka/audit/port.ts'
import type { ConnectionOptions } from '#shared/kafka/connection/options.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import type { AdminConfig } from '../config.ts'
import { type AuditTrail, createAuditTrail } from '../domain/audit/audit-trail.ts'
import { createSpoolFile } from './spool-file.ts'

const day = 24 * 3600 * 1000

/** The audit trail of this service, as its settings say, with the log to be closed. */
export function createTrail(
  config: AdminConfig,
  kafka: ConnectionOptions,
  admin: Pick<TopicAdmin, 'createTopic'>,
  logger: Pick<FastifyBaseLogger, 'warn'>
): { trail: AuditTrail; log: AuditLog } {
  const factor = config.KOPS_AUDIT_REPLICATION_FACTOR
  const log = createAuditLog({
    ...kafka,
    admin,
    // The same as in catalog/log-streaming.yaml.
    topic: {
      name: config.KOPS_AUDIT_TOPIC,
      partitions: 6,
      replicationFactor: factor,
      configs: {
        'cleanup.policy': 'compact,delete',
        'retention.ms': String(30 * day),
        'min.insync.replicas': String(Math.min(2, factor))
      }
    }
  })
  const spool =
    config.KOPS_AUDIT === 'spool'
      ? createSpoolFile({
          path: join(config.KOPS_DATA_DIR, 'audit-spool.jsonl'),
          onUndecodable: (found) => logger.warn(found, 'the audit spool had lines that are no events; they are kept')
        })
      : undefined
  return { trail: createAuditTrail(log, spool), log }
}
