import { type HistoryRows, type LogRows, latest } from './history-rows.ts'
import { type RingTable, ringOf, ringText } from './ring-table.ts'

/** A saved history: rings as text, see ringText, each from the oldest sweep to the last. */
export interface SavedHistory {
  times: string
  topics: { name: string; id: string }[]
  logs: { topic: string; partition: number; starts: string; ends: string }[]
  commits: { group: string; topic: string; partition: number; offsets: string }[]
}

/** The history of lagging partitions, limited to those furthest behind. */
export function saveRows(rows: HistoryRows, limit: number): SavedHistory {
  const { width, times, timeRow, logs, commits, groups, topicIds } = rows
  const unread: { group: string; row: number; log: LogRows; lag: number }[] = []
  for (const [group, ofGroup] of groups) {
    for (const { row, log } of ofGroup.values()) {
      const lag = lagOf(rows, row, log)
      if (lag > 0) unread.push({ group, row, log, lag })
    }
  }
  const kept = unread.sort((a, b) => b.lag - a.lag).slice(0, limit)
  const keptLogs = Array.from(new Set(kept.map(({ log }) => log)))
  const text = (table: RingTable, row: number) => ringText(table, row, Math.min(width, table.advanced))
  return {
    times: text(times, timeRow),
    topics: Array.from(new Set(keptLogs.map(({ topic }) => topic))).flatMap((name) => {
      const id = topicIds.get(name)
      return id === undefined ? [] : [{ name, id }]
    }),
    logs: keptLogs.map(({ topic, partition, start, end }) => ({
      topic,
      partition,
      starts: text(logs, start),
      ends: text(logs, end)
    })),
    commits: kept.map(({ group, row, log: { topic, partition } }) => ({
      group,
      topic,
      partition,
      offsets: text(commits, row)
    }))
  }
}

/**
 * Inserts a saved history before the sweeps recorded since.
 * @param seen the last of these
 * @throws RangeError if it is not the output of saveRows; part of it may then be present
 */
export function restoreRows(into: HistoryRows, saved: SavedHistory, seen: number): void {
  const { times, timeRow, logs, commits, topicIds } = into
  const timeRing = ringOf(saved.times)
  const rings: { table: RingTable; row: number; ring: number[] }[] = [{ table: times, row: timeRow, ring: timeRing }]
  const keep = (table: RingTable, row: number, text: string) => {
    const ring = ringOf(text)
    if (ring.length !== timeRing.length) throw new RangeError('a ring is not as long as that of the times')
    rings.push({ table, row, ring })
  }
  for (const { name, id } of saved.topics) topicIds.set(name, id)
  for (const { topic, partition, starts, ends } of saved.logs) {
    const { start, end } = into.ofLog(topic, partition)
    keep(logs, start, starts)
    keep(logs, end, ends)
  }
  for (const { group, topic, partition, offsets } of saved.commits) {
    keep(commits, into.ofCommit(into.ofGroup(group), topic, partition, seen).row, offsets)
  }
  for (let nth = 0; nth < timeRing.length; nth++) {
    for (const table of [times, logs, commits]) table.advance()
    for (const { table, row, ring } of rings) table.set(row, ring[nth] ?? Number.NaN)
  }
}

/** By the last offsets that were read; NaN if there are none. */
function lagOf({ width, logs, commits }: HistoryRows, row: number, { start, end }: LogRows): number {
  const last = (table: RingTable, of: number) => {
    const now = table.get(of, 0)
    return Number.isNaN(now) ? latest(table, of, width) : now
  }
  return last(logs, end) - Math.max(last(commits, row), last(logs, start))
}
