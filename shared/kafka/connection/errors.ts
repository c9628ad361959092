import {
  GenericError,
  MultipleErrors,
  type ProtocolError,
  protocolErrors,
  protocolErrorsCodesById,
  ResponseError,
  TimeoutError
} from '@platformatic/kafka'
import { type ErrorCode, isKopsError, KopsError } from '../../errors/catalog.ts'
import { networkReason } from '../../errors/network-reason.ts'
import { securityFailure } from './security-errors.ts'

/** Kafka's error names as codes of the catalog. A name that is missing here becomes `kafka_refused`. */
const catalogCodes: Record<string, ErrorCode> = {
  TOPIC_ALREADY_EXISTS: 'topic_exists',
  INVALID_TOPIC_EXCEPTION: 'topic_name_invalid',
  INVALID_PARTITIONS: 'partitions_invalid',
  INVALID_REPLICATION_FACTOR: 'replication_factor_invalid',
  INVALID_REPLICA_ASSIGNMENT: 'reassignment_invalid',
  REASSIGNMENT_IN_PROGRESS: 'reassignment_conflict',
  INVALID_CONFIG: 'config_invalid',
  UNKNOWN_TOPIC_OR_PARTITION: 'topic_not_found',
  UNKNOWN_TOPIC_ID: 'topic_not_found',
  LEADER_NOT_AVAILABLE: 'topic_not_ready',
  NOT_LEADER_OR_FOLLOWER: 'topic_not_ready',
  REPLICA_NOT_AVAILABLE: 'topic_not_ready',
  FENCED_LEADER_EPOCH: 'topic_not_ready',
  UNKNOWN_LEADER_EPOCH: 'topic_not_ready',
  OFFSET_NOT_AVAILABLE: 'topic_not_ready',
  NOT_ENOUGH_REPLICAS: 'not_enough_replicas',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'not_enough_replicas',
  MESSAGE_TOO_LARGE: 'record_too_large',
  RECORD_LIST_TOO_LARGE: 'record_too_large',
  GROUP_ID_NOT_FOUND: 'group_not_found',
  NON_EMPTY_GROUP: 'group_active',
  GROUP_SUBSCRIBED_TO_TOPIC: 'group_active',
  NOT_CONTROLLER: 'controller_unavailable',
  STALE_CONTROLLER_EPOCH: 'controller_unavailable',
  COORDINATOR_LOAD_IN_PROGRESS: 'coordinator_unavailable',
  COORDINATOR_NOT_AVAILABLE: 'coordinator_unavailable',
  NOT_COORDINATOR: 'coordinator_unavailable',
  TOPIC_AUTHORIZATION_FAILED: 'kafka_not_authorized',
  GROUP_AUTHORIZATION_FAILED: 'kafka_not_authorized',
  CLUSTER_AUTHORIZATION_FAILED: 'kafka_not_authorized',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'kafka_not_authorized',
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: 'kafka_not_authorized',
  REQUEST_TIMED_OUT: 'kafka_timeout',
  BROKER_NOT_AVAILABLE: 'broker_unreachable',
  NETWORK_EXCEPTION: 'broker_unreachable'
}

/** Kafka says so of a topic that may not be described, whether it exists or not. */
export const topicAuthorizationFailed = 29

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'PLT_KFK_NETWORK'
])
const kafkajsNetworkNames = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNumberOfRetriesExceeded'
])
const kafkajsTimeoutNames = new Set(['KafkaJSRequestTimeoutError', 'KafkaJSTimeout'])

/** Kafka's name of an error code, `TOPIC_ALREADY_EXISTS`; `UNKNOWN_SERVER_ERROR` for an unknown code. */
export function kafkaErrorName(code: number): string {
  return protocolErrorsCodesById[code] ?? 'UNKNOWN_SERVER_ERROR'
}

/**
 * An error code in a response, as an error of the catalog.
 * @param what the request, as the start of a sentence: `Creating log-events`
 * @param brokerMessage the broker's own message, if any
 */
export function kafkaRefusal(code: number, what: string, brokerMessage?: string | null, cause?: unknown): KopsError {
  return named(kafkaErrorName(code), what, brokerMessage, cause)
}

/**
 * Wraps any error of a Kafka client (@platformatic/kafka or kafkajs) once as an error of the catalog with its cause.
 * The first protocol error in it decides; without one it is a timeout, an unreachable broker, or `internal`.
 * @param what the request, as the start of a sentence: `Creating log-events`
 */
export function wrapKafkaError(error: unknown, what: string): KopsError {
  if (isKopsError(error)) return error
  const chain = errorsWithin(error)
  const insecure = securityFailure(chain)
  if (insecure) return new KopsError(insecure.code, `${what}: ${insecure.message}`, { cause: error })
  for (const { apiId, serverErrorMessage, name, type, message } of chain) {
    if (typeof apiId === 'string') return named(apiId, what, textOf(serverErrorMessage), error)
    // kafkajs: the type is Kafka's name, and the message is Kafka's own or, for a topic, the broker's.
    if (typeof name === 'string' && name.startsWith('KafkaJS') && typeof type === 'string') {
      return named(kafkajsName(type), what, textOf(message), error)
    }
  }
  if (chain.some((item) => item instanceof TimeoutError || kafkajsTimeoutNames.has(String(item['name'])))) {
    return new KopsError('kafka_timeout', `${what}: no answer in time`, { cause: error })
  }
  const network = chain.find(
    ({ code, name }) => networkCodes.has(String(code)) || kafkajsNetworkNames.has(String(name))
  )
  if (network) {
    // The innermost error has the reason: ECONNREFUSED rather than a failed connection.
    const reason = chain.findLast(({ code }) => networkCodes.has(String(code))) ?? network
    return new KopsError('broker_unreachable', `${what}: ${networkReason(reason['code']) ?? 'the connection failed'}`, {
      cause: error
    })
  }
  return new KopsError('internal', `${what} failed unexpectedly`, { cause: error })
}

function named(kafkaError: string, what: string, message: string | null | undefined, cause: unknown): KopsError {
  const detail = message || protocolErrors[kafkaError]?.message || kafkaError
  return new KopsError(catalogCodes[kafkaError] ?? 'kafka_refused', `${what}: ${detail}`, { kafkaError, cause })
}

/**
 * An error, the errors that it aggregates and their causes, outermost first. Bounded, because causes may be circular.
 */
function errorsWithin(error: unknown): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = []
  const queue: unknown[] = [error]
  while (queue.length > 0 && found.length < 100) {
    const item = queue.shift()
    if (!isRecord(item)) continue
    found.push(item)
    if (Array.isArray(item['errors'])) queue.push(...item['errors'])
    queue.push(item['cause'])
  }
  return found
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** kafkajs still uses the name that code 6 had before Kafka 2.6. */
function kafkajsName(type: string): string {
  return type === 'NOT_LEADER_FOR_PARTITION' ? 'NOT_LEADER_OR_FOLLOWER' : type
}

export interface KafkaRefusal {
  /** Kafka's name of the error: `INVALID_CONFIG`. */
  kafkaError: string
  /** Kafka's own words for this case, if the broker sent any. */
  message: string | undefined
}

/** The error that a broker answered with, wherever the client has put it; undefined when no broker answered. */
export function protocolErrorOf(error: unknown): KafkaRefusal | undefined {
  const found = find(error)
  if (found === undefined) return undefined
  const kafkaError: unknown = found['apiId']
  const message: unknown = found['serverErrorMessage']
  return typeof kafkaError === 'string'
    ? { kafkaError, message: typeof message === 'string' && message !== '' ? message : undefined }
    : undefined
}

function find(error: unknown): ProtocolError | undefined {
  if (error instanceof MultipleErrors) return error.errors.map(find).find((found) => found !== undefined)
  return error instanceof GenericError && error.code === 'PLT_KFK_PROTOCOL' ? error : undefined
}

/**
 * The client throws if any code in a response is an error, and attaches the whole response. This returns that response, so that one
 * refusal does not hide what succeeded beside it.
 * @param unless which errors to throw all the same
 */
export async function wholeAnswer<T>(
  answer: Promise<T>,
  unless: (error: ResponseError) => boolean = () => false
): Promise<T> {
  return answer.catch((error: unknown) => {
    if (!(error instanceof ResponseError) || error['response'] === undefined || unless(error)) throw error
    return error['response'] as T
  })
}
