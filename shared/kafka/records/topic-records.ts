import { deleteRecordsV2, ListOffsetTimestamps, listOffsetsV7, listOffsetsV8, listOffsetsV9 } from '@platformatic/kafka'
import { KopsError } from '../../errors/catalog.ts'
import { createBrokers } from '../connection/brokers.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaRefusal } from '../connection/errors.ts'
import { askEach, toWarnings } from '../connection/fan-out.ts'
import type { BrokerLink } from '../connection/link.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { brokerName, type TopicMetadata } from '../model.ts'
import { byLeader, type LedPartitions, listOffsets, offsetsAtTime } from '../protocol/list-offsets.ts'
import type { TopicRecords } from './port.ts'

/** Version 7 added the latest timestamp (KIP-734, Kafka 3.0). */
const versions = [listOffsetsV9.api, listOffsetsV8.api, listOffsetsV7.api] as const
/** The broker answers this long before the client stops waiting. */
const answerMarginMs = 200

/** The TopicRecords port, over one kept connection to each broker. */
export function createTopicRecords(options: ConnectionOptions): TopicRecords {
  const brokers = createBrokers(options)
  const closing = new AbortController()

  /** Sends one request to each leader of a topic's partitions. */
  async function askLeaders<T>(
    topic: TopicMetadata,
    what: string,
    signal: AbortSignal,
    ask: (leader: number, partitions: LedPartitions[]) => Promise<T>
  ) {
    const { led, leaderless } = byLeader([topic])
    if (led.size > 0) await brokers.ids(signal)
    const { answers, failures } = await askEach(led, what, ([leader, partitions]) => ask(leader, partitions))
    const warnings = [
      ...toWarnings(failures, ([leader]) => brokerName(leader)),
      ...leaderless.map(({ partition }) => ({
        code: 'topic_not_ready',
        message: 'The partition currently has no leader',
        target: `${topic.name}-${partition}`
      }))
    ]
    return { answers: answers.map(([, answer]) => answer), failures, leaderless, warnings }
  }

  return {
    offsetsAt(topic, at, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { answers, warnings } = await askLeaders(topic, 'Looking up offsets', signal, (leader, partitions) =>
          offsetsAtTime(brokers.link(leader), partitions, at.getTime(), signal)
        )
        return { value: new Map(answers.flat().map(({ partition, offset }) => [partition, offset])), warnings }
      })
    },

    lastWrite(topic, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const { answers, warnings } = await askLeaders(topic, 'Reading timestamps', signal, (leader, partitions) =>
          maxTimestamp(brokers.link(leader), partitions, signal)
        )
        const latest = Math.max(-1, ...answers)
        return { value: { at: latest < 0 ? null : new Date(latest) }, warnings }
      })
    },

    deleteRecords(topic, before, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const meant = { ...topic, partitions: topic.partitions.filter(({ partition }) => before.has(partition)) }
        const { answers, failures, leaderless } = await askLeaders(
          meant,
          'Deleting records',
          signal,
          (leader, partitions) =>
            deleteRecordsBefore(brokers.link(leader), partitions, before, options.deadlineMs, signal)
        )
        const refused = new Map(answers.flatMap((errors) => [...errors]))
        for (const [[, partitions], error] of failures) {
          for (const { partition } of partitions.flatMap(({ partitions }) => partitions)) refused.set(partition, error)
        }
        for (const { partition } of leaderless) {
          refused.set(partition, new KopsError('topic_not_ready', 'The partition currently has no leader'))
        }
        return refused
      })
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The service is closing'))
      brokers.close()
    }
  }
}

/**
 * The latest timestamp of all these partitions, ms since 1970; -1 if they are empty.
 * @throws KopsError of the first partition that the broker does not report: then the last write is unknown
 */
async function maxTimestamp(link: BrokerLink, topics: readonly LedPartitions[], signal: AbortSignal): Promise<number> {
  const response = await listOffsets(link, topics, ListOffsetTimestamps.MAX, signal, { versions })
  const partitions = response.topics.flatMap(({ partitions }) => partitions)
  const failed = partitions.find(({ errorCode }) => errorCode !== 0)
  if (failed) throw kafkaRefusal(failed.errorCode, `Reading the timestamps of partition ${failed.partitionIndex}`)
  return Math.max(-1, ...partitions.map(({ timestamp }) => Number(timestamp)))
}

/** @returns the errors of the partitions that were refused */
async function deleteRecordsBefore(
  link: BrokerLink,
  topics: readonly LedPartitions[],
  before: ReadonlyMap<number, number>,
  deadlineMs: number,
  signal: AbortSignal
): Promise<Map<number, KopsError>> {
  const wanted = topics.map(({ topic, partitions }) => ({
    name: topic,
    partitions: partitions.flatMap(({ partition }) => {
      const offset = before.get(partition)
      return offset === undefined ? [] : [{ partitionIndex: partition, offset: BigInt(offset) }]
    })
  }))
  const timeoutMs = Math.max(1, deadlineMs - answerMarginMs)
  const response = await link.request([deleteRecordsV2.api], [wanted, timeoutMs], signal)
  return new Map(
    response.topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ errorCode }) => errorCode !== 0)
        .map(({ partitionIndex, errorCode }): [number, KopsError] => [
          partitionIndex,
          kafkaRefusal(errorCode, `Deleting records of ${name}-${partitionIndex}`)
        ])
    )
  )
}
