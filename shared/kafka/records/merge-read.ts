import type { ReadRecord } from './batch-records.ts'
import { createPace } from './pace.ts'
import type { RecordQueue } from './record-queue.ts'

/** Number of partitions to fetch from concurrently: the byte limit is exceeded by at most one batch of each. */
const parallelFetches = 4
/** How long to hand out what was fetched when the time is over: a batch may hold millions of records. */
const graceMs = 500

/** One partition being read, in one direction. */
export interface Source {
  readonly partition: number
  /** Fetched and not handed out yet, in the reading's order. */
  readonly waiting: RecordQueue
  /** Whether there is anything left to fetch. */
  exhausted(): boolean
  /** Fetches more; may fetch nothing but advance. Never rejects except for an abort: a failure exhausts the source. */
  refill(maxBytes: number): Promise<void>
  /** Called for each record that was delivered. */
  passed(record: ReadRecord): void
}

export interface Budget {
  readonly bytesLeft: number
  readonly timeIsOver: boolean
}

/**
 * Delivers the records of many partitions in one order, keeping each partition's own order. A record is delivered once
 * every partition has shown its next one; when a limit is reached, what was fetched is delivered anyway, so that every
 * reading advances, but not for long once the time is over. Other requests have their turn meanwhile.
 * @param before whether a record comes before one of another partition
 */
export async function mergeRead(
  sources: readonly Source[],
  budget: Budget,
  before: (a: ReadRecord, b: ReadRecord) => boolean,
  onRecord: (record: ReadRecord) => boolean
): Promise<{ records: number; cutBy: 'stopped' | 'bytes' | 'time' | null }> {
  let records = 0
  let cutBy: 'bytes' | 'time' | null = null
  let overSince: number | undefined
  const pace = createPace()
  for (;;) {
    const starving = sources.filter((source) => source.waiting.peek() === undefined && !source.exhausted())
    if (starving.length > 0 && cutBy === null) {
      await refillAll(starving, budget)
      cutBy = budget.timeIsOver ? 'time' : budget.bytesLeft <= 0 ? 'bytes' : null
      continue
    }
    const next = pickNext(sources, before)
    const record = next?.waiting.take()
    if (next === undefined || record === undefined) break
    next.passed(record)
    records += 1
    if (!onRecord(record)) return { records, cutBy: 'stopped' }
    const pause = pace.pause()
    if (pause === undefined) continue
    await pause
    if (!budget.timeIsOver) continue
    overSince ??= performance.now()
    if (performance.now() - overSince > graceMs) return { records, cutBy: 'time' }
  }
  return { records, cutBy: sources.every((source) => source.exhausted()) ? null : cutBy }
}

async function refillAll(starving: readonly Source[], budget: Budget): Promise<void> {
  const queue = starving.values()
  const share = Math.max(16_384, Math.min(1_048_576, Math.floor(budget.bytesLeft / starving.length)))
  const work = async () => {
    for (const source of queue) {
      if (budget.timeIsOver || budget.bytesLeft <= 0) return
      await source.refill(share)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallelFetches, starving.length) }, work))
}

function pickNext(sources: readonly Source[], before: (a: ReadRecord, b: ReadRecord) => boolean): Source | undefined {
  let best: { source: Source; record: ReadRecord } | undefined
  for (const source of sources) {
    const record = source.waiting.peek()
    if (record !== undefined && (best === undefined || before(record, best.record))) best = { source, record }
  }
  return best?.source
}
