import { boundedText } from '../bounded-text.ts'
import type { GuardResult } from '../contracts/guard-result.ts'

/**
 * Every error that kops reports, by its stable code: HTTP status, title, and whether the same request may succeed later.
 * Codes are part of the API: add, never rename.
 */
export const errorCatalog = {
  // The request
  validation_failed: { status: 400, title: 'The request is not valid', retriable: false },
  malformed_json: { status: 400, title: 'The body is not valid JSON', retriable: false },
  not_found: { status: 404, title: 'Not found', retriable: false },
  payload_too_large: { status: 413, title: 'The body is too large', retriable: false },
  headers_too_large: { status: 431, title: 'The headers are too large', retriable: false },
  request_timeout: { status: 408, title: 'The request took too long to arrive', retriable: true },
  unsupported_media_type: { status: 415, title: 'The media type of the body is not supported', retriable: false },
  host_refused: { status: 421, title: 'The Host header does not name this machine', retriable: false },
  origin_refused: { status: 403, title: 'Web pages of other origins are refused', retriable: false },
  unauthenticated: { status: 401, title: 'Authentication required', retriable: false },
  forbidden: { status: 403, title: 'The role or the limits of the caller do not allow this', retriable: false },
  rate_limited: { status: 429, title: 'Too many requests', retriable: true },
  identity_unavailable: { status: 503, title: 'Identity cannot be verified right now', retriable: true },

  // Topics
  topic_not_found: { status: 404, title: 'The topic does not exist', retriable: false },
  topic_exists: { status: 409, title: 'The topic already exists', retriable: false },
  topic_name_invalid: { status: 400, title: 'Kafka forbids this topic name', retriable: false },
  topic_name_collides: {
    status: 409,
    title: 'The name differs from another topic only in "." and "_"',
    retriable: false
  },
  topic_protected: { status: 403, title: 'The topic is protected', retriable: false },
  partitions_invalid: { status: 400, title: 'The number of partitions is not possible', retriable: false },
  replication_factor_invalid: { status: 400, title: 'The replication factor is not possible', retriable: false },
  assignment_invalid: { status: 400, title: 'The replica assignment is not possible', retriable: false },
  growth_unconfirmed: { status: 409, title: 'So many partitions need a reason', retriable: false },
  policy_broken: { status: 409, title: 'The policy of a catalog forbids this', retriable: false },
  topic_in_use: { status: 409, title: 'The topic is in use', retriable: true },
  topic_spec_unknown: { status: 404, title: 'There is no saved spec of this topic', retriable: false },
  config_invalid: { status: 400, title: 'The topic configuration is not valid', retriable: false },
  topic_not_ready: { status: 503, title: 'The topic is not ready yet', retriable: true },

  // Brokers and where partitions are
  broker_not_found: { status: 404, title: 'The broker does not exist', retriable: false },
  broker_in_use: { status: 409, title: 'The cluster still uses the broker', retriable: false },
  broker_config_invalid: { status: 400, title: 'The broker configuration is not valid', retriable: false },
  reassignment_invalid: { status: 400, title: 'The replica placement is not possible', retriable: false },
  reassignment_conflict: { status: 409, title: 'Another reassignment is in progress', retriable: true },
  data_loss_not_accepted: {
    status: 409,
    title: 'Records would be lost, which the request does not accept',
    retriable: false
  },
  drain_unsafe: { status: 409, title: 'Draining the broker would leave partitions short of replicas', retriable: true },
  drain_impossible: { status: 409, title: 'Not all replicas can move off the broker', retriable: false },

  // Groups and messages
  group_not_found: { status: 404, title: 'The consumer group does not exist', retriable: false },
  group_active: { status: 409, title: 'The consumer group has active members', retriable: false },
  record_too_large: { status: 413, title: 'A record is larger than the topic accepts', retriable: false },
  event_invalid: { status: 422, title: 'The event does not have the fields of its type', retriable: false },
  too_many_tails: { status: 429, title: 'Too many live tails are open', retriable: true },

  // Kafka and ZooKeeper
  broker_unreachable: { status: 503, title: 'A broker cannot be reached', retriable: true },
  cluster_unreachable: { status: 503, title: 'No broker can be reached', retriable: true },
  controller_unavailable: { status: 503, title: 'The cluster currently has no controller', retriable: true },
  metadata_unavailable: {
    status: 503,
    title: "The cluster's metadata cannot be read or changed without a quorum",
    retriable: true
  },
  coordinator_unavailable: { status: 503, title: 'The group currently has no coordinator', retriable: true },
  kafka_timeout: { status: 504, title: 'Kafka did not answer in time', retriable: true },
  kafka_refused: { status: 409, title: 'Kafka refused the request', retriable: false },
  kafka_tls_failed: { status: 503, title: 'There is no secure connection to Kafka', retriable: false },
  kafka_login_refused: { status: 503, title: 'Kafka refused the login of kops', retriable: false },
  kafka_not_authorized: { status: 403, title: 'Kafka does not allow kops to do this', retriable: false },
  cluster_mismatch: { status: 409, title: 'The request is for another cluster', retriable: false },
  acls_unavailable: { status: 409, title: 'The cluster has no authorizer', retriable: false },
  broker_disk_low: { status: 409, title: 'A broker has too little free disk space', retriable: true },
  not_enough_replicas: { status: 503, title: 'Too few in-sync replicas to accept writes', retriable: true },
  exporter_unreachable: { status: 503, title: 'The metrics exporter of a broker cannot be read', retriable: true },
  zookeeper_unreachable: { status: 503, title: 'A ZooKeeper node cannot be reached', retriable: true },

  prometheus_unreachable: { status: 503, title: 'Prometheus cannot be reached', retriable: true },
  prometheus_not_configured: { status: 409, title: 'No Prometheus is configured', retriable: false },
  alertmanager_unreachable: { status: 503, title: 'Alertmanager cannot be reached', retriable: true },
  alertmanager_not_configured: { status: 409, title: 'No Alertmanager is configured', retriable: false },
  connect_not_configured: { status: 409, title: 'No Kafka Connect is configured', retriable: false },
  connect_unreachable: { status: 503, title: 'Kafka Connect cannot be reached', retriable: true },
  connect_rebalancing: { status: 409, title: 'The workers are redistributing their tasks', retriable: true },
  connector_not_found: { status: 404, title: 'The connector or task does not exist', retriable: false },
  maintenance_not_found: { status: 404, title: 'Maintenance window not found', retriable: false },
  too_many_streams: { status: 429, title: 'Too many event streams are open', retriable: true },

  audit_unavailable: { status: 503, title: 'The audit trail cannot be written', retriable: true },

  // Long-running work
  job_not_found: { status: 404, title: 'The job does not exist', retriable: false },
  job_conflict: { status: 409, title: 'Another job is running', retriable: true },
  load_workers_missing: { status: 409, title: 'Too few load workers have joined', retriable: true },
  baseline_not_found: { status: 404, title: 'The baseline does not exist', retriable: false },
  job_finished: { status: 409, title: 'The job has already ended', retriable: false },

  // The managed cluster and its agent
  agent_unreachable: { status: 503, title: 'The cluster agent cannot be reached', retriable: true },
  node_not_found: { status: 404, title: 'The node does not exist', retriable: false },
  cluster_unhealthy: { status: 409, title: 'The cluster is currently not healthy', retriable: true },
  replicas_insufficient: { status: 409, title: 'The replicas do not suffice without the broker', retriable: false },
  node_state_conflict: { status: 409, title: 'The node is not in a state that allows this', retriable: false },
  fault_not_found: { status: 404, title: 'The fault does not exist', retriable: false },
  fault_conflict: { status: 409, title: 'Another fault is active', retriable: true },
  drill_unsafe: { status: 409, title: 'The drill could do more harm than it may', retriable: false },
  fault_unavailable: { status: 422, title: 'This fault cannot be injected here', retriable: false },
  runtime_failed: { status: 500, title: 'The runtime failed', retriable: false },

  storage_unavailable: { status: 503, title: 'The disk is full or cannot be written', retriable: true },
  service_unreachable: { status: 503, title: 'A service of kops cannot be reached', retriable: true },
  internal: { status: 500, title: 'Something went wrong inside kops', retriable: false }
} as const satisfies Record<string, { status: number; title: string; retriable: boolean }>

export type ErrorCode = keyof typeof errorCatalog

export interface FieldError {
  /** The field as the caller wrote it: `eventCount`, `configs.retention.ms`. */
  field: string
  message: string
}

export interface KopsErrorOptions {
  cause?: unknown
  /** Kafka's own name of the error, `TOPIC_ALREADY_EXISTS`. */
  kafkaError?: string | undefined
  errors?: FieldError[]
  /** The request that a service refused, by the id under which its log and the audit trail have it. */
  requestId?: string | undefined
  /** When the client may retry the request (`Retry-After`). */
  retryAfterSeconds?: number
  /** All conditions that were looked at, where the first that failed is the error. */
  guards?: readonly GuardResult[] | undefined
  /** When a service that cannot be reached last answered. */
  lastAnswerAt?: Date | undefined
}

/** How many fields an error names; it says how many more there are. */
export const longestErrors = 20
/** In bytes of JSON. */
const longestDetail = 8000
const longestField = 300
const longestMessage = 1000

/** An error of the catalog. Adapters wrap what they catch once, with its cause; routes let it pass. */
export class KopsError extends Error {
  readonly code: ErrorCode
  readonly kafkaError: string | undefined
  readonly errors: FieldError[] | undefined
  readonly requestId: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly guards: readonly GuardResult[] | undefined
  readonly lastAnswerAt: Date | undefined

  /**
   * Keeps errors small, however much of a request is wrong: they are answered, logged and audited.
   * @param detail what happened, for the caller; no internals
   */
  constructor(code: ErrorCode, detail: string, options: KopsErrorOptions = {}) {
    const more = (options.errors?.length ?? 0) - longestErrors
    const shortened = boundedText(detail, longestDetail) + (more > 0 ? ` (and ${more} more fields)` : '')
    super(shortened, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'KopsError'
    this.code = code
    this.kafkaError = options.kafkaError
    this.errors = options.errors?.slice(0, longestErrors).map(({ field, message }) => ({
      field: boundedText(field, longestField),
      message: boundedText(message, longestMessage)
    }))
    this.requestId = options.requestId
    this.retryAfterSeconds = options.retryAfterSeconds
    this.guards = options.guards
    this.lastAnswerAt = options.lastAnswerAt
  }

  get status(): number {
    return errorCatalog[this.code].status
  }

  get title(): string {
    return errorCatalog[this.code].title
  }

  get retriable(): boolean {
    return errorCatalog[this.code].retriable
  }
}

/** A refusal that names one field of the request. */
export function fieldError(code: ErrorCode, field: string, message: string, options: KopsErrorOptions = {}): KopsError {
  return new KopsError(code, `${field}: ${message}`, { ...options, errors: [{ field, message }] })
}

/** Whether an unknown error is one of the catalog, and has this code if one is given. */
export function isKopsError(error: unknown, code?: ErrorCode): error is KopsError {
  return error instanceof KopsError && (code === undefined || error.code === code)
}
