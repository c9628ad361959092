import type { SecondsBand } from '#shared/contracts/what-if.ts'
import type { GroupProtocol } from '#shared/kafka/subscribing/port.ts'

/** What a member does when the drill breaks it. */
export type MemberLoss = 'kill' | 'pause' | 'leave'

export interface ExpectedInput {
  loss: MemberLoss
  protocol: GroupProtocol
  staticMembership: boolean
  members: number
  sessionTimeoutMs: number
  heartbeatIntervalMs: number
  /** How long it stays away. */
  holdMs: number
}

/** Joining, synchronizing and a first fetch, on an unhurried machine. */
const rejoinS = 1
/** A process that starts, connects and joins. */
const startS = 3
/** group.consumer.session.timeout.ms and group.consumer.heartbeat.interval.ms, as Kafka has them (KIP-848). */
export const brokerTimes = { sessionTimeoutMs: 45_000, heartbeatIntervalMs: 5000 }

/**
 * How long the partitions of a member stay without an owner: until the coordinator knows, at once if the member leaves and at the end of
 * its session if it falls silent; and then until the others know, with their next heartbeats. A static member gives nothing away before
 * its session ends, whether it leaves or dies. The only member of a group has to be back.
 */
export function expectedTakeover(input: ExpectedInput): SecondsBand {
  const { loss, staticMembership, holdMs } = input
  const { sessionTimeoutMs, heartbeatIntervalMs } = input.protocol === 'consumer' ? brokerTimes : input
  const [session, heartbeat, hold] = [sessionTimeoutMs, heartbeatIntervalMs, holdMs].map((ms) => ms / 1000) as [
    number,
    number,
    number
  ]
  const isKnown = loss === 'leave' && !staticMembership
  const known = isKnown ? band(0, heartbeat + rejoinS) : band(session - heartbeat, session + heartbeat + rejoinS)
  const returned = band(hold, hold + (loss === 'pause' ? 0 : startS) + heartbeat + rejoinS)
  const returnsFirst = (loss === 'pause' || staticMembership) && hold < session - heartbeat
  if (returnsFirst) return returned
  // Nobody else is there to take over.
  if (input.members === 1) return band(Math.max(known.min, returned.min), Math.max(known.max, returned.max))
  return known
}

function band(min: number, max: number): SecondsBand {
  return { min: Math.max(0, Math.round(min * 10) / 10), max: Math.round(max * 10) / 10 }
}
