import type { NamedReport } from '#services/load-test/domain/drills/consumers/deliveries.ts'
import type { GroupInput } from '#services/load-test/domain/drills/consumers/group-measures.ts'

/** Reports in short: `a` was assigned 0 and 1 at 0 ms. */
export const assigned = (member: string, atMs: number, ...partitions: number[]): NamedReport => ({
  ...{ kind: 'assigned', member, atMs, partitions },
  memberId: `id of ${member}`
})
export const delivered = (member: string, atMs: number, partition: number, from: number, to: number): NamedReport => ({
  ...{ kind: 'delivered', member, atMs, partition },
  runs: [[from, to]]
})
export const committed = (member: string, atMs: number, partition: number, offset: number): NamedReport => ({
  ...{ kind: 'committed', member, atMs },
  commits: [{ partition, offset }]
})
export const contact = (member: string, atMs: number): NamedReport => ({ kind: 'contact', member, atMs })
export const generation = (member: string, atMs: number, number: number): NamedReport => ({
  ...{ kind: 'generation', member, atMs },
  generation: number
})
export const written = (atMs: number, partition: number, from: number, to: number) => ({ partition, from, to, atMs })

/** A group of one partition without a fault. */
export function history(change: Partial<GroupInput> = {}): GroupInput {
  return {
    reports: [],
    written: [],
    faults: [],
    injectedAtMs: 1000,
    writtenUntilMs: null,
    partitions: 1,
    begins: 'earliest',
    ...change
  }
}
