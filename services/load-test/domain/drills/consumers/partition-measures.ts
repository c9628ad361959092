import type { WrittenRun } from '../workload.ts'
import type { Delivery, MemberFault } from './deliveries.ts'

/** What became of one partition's records in the group. */
export interface PartitionMeasures {
  partition: number
  /** Records that were delivered at least once. */
  delivered: number
  /** Times between first deliveries of records; null with fewer than two. */
  gapP50Ms: number | null
  gapMaxMs: number | null
  /** From the fault until a member that it left alone delivered; null if none did. */
  firstDeliveryMs: number | null
  /** Deliveries of records that had been delivered. */
  duplicates: number
  /** The furthest that a delivery went back, in offsets. */
  rewindDepth: number
  /** Acknowledged, below a committed offset, and delivered to no member. */
  skipped: number
  /** Acknowledged, not below a committed offset, and delivered to no member. */
  unconsumed: number
  /** Records that a member processed after another one, which was assigned the partition later, had begun to. */
  doubleOwned: number
  /** The same by a member that the coordinator had not answered since then: it could not know. */
  doubleOwnedUnaware: number
  /** Within one assignment: how often a member went back, and how often it left out records. */
  pollsBack: number
  pollSkips: number
}

export interface PartitionInput {
  partition: number
  /** In the order in which they happened. */
  deliveries: readonly Delivery[]
  written: readonly WrittenRun[]
  /** The first offset that the group is to have. */
  startOffset: number
  committed: number
  /** The faults whose member had the partition. */
  faults: readonly MemberFault[]
  injectedAtMs: number | null
  writtenUntilMs: number | null
}

/** Measures one partition of a group. Pure. */
export function measurePartition(input: PartitionInput): PartitionMeasures {
  const { partition, deliveries, written, startOffset, committed } = input
  const seen = new Set<number>()
  const news: Delivery[] = []
  let [highest, duplicates, rewindDepth] = [startOffset, 0, 0]
  for (const delivery of deliveries) {
    const before = seen.size
    for (let offset = delivery.from; offset < delivery.to; offset += 1) seen.add(offset)
    const added = seen.size - before
    const again = delivery.to - delivery.from - added
    duplicates += again
    if (again > 0) rewindDepth = Math.max(rewindDepth, highest - delivery.from)
    if (added > 0) news.push(delivery)
    highest = Math.max(highest, delivery.to)
  }
  let [skipped, unconsumed] = [0, 0]
  for (const { from, to } of written) {
    for (let offset = Math.max(from, startOffset); offset < to; offset += 1) {
      if (seen.has(offset)) continue
      if (offset < committed) skipped += 1
      else unconsumed += 1
    }
  }
  const gaps = gapsOf(news, input.writtenUntilMs)
  return {
    ...{ partition, delivered: seen.size, duplicates, rewindDepth, skipped, unconsumed },
    gapP50Ms: gaps.length === 0 ? null : Math.round(gaps[Math.floor((gaps.length - 1) / 2)] ?? 0),
    gapMaxMs: gaps.length === 0 ? null : Math.round(gaps.at(-1) ?? 0),
    firstDeliveryMs: firstDelivery(news, input),
    ...doubleOwnership(deliveries),
    ...pollOrder(deliveries, written)
  }
}

/** From the shortest to the longest; the last one ends with the writes. */
function gapsOf(news: readonly Delivery[], writtenUntilMs: number | null): number[] {
  const times = news.map(({ atMs }) => atMs)
  const last = times.at(-1)
  if (last !== undefined && writtenUntilMs !== null && writtenUntilMs > last) times.push(writtenUntilMs)
  return times
    .slice(1)
    .map((time, index) => time - (times[index] ?? time))
    .toSorted((a, b) => a - b)
}

/**
 * The longest time after any fault until its partition is delivered again. What the broken member itself delivers counts once it
 * goes on: a pause that is shorter than the session leaves it its partitions.
 */
function firstDelivery(
  news: readonly Delivery[],
  { faults, injectedAtMs }: Pick<PartitionInput, 'faults' | 'injectedAtMs'>
): number | null {
  const after = (fromMs: number, isCounted: (delivery: Delivery) => boolean) => {
    const first = news.find((delivery) => delivery.atMs > fromMs && isCounted(delivery))
    return first ? Math.round(first.atMs - fromMs) : null
  }
  if (faults.length === 0) return injectedAtMs === null ? null : after(injectedAtMs, () => true)
  const times = faults.map(({ member, fromMs, untilMs }) =>
    after(fromMs, (delivery) => delivery.member !== member || (untilMs !== null && delivery.atMs >= untilMs))
  )
  return times.reduce((longest, time) => (longest === null || time === null ? null : Math.max(longest, time)))
}

function doubleOwnership(
  deliveries: readonly Delivery[]
): Pick<PartitionMeasures, 'doubleOwned' | 'doubleOwnedUnaware'> {
  let [doubleOwned, doubleOwnedUnaware] = [0, 0]
  let newest: Delivery | undefined
  for (const delivery of deliveries) {
    const isStale =
      newest !== undefined && newest.member !== delivery.member && delivery.assignedAtMs < newest.assignedAtMs
    if (!isStale) newest = delivery
    else if (newest && delivery.contactAtMs < newest.assignedAtMs) {
      doubleOwnedUnaware += delivery.to - delivery.from
    } else doubleOwned += delivery.to - delivery.from
  }
  return { doubleOwned, doubleOwnedUnaware }
}

function pollOrder(
  deliveries: readonly Delivery[],
  written: readonly WrittenRun[]
): Pick<PartitionMeasures, 'pollsBack' | 'pollSkips'> {
  let [pollsBack, pollSkips] = [0, 0]
  const last = new Map<string, number>()
  for (const { member, assignedAtMs, from, to } of deliveries) {
    const assignment = `${member} ${assignedAtMs}`
    const next = last.get(assignment)
    if (next !== undefined && from < next) pollsBack += 1
    if (next !== undefined && from > next && written.some((run) => run.from < from && run.to > next)) pollSkips += 1
    last.set(assignment, to)
  }
  return { pollsBack, pollSkips }
}
