import type { LogRecord, OnRecord } from './port.ts'

/** How many partitions are fetched from at the same time: what passes the bound on bytes is a batch of each at most. */
const parallelFetches = 4

/** One partition that is being read, in one direction. */
export interface Source {
  readonly partition: number
  /** Fetched and not handed out yet, in the reading's order. */
  readonly waiting: LogRecord[]
  /** Whether there is anything left to fetch. */
  exhausted(): boolean
  /** Fetches some more; may fetch nothing but get further. Never rejects but for an abort: a failure exhausts the source. */
  refill(maxBytes: number): Promise<void>
  /** Told of each record that was handed out. */
  passed(record: LogRecord): void
}

export interface Budget {
  readonly bytesLeft: number
  readonly timeIsOver: boolean
}

/**
 * Hands out the records of many partitions in one order, each partition's own order kept. A record is handed out when every
 * partition has shown its next one; when a bound is reached, what was fetched is handed out all the same, so that every
 * reading gets further.
 * @param before whether a record comes before another of another partition
 */
export async function mergeRead(
  sources: readonly Source[],
  budget: Budget,
  before: (a: LogRecord, b: LogRecord) => boolean,
  onRecord: OnRecord
): Promise<{ records: number; cutBy: 'stopped' | 'bytes' | 'time' | null }> {
  let records = 0
  let cutBy: 'bytes' | 'time' | null = null
  for (;;) {
    const starving = sources.filter((source) => source.waiting.length === 0 && !source.exhausted())
    if (starving.length > 0 && cutBy === null) {
      await refillAll(starving, budget)
      cutBy = budget.timeIsOver ? 'time' : budget.bytesLeft <= 0 ? 'bytes' : null
      continue
    }
    const next = pickNext(sources, before)
    const record = next?.waiting.shift()
    if (next === undefined || record === undefined) break
    next.passed(record)
    records += 1
    if (!onRecord(record)) return { records, cutBy: 'stopped' }
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

function pickNext(sources: readonly Source[], before: (a: LogRecord, b: LogRecord) => boolean): Source | undefined {
  let best: { source: Source; record: LogRecord } | undefined
  for (const source of sources) {
    const record = source.waiting[0]
    if (record !== undefined && (best === undefined || before(record, best.record))) best = { source, record }
  }
  return best?.source
}
