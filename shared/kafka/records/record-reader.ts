import type { UnknownReason, Warning } from '../../contracts/common.ts'
import { KopsError } from '../../errors/catalog.ts'
import { createBrokers } from '../connection/brokers.ts'
import { isOverdue, withDeadline } from '../connection/deadline.ts'
import { wrapKafkaError } from '../connection/errors.ts'
import { askEach, toWarnings } from '../connection/fan-out.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { brokerName } from '../model.ts'
import { byLeader, offsetsAtTime } from '../protocol/list-offsets.ts'
import type { ReadRecord, Unreadable } from './batch-records.ts'
import { type Budget, mergeRead } from './merge-read.ts'
import { openFetcher, type PartitionFetcher } from './partition-fetcher.ts'
import {
  type ForwardStart,
  type LogRecord,
  type OnRecord,
  type ReadBounds,
  type ReadOutcome,
  type RecordReader,
  readableEnd
} from './port.ts'
import { backwardSource, type FetchBatches, forwardSource, type Span, type SpanSource } from './sources.ts'
import type { ReadableOffsets } from './stable-offsets.ts'
import { createUnreadableReport } from './unreadable-report.ts'

/** Reads records over separate connections: large answers delay no other reading. */
export function createRecordReader(options: ConnectionOptions): RecordReader {
  const brokers = createBrokers(options)
  const closing = new AbortController()

  /** The first offset of each partition at or after the time; undefined if its leader could not report it. */
  async function atTime(fetcher: PartitionFetcher, timestampMs: number, signal: AbortSignal) {
    const { led } = byLeader([fetcher.topic])
    const { answers, failures } = await askEach(led, 'Finding offsets by time', ([leader, partitions]) =>
      offsetsAtTime(brokers.link(leader), partitions, timestampMs, signal)
    )
    return {
      offsets: new Map(answers.flatMap(([, read]) => read.map(({ partition, offset }) => [partition, offset]))),
      warnings: toWarnings(failures, ([leader]) => brokerName(leader))
    }
  }

  function read(
    topic: string,
    options: ReadBounds,
    plan: (fetcher: PartitionFetcher, signal: AbortSignal) => Promise<Plan>,
    onRecord: OnRecord
  ): Promise<ReadOutcome> {
    return withDeadline(options, closing.signal, async (signal) => {
      const fetcher = await openFetcher(brokers, topic, options, signal)
      const { spans, source, before, warnings } = await plan(fetcher, signal)
      const account = createAccount(fetcher, options.bytes, signal)
      const sources = new Map(spans.map((span) => [span.partition, source(span, account.fetch)]))
      const onRead = (record: ReadRecord) => {
        const { unreadable: reason, partition, offset } = record
        if (reason === undefined) return onRecord(record)
        account.reportUnreadable(partition, { from: offset, to: offset + 1, reason })
        return true
      }
      const { records, cutBy } = await mergeRead([...sources.values()], account, before, onRead)
      return {
        partitions: fetcher.offsets.map((offsets) => progressOf(offsets, sources.get(offsets.partition), account)),
        records,
        bytes: account.bytes,
        cutBy,
        warnings: [...fetcher.warnings, ...warnings, ...account.warnings]
      }
    })
  }

  return {
    readForward(topic, options, onRecord) {
      const plan = async (fetcher: PartitionFetcher, signal: AbortSignal): Promise<Plan> => {
        const { start } = options
        const times =
          start.at === 'timestamp'
            ? await atTime(fetcher, start.timestampMs, signal)
            : { offsets: new Map(), warnings: [] }
        const spans = known(fetcher.offsets).flatMap(({ partition, low, high }): Span[] => {
          const wanted = startOf(start, partition, { low, high }, times.offsets)
          return wanted === undefined ? [] : [{ partition, from: clamp(wanted, low, high), to: high }]
        })
        return { spans, source: forwardSource, before: isOlder, warnings: times.warnings }
      }
      return read(topic, options, plan, onRecord)
    },

    readBackwards(topic, options, onRecord) {
      const plan = async (fetcher: PartitionFetcher, signal: AbortSignal): Promise<Plan> => {
        const { sinceMs, positions } = options
        const times =
          sinceMs === undefined ? { offsets: new Map(), warnings: [] } : await atTime(fetcher, sinceMs, signal)
        const spans = known(fetcher.offsets).flatMap(({ partition, low, high }): Span[] => {
          const to = positions === undefined ? high : positions.get(partition)
          const since = sinceMs === undefined ? low : times.offsets.get(partition)
          if (to === undefined || since === undefined) return []
          return [{ partition, from: clamp(since ?? high, low, high), to: clamp(to, low, high) }]
        })
        return { spans, source: backwardSource, before: isNewer, warnings: times.warnings }
      }
      return read(topic, options, plan, onRecord)
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The reader of records is closed'))
      brokers.close()
    }
  }
}

interface Plan {
  spans: Span[]
  source: (span: Span, fetch: FetchBatches) => SpanSource
  before: (a: LogRecord, b: LogRecord) => boolean
  warnings: Warning[]
}

interface Account extends Budget {
  readonly bytes: number
  readonly warnings: Warning[]
  readonly fetch: FetchBatches
  failureOf(partition: number): UnknownReason | undefined
  reportUnreadable(partition: number, unreadable: Unreadable): void
}

/** Counts fetched data, and turns failures of partitions into warnings. */
function createAccount(fetcher: PartitionFetcher, allowed: number, signal: AbortSignal): Account {
  const failures = new Map<number, UnknownReason>()
  const warnings: Warning[] = []
  const name = fetcher.topic.name
  let bytes = 0
  const unreadable = createUnreadableReport(name)
  const report = (partition: number, { code, message }: Pick<KopsError, 'code' | 'message'>) =>
    void warnings.push({ code, message, target: `${name}-${partition}` })

  return {
    get warnings() {
      return [...warnings, ...unreadable.warnings()]
    },
    get bytes() {
      return bytes
    },
    get bytesLeft() {
      return allowed - bytes
    },
    get timeIsOver() {
      return isOverdue(signal)
    },
    failureOf: (partition) => failures.get(partition),
    reportUnreadable: unreadable.add,
    async fetch(span, maxBytes) {
      const { partition } = span
      try {
        const batches = await fetcher.fetch(span, maxBytes, signal)
        for (const batch of batches) {
          bytes += batch.bytes
          for (const place of batch.unreadable) unreadable.add(partition, place)
        }
        return batches
      } catch (error) {
        // The caller reports the deadline as such; the caller's own abort ends everything.
        if (isOverdue(signal)) return 'over'
        signal.throwIfAborted()
        const wrapped = wrapKafkaError(error, `Reading ${name}-${partition}`)
        failures.set(partition, reasonOf(wrapped))
        report(partition, wrapped)
        return 'failed'
      }
    }
  }
}

function reasonOf({ code, kafkaError }: KopsError): UnknownReason {
  if (kafkaError === 'OFFSET_OUT_OF_RANGE') return 'offset_out_of_range'
  if (code === 'kafka_not_authorized') return 'not_authorized'
  return code === 'broker_unreachable' || code === 'kafka_timeout' ? 'broker_unreachable' : 'partition_unavailable'
}

function progressOf(
  { partition, logStartOffset, logEndOffset, lastStableOffset, reason }: ReadableOffsets,
  source: SpanSource | undefined,
  account: Account
): ReadOutcome['partitions'][number] {
  const failure = account.failureOf(partition) ?? reason
  return {
    partition,
    logStartOffset,
    logEndOffset,
    ...(lastStableOffset === undefined ? {} : { lastStableOffset }),
    position: source?.position() ?? null,
    finished: source?.finished() ?? false,
    ...(failure === undefined ? {} : { reason: failure })
  }
}

function known(offsets: readonly ReadableOffsets[]): { partition: number; low: number; high: number }[] {
  return offsets.flatMap((entry) => {
    const { partition, logStartOffset: low } = entry
    const high = readableEnd(entry)
    return low === null || high === null ? [] : [{ partition, low, high }]
  })
}

function startOf(
  start: ForwardStart,
  partition: number,
  { low, high }: { low: number; high: number },
  times: ReadonlyMap<number, number | null>
): number | undefined {
  switch (start.at) {
    case 'earliest':
      return low
    case 'latest':
      return high
    case 'offset':
      return start.offset
    case 'timestamp': {
      const offset = times.get(partition)
      // No record is that young: what comes next will be.
      return offset === null ? high : offset
    }
    case 'positions':
      return start.positions.get(partition)
  }
}

function clamp(offset: number, low: number, high: number): number {
  return Math.min(Math.max(offset, low), high)
}

function isOlder(a: LogRecord, b: LogRecord): boolean {
  return a.timestampMs < b.timestampMs
}

function isNewer(a: LogRecord, b: LogRecord): boolean {
  return a.timestampMs > b.timestampMs
}
