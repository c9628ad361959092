import { auditEndpoints } from './contracts/audit.ts'
import type { Role } from './contracts/endpoint.ts'
import { fieldError, type KopsError } from './errors/catalog.ts'
import { matchesGlob } from './lists/glob.ts'

/**
 * What a caller may do to a topic's records, directly or through its settings. Moving replicas, electing leaders and
 * committing offsets are not among them: they neither erase a record nor forge one.
 */
export type TopicUse = 'create' | 'change' | 'erase' | 'write'

/** The name that the audit topic has by default: a trail that was kept under it stays evidence after a renaming. */
export const defaultAuditTopic = 'audit-logs'

/** The one list of topics that are not the callers'. Every service that changes topics or writes to them asks it. */
export interface ReservedTopics {
  /**
   * topic_protected if callers may not use the topic in this way; undefined if they may.
   * @param field of the request that names the topic
   */
  refusal(topic: string, use: TopicUse, field?: string): KopsError | undefined
  /** The role that reading its records requires; undefined if that of the endpoint is enough. */
  readingRole(topic: string): Role | undefined
}

interface Reservation {
  /** Never a regular expression: one that takes too long, or matches more than it seems to, must not decide. */
  glob: string
  forbids: readonly TopicUse[]
  /** Completes "log-events …". */
  because: string
  readingRole?: Role
}

const everything: TopicUse[] = ['create', 'change', 'erase', 'write']

/** Kafka's own topics have two leading underscores by convention, in later versions too. */
const kafkasOwn: Reservation = {
  glob: '__*',
  forbids: everything,
  because: "is Kafka's own: consumer groups and transactions keep their state in such topics"
}

/** kops' own topics. Recognised by name, so that they are reserved before they exist. */
function kopsOwn(auditTopic: string): Reservation[] {
  const trails = [...new Set([auditTopic, defaultAuditTopic])].map((glob) => ({
    glob,
    forbids: everything,
    because: 'is the audit trail: only kops writes to it, and no caller changes it or erases any of it',
    readingRole: auditEndpoints.searchAudit.role
  }))
  return [
    ...trails,
    // The setting of health-service for another name requires this prefix.
    {
      glob: 'kops-probe*',
      forbids: everything,
      because: "is the probe's: its measurements need records of its own only"
    },
    // The setting for another name requires this prefix, too.
    {
      glob: 'kops-workers*',
      forbids: everything,
      because: "is the load workers': they make load as its records say"
    },
    // And so does this one's.
    {
      glob: 'kops-dead-letters*',
      forbids: everything,
      because: 'is the topic of decisions on dead letters: only kops writes to it'
    },
    // The setting of load-test-service for another name requires this prefix.
    {
      glob: 'kops-runs*',
      forbids: everything,
      because: 'is the topic of load tests and drills: only kops writes to it'
    },
    // One that a drill has left behind may be deleted.
    {
      glob: 'kops-drill-*',
      forbids: ['create', 'change', 'write'],
      because: "is a drill's: its verdict needs records of its own only"
    },
    {
      glob: 'kops-load-*',
      forbids: ['create', 'change', 'write'],
      because: "is a load test's: its result rests on its own records only"
    },
    {
      glob: 'kops-capacity-*',
      forbids: ['create', 'change', 'write'],
      because: "is a measurement's: what it finds rests on its own records only"
    }
  ]
}

/** Globs of the topics that kops keeps for itself. */
export function ownTopicGlobs(auditTopic: string): string[] {
  return kopsOwn(auditTopic).map(({ glob }) => glob)
}

/** @param protectedGlobs further topics that no caller may erase, as the setting names them */
export function createReservedTopics({
  auditTopic,
  protectedGlobs = []
}: {
  auditTopic: string
  protectedGlobs?: readonly string[]
}): ReservedTopics {
  const reservations: Reservation[] = [
    kafkasOwn,
    ...kopsOwn(auditTopic),
    ...protectedGlobs.map(
      (glob): Reservation => ({
        glob,
        forbids: ['erase'],
        because: `matches the protected pattern ${glob} (KOPS_PROTECTED_TOPICS): no caller may delete it or its records`
      })
    )
  ]
  return {
    refusal(topic, use, field = 'topicName') {
      const found = reservations.find(({ glob, forbids }) => forbids.includes(use) && matchesGlob(glob, topic))
      return found && fieldError('topic_protected', field, `${topic} ${found.because}`)
    },
    readingRole: (topic) => reservations.find(({ glob }) => matchesGlob(glob, topic))?.readingRole
  }
}

/** @throws KopsError topic_protected */
export function assertNotReserved(
  reserved: Pick<ReservedTopics, 'refusal'>,
  topic: string,
  use: TopicUse,
  field?: string
): void {
  const refusal = reserved.refusal(topic, use, field)
  if (refusal) throw refusal
}

/** Whether a topic is Kafka's own, whatever the settings say. */
export function isKafkasOwn(topic: string): boolean {
  return matchesGlob(kafkasOwn.glob, topic)
}
