import type { Clock } from '#shared/clock.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { LogDirReading } from '#shared/kafka/brokers/port.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { recordsWithin } from './rate-shape.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'
import { meanValueBytes } from './value-pool.ts'

export interface BrokerDisks {
  reader: Pick<ClusterReader, 'logDirs' | 'metadata'>
  /** What a run leaves free on every disk. */
  minFreeBytes: number
}

const deadlineMs = 3000
const checkEveryMs = 5000
/** Of a record beside its value: key, headers and framing, about. */
const overheadBytes = 40

/**
 * Refuses a run whose records would not fit on the disks of the brokers: all of them, uncompressed, times the replication
 * factor, evenly spread. A broker that does not report its space (before Kafka 3.3) refuses nothing, and neither does a run of
 * which only the cluster knows how much it will send: watchDisks stops that one.
 * @throws KopsError broker_disk_low
 */
export async function assertRoomOnBrokers(
  workload: ResolvedWorkload,
  { reader, minFreeBytes }: BrokerDisks
): Promise<void> {
  const [replicas, dirs] = await Promise.all([replicationFactorOf(workload, reader), dirsOf(reader)])
  const brokers = new Set(dirs.map(({ broker }) => broker)).size
  const expected = expectedBytes(workload)
  const share = expected === null || brokers === 0 ? 0 : (expected * replicas) / brokers
  const full = dirs.find(({ usableBytes }) => usableBytes !== null && usableBytes < share + minFreeBytes)
  if (!full) return
  throw new KopsError(
    'broker_disk_low',
    `Broker ${full.broker} has ${full.usableBytes} bytes free in ${full.dir}; the run may need ${Math.ceil(share)} there, and leaves ${minFreeBytes} free`
  )
}

/** Looks at the disks while a run lasts; the signal is aborted, with the reason, when one has too little space left. */
export function watchDisks(
  { reader, minFreeBytes }: BrokerDisks,
  clock: Clock
): { signal: AbortSignal; stop(): Promise<void> } {
  const full = new AbortController()
  const stopped = new AbortController()
  const watching = watch()

  async function watch(): Promise<void> {
    while (!stopped.signal.aborted && !full.signal.aborted) {
      await clock.sleep(checkEveryMs, stopped.signal).catch(() => undefined)
      if (stopped.signal.aborted) return
      const low = (await dirsOf(reader)).find(({ usableBytes }) => usableBytes !== null && usableBytes < minFreeBytes)
      if (low) full.abort(new Error(`Broker ${low.broker} has only ${low.usableBytes} bytes free in ${low.dir}`))
    }
  }

  return {
    signal: full.signal,
    async stop() {
      stopped.abort()
      await watching
    }
  }
}

/** Without an answer nothing is known, and the run decides for itself whether the cluster is there. */
async function dirsOf(reader: BrokerDisks['reader']): Promise<LogDirReading[]> {
  const reading = await reader.logDirs({ deadlineMs }).catch(() => undefined)
  return reading?.value.dirs ?? []
}

async function replicationFactorOf({ topic }: ResolvedWorkload, reader: BrokerDisks['reader']): Promise<number> {
  if (topic.kind === 'temporary') return topic.replicationFactor
  const reading = await reader.metadata({ topics: [topic.name], deadlineMs }).catch(() => undefined)
  const partitions = reading?.value.topics.find(({ name }) => name === topic.name)?.partitions ?? []
  return Math.max(1, ...partitions.map(({ replicas }) => replicas.length))
}

/** null for the closed rate that only its duration ends, and for a search, which has no more than a bound. */
function expectedBytes({ rate, records, durationSeconds, payload }: ResolvedWorkload): number | null {
  if (rate.kind === 'search') return null
  const within = durationSeconds === null ? null : recordsWithin(rate, durationSeconds)
  const known = [records, within].filter((each) => each !== null)
  return known.length === 0 ? null : Math.min(...known) * (meanValueBytes(payload) + overheadBytes)
}
