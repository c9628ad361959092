import { ProtocolError } from '@platformatic/kafka'
import { KopsError } from '../errors/catalog.ts'
import type { Elections } from './elections-port.ts'
import { electionTypes, electLeadersV2 } from './elections-protocol.ts'
import { kafkaErrorName, kafkaRefusal, wrapKafkaError } from './kafka-errors.ts'
import { byTopic } from './reassignments.ts'
import { onController } from './topic-admin-controller.ts'
import { brokerTimeout, createControllerTarget, type TopicAdminOptions } from './topic-admin-requests.ts'

/** The Elections port: ElectLeaders, version 2 (Kafka 2.4 on). */
export function createElections(options: TopicAdminOptions): Elections {
  const controller = createControllerTarget(options)

  return {
    async electPreferred(places, { timeoutMs }) {
      if (places.length === 0) return []
      const topics = byTopic(places).map(([topic, partitions]) => ({
        topic,
        partitions: partitions.map(({ partition }) => partition)
      }))
      const response = await onController(controller.within(timeoutMs), async (connection, remainingMs) => {
        const answer = await electLeadersV2.async(
          connection,
          electionTypes.preferred,
          topics,
          brokerTimeout(remainingMs)
        )
        // For onController to look for another one.
        if (kafkaErrorName(answer.errorCode) === 'NOT_CONTROLLER') throw new ProtocolError(answer.errorCode, null)
        return answer
      }).catch((error) => {
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
          : new KopsError('internal', `${what}: the controller left it out of its answer`)
        return { topic, partition, error }
      })
    },

    async close() {
      controller.close()
    }
  }
}
