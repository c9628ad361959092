import type { DrillTarget } from '#shared/contracts/drill-plan.ts'
import type { BrokerMetadata } from '#shared/kafka/model.ts'

/** What a drill breaks, with the brokers that run on its nodes; none runs on a node of a ZooKeeper ensemble. */
export interface FoundTarget extends DrillTarget {
  brokers: readonly BrokerMetadata[]
}
