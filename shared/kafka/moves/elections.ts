import { ListOffsetTimestamps, ProtocolError } from '@platformatic/kafka'
import { KopsError } from '../../errors/catalog.ts'
import { brokerTimeout, createController } from '../connection/controller.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal, wrapKafkaError } from '../connection/errors.ts'
import { askEach, toWarnings } from '../connection/fan-out.ts'
import type { BrokerLink } from '../connection/link.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { poolOf } from '../connection/pool.ts'
import { brokerName, type PartitionPlace } from '../model.ts'
import { electionTypes, electLeadersV2 } from '../protocol/elect-leaders.ts'
import { listOffsets } from '../protocol/list-offsets.ts'
import type { ElectionOutcome, Elections, Replica, ReplicaEnd } from './port.ts'
import { byTopic } from './reassignments.ts'

/**
 * A replica id that no broker has and no consumer sends (ListOffsetsRequest.DEBUGGING_REPLICA_ID): with it a broker answers for
 * a replica that does not lead, with the end of its log instead of the high watermark.
 */
const debuggingReplicaId = -2

/** The Elections port: ElectLeaders, version 2 (Kafka 2.4 on), and ListOffsets for replicas that do not lead. */
export function createElections(options: ConnectionOptions): Elections {
  const pool = poolOf(options)
  const { brokers } = pool
  const controller = createController({ ...options, pool })
  const closing = new AbortController()

  async function elect(electionType: number, places: PartitionPlace[], timeoutMs: number): Promise<ElectionOutcome[]> {
    if (places.length === 0) return []
    const topics = byTopic(places).map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition }) => partition)
    }))
    const response = await controller
      .change(timeoutMs, async (connection, remainingMs) => {
        const answer = await electLeadersV2.async(connection, electionType, topics, brokerTimeout(remainingMs))
        // So that another controller is looked for.
        if (kafkaErrorName(answer.errorCode) === 'NOT_CONTROLLER') throw new ProtocolError(answer.errorCode, null)
        return answer
      })
      .catch((error) => {
        throw wrapKafkaError(error, 'Electing leaders')
      })
    if (response.errorCode !== 0) throw kafkaRefusal(response.errorCode, 'Electing leaders')
    const answers = new Map(
      response.replicaElectionResults.flatMap(({ topic, partitionResults }) =>
        partitionResults.map((answer) => [`${topic}-${answer.partitionId}` as string, answer] as const)
      )
    )
    return places.map(({ topic, partition }) => {
      const name: string = `${topic}-${partition}`
      const answer = answers.get(name)
      if (answer?.errorCode === 0) return { topic, partition, error: null }
      const what = `Electing the leader of ${name}`
      const error = answer
        ? kafkaRefusal(answer.errorCode, what, answer.errorMessage)
        : new KopsError('internal', `${what}: the controller's answer lacks it`)
      return { topic, partition, error }
    })
  }

  return {
    electPreferred: (places, { timeoutMs }) => elect(electionTypes.preferred, places, timeoutMs),

    electUnclean: (places, { timeoutMs }) => elect(electionTypes.unclean, places, timeoutMs),

    logEnds(replicas, deadline) {
      return withDeadline(deadline, closing.signal, async (signal) => {
        if (replicas.length === 0) return { value: [], warnings: [] }
        await brokers.ids(signal)
        const byBroker = Map.groupBy(replicas, ({ broker }) => broker)
        const { answers, failures } = await askEach(byBroker, 'Reading the ends of logs', ([broker, own]) =>
          readLogEnds(brokers.link(broker), own, signal)
        )
        return {
          value: answers.flatMap(([, ends]) => ends),
          warnings: toWarnings(failures, ([broker]) => brokerName(broker))
        }
      })
    },

    async close() {
      closing.abort()
      controller.close()
      pool.close()
    }
  }
}

/** The ends of the logs of replicas that one broker has. */
async function readLogEnds(link: BrokerLink, replicas: readonly Replica[], signal: AbortSignal): Promise<ReplicaEnd[]> {
  const broker = replicas[0]?.broker ?? -1
  const topics = byTopic(replicas).map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, leaderEpoch: null }))
  }))
  const response = await listOffsets(link, topics, ListOffsetTimestamps.LATEST, signal, {
    replicaId: debuggingReplicaId
  })
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partitionIndex, errorCode, offset }) =>
      errorCode === 0 ? [{ broker, topic: name, partition: partitionIndex, logEnd: Number(offset) }] : []
    )
  )
}
