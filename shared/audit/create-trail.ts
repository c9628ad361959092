import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { createAuditLog } from '../kafka/audit/audit-log.ts'
import type { AuditLog } from '../kafka/audit/port.ts'
import type { ConnectionOptions } from '../kafka/connection/options.ts'
import type { TopicAdmin } from '../kafka/topics/port.ts'
import { type AuditTrail, createAuditTrail } from './audit-trail.ts'
import type { AuditConfig } from './settings.ts'
import { createSpoolFile } from './spool-file.ts'

const day = 24 * 3600 * 1000

/** The audit trail of this service, as its settings say, with the log to be closed. */
export function createTrail(
  config: AuditConfig & { KOPS_DATA_DIR: string },
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
