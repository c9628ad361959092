import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '@platformatic/kafka'
import { fieldError, KopsError } from '../../errors/catalog.ts'
import { kafkaErrorName, kafkaRefusal, wrapKafkaError } from '../connection/errors.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { type BrokerConnections, createBrokerConnections, type Leaders } from '../producing/broker-connections.ts'
import { murmur2 } from '../producing/partitioner.ts'
import { encodeBatch } from './encode-batch.ts'
import { type RecordToWrite, type RecordWriter, type WriteResult, weigh } from './port.ts'
import { chunksOf, type ProduceTogether, producingTogether } from './produce-together.ts'

/** A batch takes records up to this size, or one of any size: the brokers take 1 MB a batch by default. */
const defaultBatchBytes = 524_288
const requestTimeoutMs = 5000
/** Less, so that a broker still says which batches of a request all replicas have. */
const replicationTimeoutMs = 4000
const connectTimeoutMs = 1500
const pauseMs = 200
/** A topic that was recreated, or has more partitions now, is seen after this time at the latest. */
const leadersForMs = 5000
const mostKept = 1000

/** Refusals after which the broker has certainly not written, and a retry or another leader may help. */
const worthAnotherTry = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_ENOUGH_REPLICAS'
])
/** Refusals that leave open whether the records stay. */
const open = new Set(['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'])

type Outcome =
  | { status: 'acknowledged'; baseOffset: number }
  | { status: 'refused' | 'indeterminate'; error: KopsError }

/**
 * The RecordWriter port, with connections of its own. It has no producer id: one identity for all callers would have to be kept in
 * step with every broker through every failure, for a few records an hour; so it reports records that may have been written instead
 * of resending them.
 */
export function createRecordWriter(options: Omit<ConnectionOptions, 'budget'>): RecordWriter {
  const timeouts = { requestTimeoutMs, replicationTimeoutMs, connectTimeoutMs }
  return createWriterOn(createBrokerConnections({ ...options, ...timeouts, acks: 'all' }))
}

/** The RecordWriter port on connections that it closes. */
export function createWriterOn(brokers: WriterConnections): RecordWriter {
  const connections = withKeptLeaders(brokers, leadersForMs)

  async function place(topic: string, records: readonly RecordToWrite[]) {
    let leaders = await connections.leaders(topic)
    const unknown = records.some(({ partition = 0 }) => partition >= leaders.length)
    if (unknown) {
      connections.mistrust(topic)
      leaders = await connections.leaders(topic)
    }
    return { leaders, places: records.map((record, index) => placeOf(record, index, leaders.length, topic)) }
  }

  return {
    async place(topic, records) {
      return (await place(topic, records)).places
    },

    async write(topic, records, { deadlineMs, batchBytes = defaultBatchBytes }) {
      const endsAt = performance.now() + deadlineMs
      const { leaders, places } = await place(topic, records)
      const shared = anyLed(leaders)
      const numbered = records.map((record, index) => ({ record, index, partition: places[index] ?? shared }))
      const results = new Array<WriteResult>(records.length)
      const byPartition = Map.groupBy(numbered, ({ partition }) => partition)
      const produce = producingTogether(connections, topic)
      await Promise.all(
        Array.from(byPartition, async ([partition, items]) => {
          let stopped: KopsError | undefined
          for (const chunk of chunksOf(items, ({ record }) => weigh(record), batchBytes)) {
            const outcome: Outcome = stopped
              ? { status: 'refused', error: stopped }
              : await writeBatch(connections, { topic, partition, batch: batchOf(chunk), produce }, endsAt)
            if (outcome.status !== 'acknowledged') {
              stopped ??= new KopsError(outcome.error.code, 'Not sent, because an earlier record was not acknowledged')
            }
            for (const [nth, { index }] of chunk.entries()) {
              results[index] =
                outcome.status === 'acknowledged'
                  ? { status: 'acknowledged', partition, offset: outcome.baseOffset + nth }
                  : { ...outcome, partition }
            }
          }
        })
      )
      return results
    },

    async close() {
      connections.close()
    }
  }
}

type WriterConnections = Pick<BrokerConnections, 'leaders' | 'connect' | 'produce' | 'drop' | 'close'>

interface LeaderBook extends WriterConnections {
  /** What is kept about a topic was wrong. */
  mistrust(topic: string): void
}

/** Keeps what brokers answered about a topic for a while: a record would cost a request to each broker otherwise. */
function withKeptLeaders(connections: WriterConnections, forMs: number): LeaderBook {
  const kept = new Map<string, { leaders: Leaders; until: number }>()
  return {
    ...connections,
    mistrust: (topic) => void kept.delete(topic),
    async leaders(topic) {
      const known = kept.get(topic)
      if (known && performance.now() < known.until) return known.leaders
      kept.delete(topic)
      const leaders = await connections.leaders(topic)
      if (kept.size >= mostKept) kept.clear()
      kept.set(topic, { leaders, until: performance.now() + forMs })
      return leaders
    }
  }
}

interface Batch {
  topic: string
  partition: number
  batch: Buffer
  produce: ProduceTogether
}

/** Retries until the batch is written, is refused for good, or may have been written. */
async function writeBatch(connections: LeaderBook, wanted: Batch, endsAt: number): Promise<Outcome> {
  for (;;) {
    const attempt = await tryBatch(connections, wanted)
    if (attempt.status !== 'acknowledged') connections.mistrust(wanted.topic)
    if (attempt.status !== 'again') return attempt
    if (performance.now() + pauseMs > endsAt) return { status: 'refused', error: attempt.error }
    await sleep(pauseMs)
  }
}

async function tryBatch(
  connections: WriterConnections,
  { topic, partition, batch, produce }: Batch
): Promise<Outcome | { status: 'again'; error: KopsError }> {
  const what = `Writing to ${topic}-${partition}`
  let leader: number
  let connection: Connection
  try {
    const found = (await connections.leaders(topic))[partition]
    if (found === undefined || found === null) throw new KopsError('topic_not_ready', `${what}: it has no leader`)
    leader = found
    connection = await connections.connect(leader)
  } catch (cause) {
    const error = wrapKafkaError(cause, what)
    return { status: error.code === 'kafka_not_authorized' ? 'refused' : 'again', error }
  }
  try {
    const answer = await produce(connection, { partition, batch })
    if (answer === undefined) throw new KopsError('kafka_timeout', `${what}: the broker's answer lacks it`)
    if (answer.errorCode === 0) return { status: 'acknowledged', baseOffset: answer.baseOffset }
    const error = kafkaRefusal(answer.errorCode, what)
    const name = kafkaErrorName(answer.errorCode)
    if (worthAnotherTry.has(name)) return { status: 'again', error }
    return { status: open.has(name) ? 'indeterminate' : 'refused', error }
  } catch (error) {
    connections.drop(leader)
    return { status: 'indeterminate', error: wrapKafkaError(error, what) }
  }
}

function batchOf(items: readonly { record: RecordToWrite }[]): Buffer {
  const records = items.map(({ record }) => record)
  return encodeBatch(records, Date.now())
}

/** @throws KopsError validation_failed for a partition that the topic does not have */
function placeOf({ key, partition }: RecordToWrite, index: number, partitions: number, topic: string): number | null {
  if (partition !== undefined) {
    if (partition < partitions) return partition
    const message = `${topic} has partitions 0 to ${partitions - 1}`
    throw fieldError('validation_failed', `records.${index}.partition`, message)
  }
  return key === null ? null : (murmur2(key) & 0x7fffffff) % partitions
}

/** The partition for records without a key: one that has a leader, a different one each time. */
function anyLed(leaders: Leaders): number {
  const led = leaders.flatMap((leader, partition) => (leader === null ? [] : [partition]))
  return led[Math.floor(Math.random() * led.length)] ?? 0
}
