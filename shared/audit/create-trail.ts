import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { type AuditEvent, AuditEventSchema } from '../contracts/audit.ts'
import { createSpoolFile } from '../files/spool-file.ts'
import { createAuditLog } from '../kafka/audit/audit-log.ts'
import type { ConnectionOptions } from '../kafka/connection/options.ts'
import type { TopicAdmin } from '../kafka/topics/port.ts'
import { type AuditTrail, createAuditTrail } from './audit-trail.ts'
import { createEventChain } from './chain.ts'
import { createChainFile } from './chain-file.ts'
import { type AuditConfig, auditRetentionMs } from './settings.ts'

const deliverEveryMs = 30_000

/**
 * The audit trail of a service, as its settings say.
 * @param writer the service, by its name in the chains of events
 */
export function createTrail(
  writer: string,
  config: AuditConfig & { KOPS_DATA_DIR: string },
  kafka: ConnectionOptions,
  admin: Pick<TopicAdmin, 'createTopic'>,
  logger: Pick<FastifyBaseLogger, 'warn'>
): { trail: AuditTrail; close: () => Promise<void> } {
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
        'retention.ms': String(auditRetentionMs),
        'min.insync.replicas': String(Math.min(2, factor))
      }
    }
  })
  const spool =
    config.KOPS_AUDIT === 'spool'
      ? createSpoolFile<AuditEvent>({
          schema: AuditEventSchema,
          path: join(config.KOPS_DATA_DIR, 'audit-spool.jsonl'),
          onUndecodable: (found) => logger.warn(found, 'the audit spool had lines that are no events; they are kept')
        })
      : undefined
  const store = createChainFile({
    path: join(config.KOPS_DATA_DIR, 'audit-chain.json'),
    onProblem: (err) =>
      logger.warn({ err }, 'the state of the audit chain cannot be kept; the next start begins another')
  })
  const chain = createEventChain(store, () => `${writer}-${randomBytes(4).toString('hex')}`)
  const trail = createAuditTrail(log, spool, chain)
  // A service may change nothing for hours: what waits in the spool must not look as if it were missing from the chain.
  trail.deliver()
  const delivering = spool && setInterval(trail.deliver, deliverEveryMs)
  return {
    trail,
    async close() {
      clearInterval(delivering)
      await log.close()
      chain.close()
    }
  }
}
