import { createPartitionsV3, createTopicsV7, incrementalAlterConfigsV1, ResponseError } from '@platformatic/kafka'
import { answerOfController, brokerTimeout, createController } from '../connection/controller.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { creationOf } from '../protocol/create-topics.ts'
import { alterationOf } from '../protocol/incremental-alter-configs.ts'
import { toTopicError } from './errors.ts'
import type { Refusals, TopicBatches } from './port.ts'

/** A broker's answer for one topic of a batch. */
interface TopicAnswer {
  name: string
  errorCode: number
  errorMessage: string | null | undefined
}

/** The TopicBatches port: one request to the controller a batch, however many topics it has. */
export function createTopicBatches(options: ConnectionOptions): TopicBatches {
  const controller = createController(options)

  return {
    async createTopics(specs, { validateOnly, timeoutMs }) {
      if (specs.length === 0) return new Map()
      const request = specs.map(({ assignment, ...spec }) => creationOf(spec, assignment))
      const { topics } = await controller
        .change(timeoutMs, (connection, remainingMs) =>
          answerOfController(createTopicsV7.api.async(connection, request, brokerTimeout(remainingMs), validateOnly))
        )
        .catch(unanswered)
      return refusalsOf(topics, new Map(specs.map(({ name, configs = {} }) => [name, Object.keys(configs)])))
    },

    async addPartitions(changes, { validateOnly, timeoutMs }) {
      if (changes.length === 0) return new Map()
      const request = changes.map(({ name, partitions, assignments }) => ({
        name,
        count: partitions,
        assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null
      }))
      const { results } = await controller
        .change(timeoutMs, (connection, remainingMs) =>
          answerOfController(
            createPartitionsV3.api.async(connection, request, brokerTimeout(remainingMs), validateOnly)
          )
        )
        .catch(unanswered)
      return refusalsOf(results)
    },

    async setConfigs(changes, { validateOnly, timeoutMs }) {
      if (changes.length === 0) return new Map()
      const request = changes.map(({ name, configs }) => alterationOf('topic', name, configs))
      const { responses } = await controller
        .change(timeoutMs, (connection) =>
          answerOfController(incrementalAlterConfigsV1.api.async(connection, request, validateOnly))
        )
        .catch(unanswered)
      const answers = responses.map(({ resourceName, ...answer }) => ({ ...answer, name: resourceName }))
      return refusalsOf(answers, new Map(changes.map(({ name, configs }) => [name, Object.keys(configs)])))
    },

    async close() {
      controller.close()
    }
  }
}

function unanswered(error: unknown): never {
  throw toTopicError(error)
}

/** @param configs names of the overrides that were sent, by topic */
function refusalsOf(answers: TopicAnswer[], configs = new Map<string, string[]>()): Refusals {
  const refused = answers.filter(({ errorCode }) => errorCode !== 0)
  return new Map(
    refused.map(({ name, errorCode, errorMessage }) => [
      name,
      toTopicError(new ResponseError(0, 0, { [name]: [errorCode, errorMessage ?? null] }, {}), configs.get(name))
    ])
  )
}
