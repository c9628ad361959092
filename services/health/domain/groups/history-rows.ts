import { createPlaceMap, type PlaceMap } from './place-map.ts'
import { createRingTable, type RingTable } from './ring-table.ts'

/** Rows of both tables for one partition. */
export interface LogRows {
  topic: string
  partition: number
  start: number
  end: number
  /** The number of groups with a commit in this partition. */
  groups: number
}

/** The row of one commit, and the last sweep that saw it. */
export interface CommitRow {
  row: number
  log: LogRows
  seen: number
}

/** Storage of a history's numbers: one ring each, looked up by partition and group. */
export interface HistoryRows {
  readonly width: number
  readonly times: RingTable
  readonly timeRow: number
  readonly logs: RingTable
  readonly commits: RingTable
  readonly partitions: PlaceMap<LogRows>
  readonly groups: Map<string, PlaceMap<CommitRow>>
  /** Kafka's ids of topics: a topic recreated under its name has another one. */
  readonly topicIds: Map<string, string>
  /** The commits of a group, created if missing. */
  ofGroup(group: string): PlaceMap<CommitRow>
  /** The row of a commit, created if missing. @param seen the sweep that observed it */
  ofCommit(ofGroup: PlaceMap<CommitRow>, topic: string, partition: number, seen: number): CommitRow
  /** The rows of a partition, created if missing. */
  ofLog(topic: string, partition: number): LogRows
}

export function createHistoryRows(width: number): HistoryRows {
  const times = createRingTable(width)
  const logs = createRingTable(width)
  const commits = createRingTable(width)
  const partitions = createPlaceMap<LogRows>()
  const groups = new Map<string, PlaceMap<CommitRow>>()

  function ofLog(topic: string, partition: number): LogRows {
    const known = partitions.get(topic, partition)
    if (known !== undefined) return known
    const made = { topic, partition, start: logs.add(), end: logs.add(), groups: 0 }
    partitions.set(topic, partition, made)
    return made
  }

  return {
    ...{ width, times, timeRow: times.add(), logs, commits, partitions, groups, topicIds: new Map() },
    ofGroup(group) {
      const known = groups.get(group)
      if (known !== undefined) return known
      const made = createPlaceMap<CommitRow>()
      groups.set(group, made)
      return made
    },
    ofCommit(ofGroup, topic, partition, seen) {
      const known = ofGroup.get(topic, partition)
      if (known !== undefined) return known
      const made = { row: commits.add(), log: ofLog(topic, partition), seen }
      made.log.groups += 1
      ofGroup.set(topic, partition, made)
      return made
    },
    ofLog
  }
}

/** The last number of a row before the current sweep; NaN if there is none. */
export function latest(table: RingTable, row: number, width: number): number {
  for (let age = 1; age < width; age++) {
    const value = table.get(row, age)
    if (!Number.isNaN(value)) return value
  }
  return Number.NaN
}
