import { aclEndpoints } from './acls.ts'
import { adviceEndpoints } from './advice.ts'
import { alertEndpoints } from './alerts.ts'
import { auditEndpoints } from './audit.ts'
import { brokerDrainEndpoints } from './broker-drains.ts'
import { brokerEndpoints } from './brokers.ts'
import { callerEndpoints } from './caller.ts'
import { capacityEndpoints } from './capacity.ts'
import { capacityMeasurementEndpoints } from './capacity-measurement.ts'
import { catalogEndpoints } from './catalog.ts'
import { connectorEndpoints } from './connectors.ts'
import { deadLetterChangeEndpoints } from './dead-letter-changes.ts'
import { deadLetterEndpoints } from './dead-letters.ts'
import { drillScheduleEndpoints } from './drill-schedules.ts'
import { scorecardEndpoints } from './drill-scorecard.ts'
import { drillEndpoints } from './drills.ts'
import { electionEndpoints } from './elections.ts'
import { eventEndpoints } from './events.ts'
import { gameDayEndpoints } from './gamedays.ts'
import { groupChangeEndpoints } from './group-changes.ts'
import { groupHealthEndpoints } from './group-health.ts'
import { groupEndpoints } from './groups.ts'
import { healthEndpoints } from './health.ts'
import { healthHistoryEndpoints } from './health-history.ts'
import { healthStreamEndpoints } from './health-stream.ts'
import { loadBaselineEndpoints } from './load-baselines.ts'
import { loadComparisonEndpoints } from './load-comparison.ts'
import { loadPlanEndpoints } from './load-plan.ts'
import { loadTestEndpoints } from './load-test.ts'
import { maintenanceEndpoints } from './maintenance.ts'
import { messageEndpoints } from './messages.ts'
import { probeEndpoints } from './probe.ts'
import { reassignmentProgressEndpoints } from './reassignment-progress.ts'
import { reassignmentEndpoints } from './reassignments.ts'
import { tailEndpoints } from './tail-events.ts'
import { topicBatchEndpoints } from './topic-batches.ts'
import { topicChangeEndpoints } from './topic-changes.ts'
import { topicConfigEndpoints } from './topic-configs.ts'
import { topicDeletionEndpoints } from './topic-deletions.ts'
import { topicHealthEndpoints } from './topic-health.ts'
import { topicRecreationEndpoints } from './topic-recreation.ts'
import { topicEndpoints } from './topics.ts'
import { whatIfEndpoints } from './what-if.ts'

/** Every endpoint of the three services, by the name that the CLI uses. */
export const endpoints = {
  ...callerEndpoints,
  ...topicEndpoints,
  ...topicBatchEndpoints,
  ...topicConfigEndpoints,
  ...topicChangeEndpoints,
  ...topicDeletionEndpoints,
  ...topicRecreationEndpoints,
  ...adviceEndpoints,
  ...messageEndpoints,
  ...tailEndpoints,
  ...deadLetterEndpoints,
  ...deadLetterChangeEndpoints,
  ...eventEndpoints,
  ...brokerEndpoints,
  ...brokerDrainEndpoints,
  ...electionEndpoints,
  ...reassignmentEndpoints,
  ...reassignmentProgressEndpoints,
  ...groupEndpoints,
  ...groupChangeEndpoints,
  ...catalogEndpoints,
  ...aclEndpoints,
  ...connectorEndpoints,
  ...maintenanceEndpoints,
  ...auditEndpoints,
  ...healthEndpoints,
  ...topicHealthEndpoints,
  ...groupHealthEndpoints,
  ...healthHistoryEndpoints,
  ...healthStreamEndpoints,
  ...whatIfEndpoints,
  ...probeEndpoints,
  ...alertEndpoints,
  ...loadTestEndpoints,
  ...loadPlanEndpoints,
  ...loadComparisonEndpoints,
  ...loadBaselineEndpoints,
  ...drillEndpoints,
  ...scorecardEndpoints,
  ...drillScheduleEndpoints,
  ...gameDayEndpoints,
  ...capacityEndpoints,
  ...capacityMeasurementEndpoints
}

export type EndpointName = keyof typeof endpoints
