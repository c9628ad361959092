import { committedOf, type Delivery, deliveriesOf, type GroupHistory, ownersAt } from './deliveries.ts'
import { measurePartition, type PartitionMeasures } from './partition-measures.ts'

export interface GroupMeasures {
  partitions: PartitionMeasures[]
  /** From the fault until every partition was delivered again; null if one was not, or nothing was broken. */
  lastPartitionMs: number | null
  /** Generations since the fault; null if members reported none. */
  rebalances: number | null
  /** Acknowledged and not delivered, at most; null before the fault. */
  lagPeak: number | null
  /** From that peak until the lag was back at its value before the fault; null if it did not get there. */
  drainMs: number | null
}

export interface GroupInput extends GroupHistory {
  partitions: number
  /** Where a group without commits begins. `latest`: what it has first in a partition is the first that it is to have. */
  begins: 'earliest' | 'latest'
}

/** Measures a group by the reports of its members and the outcomes of the writers. Pure. */
export function measureGroup(input: GroupInput): GroupMeasures {
  const { reports, faults, injectedAtMs, writtenUntilMs } = input
  const deliveries = deliveriesOf(reports)
  const committed = committedOf(reports)
  const written = Map.groupBy(input.written, ({ partition }) => partition)
  const owned = faults.map((fault) => ({ fault, owners: ownersAt(reports, fault.fromMs) }))
  const partitions = Array.from({ length: input.partitions }, (_, partition) => {
    const ofPartition = deliveries.get(partition) ?? []
    return measurePartition({
      ...{ partition, injectedAtMs, writtenUntilMs },
      deliveries: ofPartition,
      written: written.get(partition) ?? [],
      startOffset: input.begins === 'earliest' ? 0 : (ofPartition[0]?.from ?? 0),
      committed: committed.get(partition) ?? 0,
      faults: owned.filter(({ fault, owners }) => owners.get(partition) === fault.member).map(({ fault }) => fault)
    })
  })
  return {
    partitions,
    lastPartitionMs: partitions.reduce<number | null>(
      (last, { firstDeliveryMs }) =>
        last === null || firstDeliveryMs === null ? null : Math.max(last, firstDeliveryMs),
      partitions.length === 0 ? null : 0
    ),
    rebalances: rebalancesSince(input),
    ...lag(input, deliveries)
  }
}

function rebalancesSince({ reports, injectedAtMs }: GroupHistory): number | null {
  if (injectedAtMs === null) return null
  let [before, after] = [-1, -1]
  for (const report of reports) {
    if (report.kind !== 'generation') continue
    after = Math.max(after, report.generation)
    if (report.atMs <= injectedAtMs) before = Math.max(before, report.generation)
  }
  return before === -1 ? null : after - before
}

/** So long before the fault the lag counts as usual. */
export const usualMs = 1000

/** Members may have a record before its writer knows that it is acknowledged; such a record lags by nothing. */
function lag(
  { written, injectedAtMs }: GroupHistory,
  deliveries: ReadonlyMap<number, Delivery[]>
): Pick<GroupMeasures, 'lagPeak' | 'drainMs'> {
  if (injectedAtMs === null) return { lagPeak: null, drainMs: null }
  const ends = new Map<number, number>()
  // A group that begins at the end of a topic has read what is before the first record of the drill.
  const positions = new Map<number, number>()
  for (const { partition, from } of written) if (!positions.has(partition)) positions.set(partition, from)
  const changes = [
    ...written.map((run) => ({ ...run, of: ends })),
    ...Array.from(deliveries.values()).flatMap((each) => each.map((delivery) => ({ ...delivery, of: positions })))
  ].toSorted((a, b) => a.atMs - b.atMs)
  let [before, peak, peakAtMs] = [0, 0, injectedAtMs]
  let drainedAtMs: number | null = injectedAtMs
  let total = 0
  for (const { partition, to, atMs, of } of changes) {
    total -= lagOf(partition)
    of.set(partition, Math.max(of.get(partition) ?? 0, to))
    total += lagOf(partition)
    if (atMs <= injectedAtMs) before = atMs < injectedAtMs - usualMs ? total : Math.max(before, total)
    else if (total > peak) [peak, peakAtMs, drainedAtMs] = [total, atMs, null]
    if (drainedAtMs === null && total <= before) drainedAtMs = atMs
  }
  return { lagPeak: peak, drainMs: drainedAtMs === null ? null : Math.round(drainedAtMs - peakAtMs) }

  function lagOf(partition: number): number {
    return Math.max(0, (ends.get(partition) ?? 0) - (positions.get(partition) ?? 0))
  }
}
