import type { DrillConsumers } from '#shared/contracts/drill-consumers.ts'
import type { GroupProtocol } from '#shared/kafka/subscribing/port.ts'
import { brokerTimes } from './expected.ts'

/** A drill's group, with every default filled in. */
export interface GroupSettings {
  members: number
  protocol: GroupProtocol
  staticMembership: boolean
  sessionTimeoutMs: number
  heartbeatIntervalMs: number
  commit: 'processed' | 'interval'
  /** The library that its members use. */
  client: string
}

const longestHeartbeatMs = 3000

export function groupSettings(asked: DrillConsumers): GroupSettings {
  const { members = 3, protocol = 'classic', staticMembership = false, commit = 'processed' } = asked
  const sessionTimeoutMs = asked.sessionTimeoutMs ?? 10_000
  return {
    ...{ members, protocol, staticMembership, commit },
    ...(protocol === 'consumer'
      ? brokerTimes
      : { sessionTimeoutMs, heartbeatIntervalMs: Math.min(longestHeartbeatMs, Math.round(sessionTimeoutMs / 10)) }),
    client: protocol === 'consumer' || staticMembership ? '@platformatic/kafka' : 'kafkajs'
  }
}
