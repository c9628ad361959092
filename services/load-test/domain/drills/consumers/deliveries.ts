import type { WrittenRun } from '../workload.ts'
import type { MemberReport } from './port.ts'

/** What a member of the group reported. */
export type NamedReport = MemberReport & { member: string }

/** Records of one partition that a member processed together: offsets from the first to after the last. */
export interface Delivery {
  partition: number
  from: number
  to: number
  atMs: number
  member: string
  /** When the member was assigned the partitions that it had then: one assignment has one time. */
  assignedAtMs: number
  /** When the coordinator had answered it last. */
  contactAtMs: number
}

/** A member that the drill broke. */
export interface MemberFault {
  member: string
  fromMs: number
  /** When it went on; null if it did not, because it was killed or left. */
  untilMs: number | null
}

/** What a drill knows of its consumer group. Times are monotonic milliseconds. */
export interface GroupHistory {
  /** Of each member in the order of its reports. */
  reports: readonly NamedReport[]
  written: readonly WrittenRun[]
  faults: readonly MemberFault[]
  injectedAtMs: number | null
  /** End of the writes; null if there were none. */
  writtenUntilMs: number | null
}

/** Deliveries by partition, in the order in which they happened. */
export function deliveriesOf(reports: readonly NamedReport[]): Map<number, Delivery[]> {
  const assignedAt = new Map<string, number>()
  const contactAt = new Map<string, number>()
  const deliveries: Delivery[] = []
  for (const report of reports) {
    if (report.kind === 'assigned') assignedAt.set(report.member, report.atMs)
    if (report.kind === 'assigned' || report.kind === 'contact') contactAt.set(report.member, report.atMs)
    if (report.kind !== 'delivered') continue
    const { partition, atMs, member } = report
    for (const [from, to] of report.runs) {
      const assignedAtMs = assignedAt.get(member) ?? atMs
      deliveries.push({ partition, from, to, atMs, member, assignedAtMs, contactAtMs: contactAt.get(member) ?? atMs })
    }
  }
  return Map.groupBy(
    deliveries.toSorted((a, b) => a.atMs - b.atMs),
    ({ partition }) => partition
  )
}

/** Who had each partition at a moment, by the assignments until then. */
export function ownersAt(reports: readonly NamedReport[], atMs: number): Map<number, string> {
  const owners = new Map<number, string>()
  for (const report of reports.toSorted((a, b) => a.atMs - b.atMs)) {
    if (report.kind !== 'assigned' || report.atMs > atMs) continue
    for (const [partition, owner] of owners) if (owner === report.member) owners.delete(partition)
    for (const partition of report.partitions) owners.set(partition, report.member)
  }
  return owners
}

/** Of each partition the largest offset that any member committed. */
export function committedOf(reports: readonly NamedReport[]): Map<number, number> {
  const committed = new Map<number, number>()
  for (const report of reports) {
    if (report.kind !== 'committed') continue
    for (const { partition, offset } of report.commits) {
      committed.set(partition, Math.max(committed.get(partition) ?? 0, offset))
    }
  }
  return committed
}
