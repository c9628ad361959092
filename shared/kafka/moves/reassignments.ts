import { alterPartitionReassignmentsV0, listPartitionReassignmentsV0 } from '@platformatic/kafka'
import { KopsError } from '../../errors/catalog.ts'
import { answerOfController, brokerTimeout, createController } from '../connection/controller.ts'
import { kafkaRefusal, wrapKafkaError } from '../connection/errors.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { comparePlaces, type PartitionPlace } from '../model.ts'
import type { OngoingReassignment, ReassignmentOutcome, Reassignments } from './port.ts'

/** The Reassignments port: AlterPartitionReassignments and ListPartitionReassignments, version 0 of both (Kafka 2.4 on). */
export function createReassignments(options: ConnectionOptions): Reassignments {
  const controller = createController(options)

  return {
    async alter(targets, { timeoutMs }) {
      if (targets.length === 0) return []
      const topics = byTopic(targets).map(([name, partitions]) => ({
        name,
        partitions: partitions.map(({ partition, replicas }) => ({ partitionIndex: partition, replicas }))
      }))
      const response = await controller
        .change(timeoutMs, (connection, remainingMs) =>
          // Version 1 added the flag that allows changing the replication factor (KIP-860); before, it was always
          // allowed.
          answerOfController(
            alterPartitionReassignmentsV0.api.async(connection, brokerTimeout(remainingMs), true, topics)
          )
        )
        .catch((error) => {
          throw wrapKafkaError(error, 'Reassigning partitions')
        })
      if (response.errorCode !== 0) {
        throw kafkaRefusal(response.errorCode, 'Reassigning partitions', response.errorMessage)
      }
      return outcomesOf(targets, response.responses)
    },

    async list(places, { timeoutMs }) {
      const topics =
        places === undefined
          ? null
          : byTopic(places).map(([name, partitions]) => ({
              name,
              partitionIndexes: partitions.map(({ partition }) => partition)
            }))
      const response = await controller
        .change(timeoutMs, (connection, remainingMs) =>
          answerOfController(listPartitionReassignmentsV0.api.async(connection, brokerTimeout(remainingMs), topics))
        )
        .catch((error) => {
          throw wrapKafkaError(error, 'Listing reassignments')
        })
      if (response.errorCode !== 0) {
        throw kafkaRefusal(response.errorCode, 'Listing reassignments', response.errorMessage)
      }
      return response.topics
        .flatMap(({ name, partitions }) =>
          partitions.map(
            ({ partitionIndex, replicas, addingReplicas, removingReplicas }): OngoingReassignment => ({
              topic: name,
              partition: partitionIndex,
              replicas,
              addingReplicas,
              removingReplicas
            })
          )
        )
        .sort(comparePlaces)
    },

    async close() {
      controller.close()
    }
  }
}

/** Groups partitions by topic, as requests carry them. */
export function byTopic<T extends PartitionPlace>(places: readonly T[]): [string, T[]][] {
  return [...Map.groupBy(places, ({ topic }) => topic)]
}

interface AnsweredTopic {
  name: string
  partitions: { partitionIndex: number; errorCode: number; errorMessage?: string | null | undefined }[]
}

function outcomesOf(targets: readonly PartitionPlace[], answered: readonly AnsweredTopic[]): ReassignmentOutcome[] {
  const answers = new Map(
    answered.flatMap(({ name, partitions }) =>
      partitions.map((answer) => [`${name}-${answer.partitionIndex}`, answer] as const)
    )
  )
  return targets.map(({ topic, partition }) => ({ topic, partition, error: refusalOf(topic, partition, answers) }))
}

function refusalOf(
  topic: string,
  partition: number,
  answers: ReadonlyMap<string, AnsweredTopic['partitions'][number]>
): KopsError | null {
  const name = `${topic}-${partition}`
  const answer = answers.get(name)
  if (answer === undefined) return new KopsError('internal', `The controller's answer lacks ${name}`)
  if (answer.errorCode === 0) return null
  return kafkaRefusal(answer.errorCode, `Reassigning ${name}`, answer.errorMessage)
}
