import { KopsError } from '../../errors/catalog.ts'
import { createBrokers } from '../connection/brokers.ts'
import { abortable, withDeadline } from '../connection/deadline.ts'
import { kafkaRefusal, wrapKafkaError } from '../connection/errors.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { createElections } from '../moves/elections.ts'
import { createBrokerConnections } from '../producing/broker-connections.ts'
import { type FetchedPartition, fetchRecords } from '../protocol/fetch.ts'
import { readLeaderOffsets } from '../protocol/list-offsets.ts'
import { encodeBatch } from '../records/encode-batch.ts'
import { decodeBatches } from '../records/record-batches.ts'
import { createTopicAdmin } from '../topics/topic-admin.ts'
import { createTopicBatches } from '../topics/topic-batches.ts'
import type { ProbeChannel, ProbeRead } from './port.ts'

/**
 * A leader answers acks=all when the ISR has the record, and a follower that died leaves the ISR after its session or
 * replica.lag.time.max.ms (6 s and 10 s here): a writer that gives up before would call that a refusal.
 */
const writeTimeoutMs = 15_000
const connectTimeoutMs = 1500
/** Maximum bytes per fetch of a partition: a probe record has about 120. */
const readBytes = 65_536

/** Long past the time after which a record counts as lost, short enough that the topic never weighs anything. */
const topicConfigs = { 'cleanup.policy': 'delete', 'retention.ms': '1800000', 'segment.ms': '600000' }

/**
 * The ProbeChannel port. Writing and reading have a connection each to a broker: brokers answer the requests of one
 * connection in turn, so a record would wait behind the read that waits for it.
 */
export function createProbeChannel(options: ConnectionOptions & { topic: string }): ProbeChannel {
  const { topic } = options
  const brokers = createBrokers(options)
  const writers = createBrokerConnections({
    ...options,
    acks: 'all',
    requestTimeoutMs: writeTimeoutMs,
    connectTimeoutMs
  })
  const admin = createTopicAdmin(options)
  const batches = createTopicBatches(options)
  const elections = createElections(options)
  const closing = new AbortController()

  return {
    topic,

    look(deadline) {
      return withDeadline(deadline, closing.signal, async (signal) => {
        // The writers discover brokers with their own request; if that fails, the write reports it.
        const learned = abortable(writers.leaders(topic), signal).catch(() => undefined)
        const [metadata] = await Promise.all([brokers.metadata([topic], signal), learned])
        const { brokers: alive, topics } = metadata
        return {
          brokers: alive.map(({ id, rack }) => ({ id, rack })),
          topic: topics.find(({ name }) => name === topic) ?? null
        }
      })
    },

    createTopic(assignment, { timeoutMs }) {
      const spec = {
        name: topic,
        partitions: assignment.length,
        replicationFactor: assignment[0]?.length ?? 1,
        configs: topicConfigs
      }
      return admin.createTopic(spec, { validateOnly: false, timeoutMs, assignment })
    },

    async addPartitions(total, added, { timeoutMs }) {
      const change = { name: topic, partitions: total, assignments: added }
      const refusals = await batches.addPartitions([change], { validateOnly: false, timeoutMs })
      const refusal = refusals.get(topic)
      if (refusal) throw refusal
    },

    async electPreferred(partitions, { timeoutMs }) {
      const places = partitions.map((partition) => ({ topic, partition }))
      const outcomes = await elections.electPreferred(places, { timeoutMs })
      const refused = outcomes.find(({ error }) => error !== null && error.kafkaError !== 'ELECTION_NOT_NEEDED')
      if (refused?.error) throw refused.error
    },

    offsets({ partition, leader, leaderEpoch }, deadline) {
      return withDeadline(deadline, closing.signal, async (signal) => {
        const led = [{ topic, partitions: [{ partition, leaderEpoch }] }]
        const [read] = await readLeaderOffsets(brokers.link(leader), led, signal)
        const { logStartOffset: start = null, logEndOffset: end = null } = read ?? {}
        if (start === null || end === null) {
          throw new KopsError('topic_not_ready', `The leader of ${topic}-${partition} does not report its offsets`)
        }
        return { start, end }
      })
    },

    async write({ partition, leader, id, at }) {
      const what = `Writing to ${topic}-${partition}`
      const value = Buffer.from(JSON.stringify({ id, at }))
      const batch = encodeBatch([{ key: Buffer.from(id), value, headers: [] }], at.getTime())
      const connection = await writers.connect(leader).catch((error: unknown) => {
        throw wrapKafkaError(error, what)
      })
      const [answer] = await writers.produce(connection, topic, [{ partition, batch }]).catch((error: unknown) => {
        writers.drop(leader)
        throw wrapKafkaError(error, what)
      })
      if (answer === undefined) throw new KopsError('kafka_timeout', `${what}: the broker's answer lacks it`)
      if (answer.errorCode !== 0) throw kafkaRefusal(answer.errorCode, what)
      return answer.baseOffset
    },

    read(leader, positions, { waitMs, ...deadline }) {
      return withDeadline(deadline, closing.signal, async (signal) => {
        const partitions = positions.map((position) => ({ ...position, maxBytes: readBytes }))
        const bounds = { maxWaitMs: waitMs, minBytes: 1, maxBytes: readBytes * partitions.length }
        const answers = await fetchRecords(brokers.link(leader), { topics: [{ topic, partitions }], ...bounds }, signal)
        const reads: ProbeRead[] = []
        for (const { partition, offset } of positions) {
          // An error of the whole request has no partition.
          const answer = answers.find((candidate) => candidate.partition === partition || candidate.partition < 0)
          reads.push(await toRead(topic, { partition, offset }, answer))
        }
        return reads
      })
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The probe is closed'))
      brokers.close()
      writers.close()
      await Promise.all([admin.close(), batches.close(), elections.close()])
    }
  }
}

async function toRead(
  topic: string,
  { partition, offset }: { partition: number; offset: number },
  answer: FetchedPartition | undefined
): Promise<ProbeRead> {
  const what = `Reading ${topic}-${partition} at ${offset}`
  if (answer === undefined) {
    return { partition, error: new KopsError('topic_not_ready', `${what}: the broker's answer lacks it`) }
  }
  if (answer.errorCode !== 0) return { partition, error: kafkaRefusal(answer.errorCode, what) }
  const ids: string[] = []
  let nextOffset = offset
  const span = { partition, from: offset, to: Number.MAX_SAFE_INTEGER }
  for await (const batch of decodeBatches(span, answer.records ?? Buffer.alloc(0), { aborted: answer.aborted })) {
    // Batches are read completely: a batch may start before the requested offset.
    for (const { key } of batch.records.between(offset, span.to, 'ascending'))
      if (key !== null) ids.push(key.toString())
    nextOffset = Math.max(nextOffset, batch.nextOffset)
  }
  return { partition, error: null, ids, nextOffset }
}
