import { Type } from 'typebox'
import { defaultAuditTopic } from '../../reserved-topics.ts'

/** The name of the audit topic, for every service that writes to topics that callers name. */
export const auditTopicProperty = {
  KOPS_AUDIT_TOPIC: Type.String({
    default: defaultAuditTopic,
    description: 'Topic of the audit trail, created if missing. Give every service the same name, which each reserves'
  })
}
