import { isKopsError } from '#shared/errors/catalog.ts'
import { placeKey } from '#shared/kafka/model.ts'
import type { RecordTimeReader } from '#shared/kafka/records/port.ts'
import type { DecisionLog } from '#shared/streams/dead-letters/decision-log.ts'
import { isQueue, type QueueGlobs, queueFigures, undecidedOf } from '#shared/streams/dead-letters/queues.ts'
import type { ClusterReadings } from './readings.ts'

/** A dead-letter queue as of the last sweep; null: not known. */
export interface QueueReading {
  queue: string
  letters: number | null
  ends: number | null
  undecided: number | null
  unconfirmed: number | null
  /** When the oldest undecided letter was written, in milliseconds since 1970; undefined if there is none. */
  oldestMs: number | null | undefined
}

export interface DeadLetterOptions {
  queues: QueueGlobs
  /** The topic of decisions. */
  topic: string
  decisions: DecisionLog
  reader: RecordTimeReader
  deadlineMs: number
}

export interface DeadLetterWatch {
  /**
   * Takes what a sweep has read of queues, and reads only what it lacks: new decisions, and the times of the oldest letters.
   * Rejects only if the signal aborts it, or for a defect.
   */
  swept(readings: Pick<ClusterReadings, 'metadata' | 'offsets'>, signal: AbortSignal): Promise<void>
  current(): readonly QueueReading[]
}

/** Times of letters that one sweep reads: at 16 KiB each that is 4 MiB. */
const datedLetters = 256

export function createDeadLetterWatch(options: DeadLetterOptions): DeadLetterWatch {
  const { queues: globs, topic, decisions, reader, deadlineMs } = options
  let current: QueueReading[] = []
  /** The ends of the topic of decisions when it was last read; empty: it does not exist. */
  let readTo = ''
  let times = new Map<string, number | null>()

  /** Whether the book has every decision. */
  async function sync(ends: string, signal: AbortSignal): Promise<boolean> {
    if (ends === readTo) return true
    try {
      await decisions.sync({ deadlineMs, signal })
      readTo = ends
      return true
    } catch (error) {
      signal.throwIfAborted()
      if (!isKopsError(error)) throw error
      return false
    }
  }

  return {
    current: () => current,

    async swept({ metadata, offsets }, signal) {
      if (metadata === null) return
      const queues = metadata.topics.filter(({ name }) => isQueue(globs, name))
      if (queues.length === 0) {
        current = []
        return
      }
      const logs = Map.groupBy(offsets, ({ topic }) => topic)
      const ends = logs.get(topic)?.map(({ partition, logEndOffset }) => `${partition}:${logEndOffset}`) ?? []
      const isKnown = await sync(ends.join(), signal)
      const open = queues.map((queue) => undecidedOf(decisions.book, queue, logs.get(queue.name) ?? []))
      const oldest = open.flatMap(({ oldest }) => oldest)
      const keyOf = ({ topic, partition, offset }: (typeof oldest)[number]) => `${placeKey(topic, partition)}@${offset}`
      const undated = isKnown ? oldest.filter((place) => !times.has(keyOf(place))).slice(0, datedLetters) : []
      const read = undated.length === 0 ? [] : (await reader.recordTimes(undated, queues, { deadlineMs, signal })).value
      const asked = new Map(undated.map((place) => [placeKey(place.topic, place.partition), place]))
      for (const time of read) {
        const place = asked.get(placeKey(time.topic, time.partition))
        if (place) times.set(keyOf(place), time.timestampMs)
      }
      const wanted = new Set(oldest.map(keyOf))
      times = new Map([...times].filter(([key]) => wanted.has(key)))
      current = queues.map((queue, index): QueueReading => {
        const found = isKnown ? open[index] : undefined
        const dated = found?.oldest.flatMap((place) => times.get(keyOf(place)) ?? []) ?? []
        return {
          queue: queue.name,
          ...queueFigures(queue, logs.get(queue.name) ?? []),
          undecided: found?.undecided ?? null,
          unconfirmed: found?.unconfirmed ?? null,
          oldestMs: dated.length > 0 ? Math.min(...dated) : found?.undecided === 0 ? undefined : null
        }
      })
    }
  }
}
