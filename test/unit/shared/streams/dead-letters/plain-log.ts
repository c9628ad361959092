import { KopsError } from '#shared/errors/catalog.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'
import {
  type LogRecord,
  type RecordReader,
  type RecordToWrite,
  type RecordWriter,
  weigh
} from '#shared/kafka/records/port.ts'

interface PlainTopic {
  id: string
  partitions: LogRecord[][]
  /** The offset of the first record that retention has left, by partition. */
  starts: number[]
}

export interface PlainLog {
  topics: Map<string, PlainTopic>
  create(name: string, partitions?: number): void
  append(topic: string, partition: number, record: Partial<RecordToWrite>): number
  metadata(name: string): TopicMetadata
  reader: RecordReader
  writer: RecordWriter
  /** Called before each write; may throw what the write throws, or change its outcome. */
  onWrite: (topic: string, records: readonly RecordToWrite[]) => Promise<'refused' | 'indeterminate' | undefined>
}

/** Topics in memory behind the ports of records: partitions are read one after the other. */
export function plainLog(): PlainLog {
  const topics = new Map<string, PlainTopic>()
  let ids = 0
  const known = (name: string) => {
    const found = topics.get(name)
    if (found === undefined) throw new KopsError('topic_not_found', `There is no topic ${name}`)
    return found
  }

  function append(
    name: string,
    partition: number,
    { key = null, value = null, headers = [], timestampMs = 0 }: Partial<RecordToWrite>
  ) {
    const log = known(name).partitions[partition]
    if (log === undefined) throw new Error(`${name} has no partition ${partition}`)
    const offset = (log.at(-1)?.offset ?? -1) + 1
    log.push({ partition, offset, timestampMs, key, value, headers, sizeBytes: weigh({ key, value, headers }) })
    return offset
  }

  const readForward: RecordReader['readForward'] = async (name, { start, partitions: only, bytes }, onRecord) => {
    const { partitions, starts } = known(name)
    let [records, read] = [0, 0]
    let stopped = false
    const progress = partitions.flatMap((log, partition) => {
      if (only && !only.includes(partition)) return []
      const end = (log.at(-1)?.offset ?? -1) + 1
      const first = starts[partition] ?? 0
      const wanted =
        start.at === 'positions' ? start.positions.get(partition) : start.at === 'offset' ? start.offset : first
      let position = Math.min(Math.max(wanted ?? end, first), end)
      while (!stopped && position < end && read < bytes) {
        const record = log[position]
        position += 1
        if (record === undefined) continue
        records += 1
        read += record.sizeBytes
        if (!onRecord(record)) stopped = true
      }
      return [{ partition, logStartOffset: first, logEndOffset: end, position, finished: position >= end }]
    })
    const isAll = progress.every(({ finished }) => finished)
    return {
      partitions: progress,
      records,
      bytes: read,
      cutBy: isAll ? null : stopped ? 'stopped' : 'bytes',
      warnings: []
    }
  }

  const log: PlainLog = {
    topics,
    create(name, partitions = 1) {
      topics.set(name, { id: `id-${++ids}`, partitions: Array.from({ length: partitions }, () => []), starts: [] })
    },
    append,
    metadata(name) {
      const { id, partitions } = known(name)
      const replicas = [1]
      return {
        name,
        id,
        internal: false,
        partitions: partitions.map((_, partition) => ({
          partition,
          leader: 1,
          leaderEpoch: 0,
          replicas,
          isr: replicas,
          offlineReplicas: []
        }))
      }
    },
    reader: {
      readForward,
      readBackwards: () => Promise.reject(new Error('not read')),
      close: async () => {}
    },
    writer: {
      place: () => Promise.reject(new Error('not asked')),
      async write(name, records) {
        const outcome = await log.onWrite(name, records)
        const { partitions } = known(name)
        const error = new KopsError('kafka_refused', 'Kafka says no')
        return records.map((record) => {
          const partition = record.partition ?? (record.key?.length ?? 0) % partitions.length
          if (outcome === 'refused') return { status: 'refused', partition, error }
          const offset = append(name, partition, record)
          return outcome === 'indeterminate'
            ? { status: 'indeterminate', partition, error }
            : { status: 'acknowledged', partition, offset }
        })
      },
      close: async () => {}
    },
    onWrite: async () => undefined
  }
  return log
}
