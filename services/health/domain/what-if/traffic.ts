import { placeKey } from '#shared/kafka/model.ts'
import type { ClusterReadings } from '../readings.ts'

type Swept = Pick<ClusterReadings, 'metadata' | 'offsets' | 'replicaSizes' | 'parts'>

/** An estimate of what producers write to each partition. */
export interface Traffic {
  /** Bytes a second by placeKey(); null before two sweeps, and while sizes or offsets are missing. */
  current(): ReadonlyMap<string, number> | null
  swept(readings: Swept): void
}

/**
 * Records come from the end offsets of two sweeps, bytes for each from the size of the topic on disk and the offsets that it
 * covers. Compaction and transactions leave offsets without a record: such topics count for less than they are.
 */
export function createTraffic(): Traffic {
  let before: { atMs: number; ends: ReadonlyMap<string, number> } | undefined
  let rates: ReadonlyMap<string, number> | null = null

  return {
    current: () => rates,
    swept(readings) {
      const read = readings.parts.get('offsets')
      const atMs = read?.asOf.getTime()
      if (!read?.ok || atMs === undefined || (before && atMs <= before.atMs)) return
      const ends = new Map<string, number>()
      for (const { topic, partition, logEndOffset } of readings.offsets) {
        if (logEndOffset !== null) ends.set(placeKey(topic, partition), logEndOffset)
      }
      rates = before ? ratesOf(readings, before.ends, (atMs - before.atMs) / 1000) : null
      before = { atMs, ends }
    }
  }
}

function ratesOf(readings: Swept, before: ReadonlyMap<string, number>, seconds: number): Map<string, number> | null {
  const recordBytes = recordBytesByTopic(readings)
  if (recordBytes.size === 0) return null
  const rates = new Map<string, number>()
  for (const { topic, partition, logEndOffset } of readings.offsets) {
    const key = placeKey(topic, partition)
    const [size, start] = [recordBytes.get(topic), before.get(key)]
    // A topic that was recreated begins at 0.
    if (logEndOffset === null || size === undefined || start === undefined || logEndOffset < start) continue
    rates.set(key, ((logEndOffset - start) / seconds) * size)
  }
  return rates
}

/** Mean bytes of a record, by topic: those of all its replicas divided by what they hold. */
function recordBytesByTopic({ metadata, offsets, replicaSizes }: Swept): Map<string, number> {
  const copies = new Map(metadata?.topics.map(({ name, partitions }) => [name, partitions[0]?.replicas.length ?? 0]))
  const records = new Map<string, number>()
  for (const { topic, logStartOffset, logEndOffset } of offsets) {
    const held = (logEndOffset ?? 0) - (logStartOffset ?? 0)
    records.set(topic, (records.get(topic) ?? 0) + held * (copies.get(topic) ?? 0))
  }
  const bytes = new Map<string, number>()
  for (const { topic, sizeBytes } of replicaSizes) bytes.set(topic, (bytes.get(topic) ?? 0) + sizeBytes)
  return new Map(
    Array.from(bytes).flatMap(([topic, sum]): [string, number][] => {
      const held = records.get(topic) ?? 0
      return held > 0 ? [[topic, sum / held]] : []
    })
  )
}
