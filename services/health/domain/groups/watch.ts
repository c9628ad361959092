import type { JudgedGroup } from './judge.ts'
import { worstFirst } from './list.ts'

/** Groups with a current or recent alert condition. */
export interface GroupWatch {
  /** Takes note of how all groups do. */
  judged(groups: readonly JudgedGroup[], nowMs: number): void
  /** Currently unhealthy groups, worst first, limited so that reading them between two sweeps is cheap. */
  toRead(): readonly string[]
  /** Groups that are unhealthy or were until recently: the pulse reports them, and the sweep scrape leaves them out. */
  reported(): ReadonlySet<string>
}

/** Limits for reading between sweeps: they fit into one request of each kind per coordinator or leader. */
const mostRead = { groups: 30, partitions: 600 }
/** Reported with the pulse, which does not grow with the cluster. */
const mostReported = 100
/** Unread records for which a group is watched, whatever its verdict: a tenth of the threshold of KafkaConsumerLagHigh. */
const watchedLag = 1000
/**
 * A recovered group stays in the pulse longer than alerts look back (last_over_time, 3 minutes): until it appears in
 * the next sweep scrape, alerts see its last pulse sample.
 */
const keptMs = 240_000

export function createGroupWatch(): GroupWatch {
  let badAtMs = new Map<string, number>()
  let reading: string[] = []
  let reported: ReadonlySet<string> = new Set()

  return {
    judged(groups, nowMs) {
      const bad = groups.filter(doesBadly).sort(worstFirst)
      for (const { group } of bad) badAtMs.set(group, nowMs)
      const there = new Set(groups.map(({ group }) => group))
      badAtMs = new Map(Array.from(badAtMs).filter(([group, at]) => there.has(group) && nowMs - at <= keptMs))
      const worst = bad.map(({ group }) => group)
      // The same object while it is the same: snapshots share it.
      const kept = Array.from(new Set([...worst, ...badAtMs.keys()])).slice(0, mostReported)
      if (kept.length !== reported.size || kept.some((group) => !reported.has(group))) reported = new Set(kept)
      reading = []
      let partitions = 0
      for (const { group, partitions: its } of bad.slice(0, mostRead.groups)) {
        partitions += its.length
        if (partitions <= mostRead.partitions) reading.push(group)
      }
    },
    toRead: () => reading,
    reported: () => reported
  }
}

function doesBadly({ verdict, lag }: JudgedGroup): boolean {
  return (verdict !== null && verdict !== 'OK') || (lag ?? 0) > watchedLag
}
