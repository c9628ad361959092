import { type ErrorCode, fieldError, KopsError } from '../../errors/catalog.ts'
import { type KafkaRefusal, protocolErrorOf } from '../connection/errors.ts'
import { configField } from '../protocol/incremental-alter-configs.ts'

/** Refusals that concern one field of a topic, by Kafka's name of the error. */
const fields: Record<string, { code: ErrorCode; field: string }> = {
  TOPIC_ALREADY_EXISTS: { code: 'topic_exists', field: 'topicName' },
  INVALID_TOPIC_EXCEPTION: { code: 'topic_name_invalid', field: 'topicName' },
  UNKNOWN_TOPIC_OR_PARTITION: { code: 'topic_not_found', field: 'topicName' },
  INVALID_PARTITIONS: { code: 'partitions_invalid', field: 'partitions' },
  INVALID_REPLICA_ASSIGNMENT: { code: 'assignment_invalid', field: 'assignment' },
  INVALID_REPLICATION_FACTOR: { code: 'replication_factor_invalid', field: 'replicationFactor' }
}

/**
 * Maps a broker's refusal to the error catalog.
 * @param configs names of the overrides that were sent: the one that Kafka's message names becomes the field
 * @returns the error itself if it is already a KopsError
 */
export function toTopicError(error: unknown, configs: string[] = []): KopsError {
  if (error instanceof KopsError) return error
  const refusal = protocolErrorOf(error)
  if (refusal === undefined) {
    return new KopsError('kafka_timeout', 'Kafka did not answer', { cause: error })
  }
  const { kafkaError } = refusal
  const message = wordsOf(refusal)
  const options = { cause: error, kafkaError }
  const known = fields[kafkaError]
  if (known) return fieldError(known.code, known.field, message, options)
  switch (kafkaError) {
    case 'INVALID_CONFIG':
      return fieldError('config_invalid', configField(message, configs), message, options)
    case 'REQUEST_TIMED_OUT':
      return new KopsError('kafka_timeout', 'Kafka did not finish the change in time, but may still do so', options)
    case 'NOT_CONTROLLER':
      return new KopsError('controller_unavailable', 'The controller is moving to another broker', options)
    default:
      return new KopsError('kafka_refused', message, options)
  }
}

/** Kafka's own words without the Java around them; some errors come without any. */
function wordsOf({ kafkaError, message }: KafkaRefusal): string {
  if (message !== undefined) return message.replace(/^Invalid config value for resource ConfigResource\([^)]*\): /, '')
  return kafkaError === 'UNKNOWN_TOPIC_OR_PARTITION' ? 'This topic does not exist.' : kafkaError
}
