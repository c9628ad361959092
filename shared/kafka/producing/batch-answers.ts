import type { PartitionAnswer } from '../protocol/produce.ts'
import type { Batch } from './batch.ts'
import type { Lane } from './partition-lane.ts'
import { reactTo } from './produce-errors.ts'

export const retryBackoffMs = 100

/** What a broker's answer means for a batch and its partition. @param now monotonic milliseconds */
export function takeAnswer(lane: Lane, batch: Batch, { errorCode, baseOffset }: PartitionAnswer, now: number): void {
  if (errorCode === 0) {
    lane.acknowledged(batch, baseOffset >= 0 ? baseOffset : null, now)
    return
  }
  const reaction = reactTo(errorCode)
  batch.lastCode = reaction.code
  batch.mayBeWritten ||= reaction.mayBeWritten
  if (reaction.refresh) lane.leader = null
  // Its predecessor was not accepted, and neither was what was sent behind it.
  const follower = reaction.code === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && lane.hasUnsettledBefore(batch)
  if (reaction.action === 'retry' || follower) lane.retry(batch, now + retryBackoffMs, now)
  else if (reaction.action === 'written') lane.acknowledged(batch, null, now)
  else lane.failed(batch, reaction.code, now)
}

/** No answer came. @param sent whether the batch may have reached the broker */
export function takeSilence(lane: Lane, batch: Batch, sent: boolean, now: number): void {
  batch.lastCode = 'NETWORK_EXCEPTION'
  batch.mayBeWritten ||= sent
  lane.retry(batch, now + retryBackoffMs, now)
}
