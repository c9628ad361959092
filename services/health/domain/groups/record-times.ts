import type { RecordPlace } from '#shared/kafka/records/port.ts'
import type { ClusterReadings } from '../readings.ts'
import type { GroupHistory } from './history.ts'
import { nextOffset } from './lag.ts'
import { byPlace } from './place-map.ts'

/** Number of timestamps fetched per sweep: at 16 KiB each that is 4 MiB. */
export const datedRecords = 256

/**
 * The records whose timestamps are needed for the lag in seconds: the next record of each group that is neither in the
 * window of end offsets nor already read. Every group gets one before any group gets a second.
 */
export function recordsToDate(
  { committed, offsets }: Pick<ClusterReadings, 'committed' | 'offsets'>,
  history: GroupHistory,
  limit: number = datedRecords
): RecordPlace[] {
  const logs = byPlace(offsets)
  const wanted = new Map<string, { place: RecordPlace; turn: number }>()
  const turns = new Map<string, number>()
  for (const commit of committed) {
    const { group, topic, partition } = commit
    const log = logs.get(topic, partition)
    if (log === undefined || log.logEndOffset === null) continue
    const offset = nextOffset(commit, log)
    if (offset === null || offset >= log.logEndOffset) continue
    // The window, including the sweep that is not in it yet, will show when this was the log end.
    const oldest = history.oldestEnd(topic, partition)
    if (oldest !== null && oldest <= offset) continue
    if (history.recordTime(topic, partition, offset) !== undefined) continue
    const key = `${topic}/${partition}@${offset}`
    if (wanted.has(key)) continue
    const turn = turns.get(group) ?? 0
    turns.set(group, turn + 1)
    wanted.set(key, { place: { topic, partition, offset }, turn })
  }
  return Array.from(wanted.values())
    .sort((a, b) => a.turn - b.turn)
    .slice(0, limit)
    .map(({ place }) => place)
}
