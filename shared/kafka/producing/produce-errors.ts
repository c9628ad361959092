import { protocolErrors } from '@platformatic/kafka'
import { kafkaErrorName } from '../connection/errors.ts'

/** The producer's reaction to a broker's error for a partition. */
export interface Reaction {
  /** Kafka's name of the error. */
  code: string
  /**
   * - written: it was already there (an earlier attempt whose answer was lost)
   * - retry: send the same bytes again, to the current leader
   * - give-up: no attempt will succeed
   */
  action: 'written' | 'retry' | 'give-up'
  /** Ask who leads before the next attempt. */
  refresh: boolean
  /** This answer leaves open whether the batch was appended. */
  mayBeWritten: boolean
}

const staleLeader = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR'
])

// A leader appends before it waits for the followers: each of these can be the answer to a batch that is in its log.
const appended = new Set(['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'NOT_LEADER_OR_FOLLOWER'])

/** @param errorCode Kafka's number of the error, not 0 */
export function reactTo(errorCode: number): Reaction {
  const code = kafkaErrorName(errorCode)
  const known = protocolErrors[code]
  const refresh = staleLeader.has(code)
  const mayBeWritten = appended.has(code)
  if (code === 'DUPLICATE_SEQUENCE_NUMBER') return { code, action: 'written', refresh, mayBeWritten: true }
  return { code, action: known?.canRetry || refresh ? 'retry' : 'give-up', refresh, mayBeWritten }
}
