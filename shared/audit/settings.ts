import { type Static, Type } from 'typebox'
import { defaultAuditTopic } from '../reserved-topics.ts'

/** The name of the audit topic, for every service that writes to topics that callers name. */
export const auditTopicProperty = {
  KOPS_AUDIT_TOPIC: Type.String({
    default: defaultAuditTopic,
    description: 'Topic of the audit trail, created if missing. Give every service the same name, which each reserves'
  })
}

/** How long the audit topic keeps events, when kops creates it. */
export const auditRetentionMs = 30 * 24 * 3600 * 1000

/** The settings of a service that writes to the audit trail. */
export const auditProperties = {
  KOPS_AUDIT: Type.Enum(['required', 'spool'], {
    default: 'required',
    description:
      'What to do when Kafka cannot take audit events: refuse mutations, or spool the events to disk and continue'
  }),
  ...auditTopicProperty,
  KOPS_AUDIT_REPLICATION_FACTOR: Type.Integer({
    minimum: 1,
    maximum: 9,
    default: 3,
    description: 'Replication factor of the audit topic when the service creates it'
  })
}
const AuditConfigSchema = Type.Object(auditProperties)
export type AuditConfig = Static<typeof AuditConfigSchema>
