import { type Static, Type } from 'typebox'
import { TimestampSchema } from './common.ts'

export const HealthStatusSchema = Type.Enum(['HEALTHY', 'DEGRADED', 'DOWN'], {
  description:
    'HEALTHY: no problems; DEGRADED: working, with less redundancy or an incomplete reading; DOWN: data is unavailable'
})
export type HealthStatus = Static<typeof HealthStatusSchema>

/** One cause of a status that is not HEALTHY. */
export const HealthReasonSchema = Type.Object(
  {
    code: Type.Enum([
      'broker_unreachable',
      'no_broker_reachable',
      'no_controller',
      'broker_views_disagree',
      'zookeeper_unreachable',
      'zookeeper_no_quorum',
      'quorum_unavailable',
      'log_dir_offline',
      'partitions_offline',
      'partitions_under_min_isr',
      'partitions_under_replicated',
      'partitions_unconfirmed',
      'groups_stopped',
      'reading_incomplete',
      'reading_stale'
    ]),
    message: Type.String({ examples: ['kafka-1 does not answer'] }),
    severity: Type.Enum(['degraded', 'down']),
    since: {
      ...TimestampSchema,
      description: 'The first of the consecutive readings that have it, not before the start of this service'
    },
    runbook: Type.String({ description: 'Name of its runbook', examples: ['kafka-brokers-unhealthy'] }),
    command: Type.String({ description: 'What to run next', examples: ['kops cluster logs kafka-1'] })
  },
  { $id: 'HealthReason', additionalProperties: false }
)
export type HealthReason = Static<typeof HealthReasonSchema>

/** A deduction from a health score of 100, and its reason. */
export const ScoreReasonSchema = Type.Object(
  {
    code: Type.String({ examples: ['partitions_under_replicated'] }),
    message: Type.String({ examples: ['12 of 120 partitions have fewer in-sync replicas than replicas'] }),
    weight: Type.Number({ description: 'Points taken off', examples: [6.5] })
  },
  { additionalProperties: false }
)
export type ScoreReason = Static<typeof ScoreReasonSchema>

/** 100 means no problems; the points of all reasons are subtracted, down to 0. */
export const HealthScoreSchema = Type.Object(
  { score: Type.Integer({ minimum: 0, maximum: 100 }), reasons: Type.Array(ScoreReasonSchema) },
  { additionalProperties: false }
)
export type HealthScore = Static<typeof HealthScoreSchema>
