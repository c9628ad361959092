import type { ConsumedGroup } from '#shared/contracts/drill-consumers.ts'
import type { SecondsBand } from '#shared/contracts/what-if.ts'
import type { GroupProtocol } from '#shared/kafka/subscribing/port.ts'
import type { NamedReport } from './deliveries.ts'
import type { GroupMeasures } from './group-measures.ts'

export interface GroupReportInput {
  group: string
  protocol: GroupProtocol
  client: string
  reports: readonly NamedReport[]
  measures: GroupMeasures
  predictedSeconds: SecondsBand | null
}

/** A group in the record of its drill. Pure. */
export function groupReport({ reports, measures, predictedSeconds, ...identity }: GroupReportInput): ConsumedGroup {
  const { partitions, lastPartitionMs, rebalances, lagPeak, drainMs } = measures
  const sum = (count: 'delivered' | 'duplicates' | 'skipped' | 'unconsumed' | 'doubleOwned') =>
    partitions.reduce((total, partition) => total + partition[count], 0)
  const gaps = partitions.flatMap(({ gapMaxMs }) => (gapMaxMs === null ? [] : [gapMaxMs]))
  return {
    ...identity,
    members: Array.from(
      Map.groupBy(reports, ({ member }) => member),
      ([name, own]) => memberOf(name, own)
    ),
    delivered: sum('delivered'),
    gapMaxMs: gaps.length === 0 ? null : Math.max(...gaps),
    lastPartitionMs,
    predictedSeconds,
    within: predictedSeconds && lastPartitionMs !== null ? isWithin(lastPartitionMs / 1000, predictedSeconds) : null,
    duplicates: sum('duplicates'),
    rewindDepth: Math.max(0, ...partitions.map(({ rewindDepth }) => rewindDepth)),
    skipped: sum('skipped'),
    unconsumed: sum('unconsumed'),
    doubleOwned: sum('doubleOwned'),
    rebalances,
    lagPeak,
    drainMs,
    partitions: partitions.map(({ doubleOwnedUnaware: _, pollsBack: __, pollSkips: ___, ...shown }) => shown)
  }
}

function isWithin(seconds: number, { min, max }: SecondsBand): boolean {
  return seconds >= min && seconds <= max
}

function memberOf(name: string, reports: readonly NamedReport[]): ConsumedGroup['members'][number] {
  let memberId: string | null = null
  let [delivered, assignments] = [0, 0]
  let end = 'running'
  for (const report of reports) {
    if (report.kind === 'assigned') {
      memberId = report.memberId
      assignments += 1
    } else if (report.kind === 'delivered') for (const [from, to] of report.runs) delivered += to - from
    else if (report.kind === 'ended') {
      end = report.signal === null ? (report.code === 0 ? 'left' : 'failed') : `killed by ${report.signal}`
    }
  }
  return { name, memberId, delivered, assignments, end }
}
