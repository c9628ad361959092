import type { EpochEnd } from '#shared/kafka/verifying/port.ts'
import type { Lane } from './lanes.ts'
import type { TimedOutcome } from './records/outcomes.ts'

/** An epoch that ends, in the log of a later leader, before records that its own leader had acknowledged. */
export interface Truncation {
  partition: number
  epoch: number
  /** The broker that led the epoch, and acknowledged. */
  broker: number
  /** Where the epoch ends in the log of the leader that was asked. */
  endOffset: number
  /** The leader that was asked, and its epoch. */
  leader: number
  leaderEpoch: number
  /** The acknowledged records at that offset and after it. */
  lost: TimedOutcome[]
}

/** An acknowledgement may come before the watcher has seen the election: attribute it to the later of two epochs of one broker. */
const slackMs = 2000

/**
 * What the epoch ledger of the leaders proves to be lost, without a record being read (OffsetForLeaderEpoch): the log of a
 * partition's leader has all records of an earlier epoch below that epoch's end, so one that was acknowledged at the end or after
 * it is not there. An acknowledgement belongs to an epoch of the broker that gave it; of several, to the last that had begun, whose
 * end is the highest, so that nothing is accused that is not lost. Acknowledgements of brokers that nobody saw lead do not count.
 */
export function truncationsOf(
  outcomes: readonly TimedOutcome[],
  lanes: ReadonlyMap<number, readonly Lane[]>,
  ends: readonly EpochEnd[]
): Truncation[] {
  const endOf = new Map(ends.map((end) => [keyOf(end.partition, end.epoch), end]))
  const found = new Map<string, Truncation>()
  for (const outcome of outcomes) {
    const { partition, status, offset, broker, endedAtMs } = outcome
    if (status !== 'acknowledged' || offset === null || broker === null) continue
    const lane = lanes
      .get(partition)
      ?.findLast(({ leader, epoch, fromMs }) => leader === broker && epoch !== null && fromMs <= endedAtMs + slackMs)
    if (!lane || lane.epoch === null) continue
    const key = keyOf(partition, lane.epoch)
    const end = endOf.get(key)
    if (!end || end.leaderEpoch <= lane.epoch || offset < end.endOffset) continue
    const truncation = found.get(key) ?? {
      ...{ partition, epoch: lane.epoch, broker, endOffset: end.endOffset },
      ...{ leader: end.leader, leaderEpoch: end.leaderEpoch, lost: [] }
    }
    found.set(key, truncation)
    truncation.lost.push(outcome)
  }
  return Array.from(found.values())
}

/** The epochs that were seen of each partition, in order. */
export function epochsSeen(lanes: ReadonlyMap<number, readonly Lane[]>): { partition: number; epoch: number }[] {
  return Array.from(lanes, ([partition, ofPartition]) => {
    const epochs = new Set(ofPartition.flatMap(({ epoch }) => epoch ?? []))
    return Array.from(epochs, (epoch) => ({ partition, epoch }))
  }).flat()
}

/** `partition 2: epoch 5 of kafka-1 ends at offset 100 in the log of kafka-2 (epoch 6); offsets 100 to 140 were acknowledged`. */
export function describeTruncation({
  partition,
  epoch,
  broker,
  endOffset,
  leader,
  leaderEpoch,
  lost
}: Truncation): string {
  const offsets = lost.map(({ offset }) => offset ?? 0)
  const [first, last] = offsets.reduce(
    ([low, high], each) => [Math.min(low, each), Math.max(high, each)],
    [Number.POSITIVE_INFINITY, 0]
  )
  return (
    `partition ${partition}: epoch ${epoch} of kafka-${broker} ends at offset ${endOffset} in the log of kafka-${leader} ` +
    `(epoch ${leaderEpoch}), and ${lost.length} record(s) at offsets ${first} to ${last} were acknowledged in it`
  )
}

function keyOf(partition: number, epoch: number): string {
  return `${partition}/${epoch}`
}
