import type { Finding } from '#shared/contracts/drill-records.ts'
import type { NamedReport } from './deliveries.ts'
import type { GroupMeasures } from './group-measures.ts'
import type { PartitionMeasures } from './partition-measures.ts'

const named = 5

/** Counts of a partition that are findings, and what they mean. */
type Counted = {
  [Key in keyof PartitionMeasures]: PartitionMeasures[Key] extends number ? Key : never
}[keyof PartitionMeasures]

interface Rule {
  count: Counted
  class: string
  severity: Finding['severity']
  detail: (count: number, measures: GroupMeasures) => string
}

/**
 * What a group may not do, and what Kafka's contract allows it: at-least-once delivery permits duplicates, and a subscription
 * permits polls that go back or leave out records after a rebalance (Jepsen's poll-skip and nonmonotonic-poll).
 */
const rules: readonly Rule[] = [
  {
    count: 'skipped',
    class: 'skipped',
    severity: 'failure',
    detail: (count) => `${count} acknowledged record(s) were committed past and delivered to no member`
  },
  {
    count: 'unconsumed',
    class: 'unconsumed',
    severity: 'failure',
    detail: (count) => `${count} acknowledged record(s) had not been delivered when the group was given up`
  },
  {
    count: 'doubleOwned',
    class: 'doubleOwned',
    severity: 'failure',
    detail: (count) => `${count} record(s) were processed by a member whose partition another member had by then`
  },
  {
    count: 'doubleOwnedUnaware',
    class: 'doubleOwnedUnaware',
    severity: 'allowed',
    detail: (count) => `${count} record(s) were processed by a member before it learned that others had its partitions`
  },
  {
    count: 'duplicates',
    class: 'redelivered',
    severity: 'allowed',
    detail: (count, { partitions }) =>
      `${count} record(s) were delivered again, from at most ${Math.max(...partitions.map(({ rewindDepth }) => rewindDepth))} offsets back`
  },
  {
    count: 'pollsBack',
    class: 'nonmonotonicPoll',
    severity: 'allowed',
    detail: (count) => `${count} time(s) a member went back within one assignment`
  },
  {
    count: 'pollSkips',
    class: 'pollSkip',
    severity: 'allowed',
    detail: (count) => `${count} time(s) a member left out records within one assignment`
  }
]

/** The findings about a group. Pure. */
export function groupFindings(measures: GroupMeasures, reports: readonly NamedReport[]): Finding[] {
  const { partitions } = measures
  const found = rules.flatMap((rule): Finding[] => {
    const concerned = partitions.filter((partition) => partition[rule.count] > 0)
    const count = concerned.reduce((sum, partition) => sum + partition[rule.count], 0)
    if (count === 0) return []
    const where = concerned.slice(0, named).map(({ partition }) => partition)
    const more = concerned.length > named ? ` and ${concerned.length - named} more` : ''
    const detail = `${rule.detail(count, measures)} (partition ${where.join(', ')}${more})`
    return [{ class: rule.class, severity: rule.severity, count, detail }]
  })
  const broken = reports.flatMap((report) => (report.kind === 'failed' ? [`${report.member}: ${report.detail}`] : []))
  const silent = partitions.filter(({ delivered }) => delivered === 0)
  return [
    ...found,
    ...doubt('memberFailed', broken.length, broken.slice(0, named).join('; ')),
    ...doubt('unread', silent.length, `${silent.length} partition(s) had no delivery at all`)
  ]
}

function doubt(name: string, count: number, detail: string): Finding[] {
  return count === 0 ? [] : [{ class: name, severity: 'doubt', count, detail }]
}
