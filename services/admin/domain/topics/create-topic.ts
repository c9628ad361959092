import type { Warning } from '../../../../shared/contracts/common.ts'
import type {
  Assignment,
  CreateTopicQuery,
  NewTopic,
  TopicPlan,
  TopicSpec
} from '../../../../shared/contracts/topics.ts'
import { type FieldError, fieldError, isKopsError, KopsError } from '../../../../shared/errors/catalog.ts'
import type { ClusterReader, TopicAdmin } from '../../../../shared/kafka/ports.ts'
import { notReady, type Waiting, waitForAgreement } from './agreement.ts'
import { isProtected, protectedTopicError } from './protected-topics.ts'

export interface ChangePorts {
  reader: ClusterReader
  admin: TopicAdmin
}

export interface ChangeOptions extends Waiting {
  /** How long Kafka may take to accept a change; longer than the election of a new controller. */
  changeTimeoutMs: number
}

const specFields = ['topicName', 'partitions', 'replicationFactor'] as const

/** A topic to be made: its spec, and where its replicas are to be when the caller says. */
export interface TopicToMake {
  spec: TopicSpec
  assignment?: Assignment
}

/**
 * The topic that a request asks for: in its query, or in its body, never in both.
 * @throws KopsError validation_failed, naming what is missing, or what is said in both places
 */
export function specOf(query: CreateTopicQuery, body: NewTopic | null | undefined): TopicToMake {
  const { topicName, partitions, replicationFactor } = query
  if (body) {
    const twice = specFields.filter((field) => query[field] !== undefined)
    if (twice.length === 0) return toMake(body)
    throw invalid(
      twice.map((field) => ({ field, message: 'is in the query, while the topic is described in the body' }))
    )
  }
  if (topicName === undefined || partitions === undefined || replicationFactor === undefined) {
    const missing = specFields.filter((field) => query[field] === undefined)
    throw invalid(missing.map((field) => ({ field, message: 'is required, in the query or as a JSON body' })))
  }
  return { spec: { name: topicName, partitions, replicationFactor } }
}

/**
 * A topic is described by partitions and replicationFactor, or by an assignment that tells both.
 * @throws KopsError validation_failed with the fields
 */
export function toMake({ name, partitions, replicationFactor, assignment, configs }: NewTopic): TopicToMake {
  const own = configs === undefined ? {} : { configs }
  if (assignment !== undefined) {
    const factor = assignment[0]?.length ?? 0
    const errors = contradictions({ partitions, replicationFactor }, assignment, factor)
    if (errors.length > 0) throw invalid(errors)
    return { spec: { name, partitions: assignment.length, replicationFactor: factor, ...own }, assignment }
  }
  if (partitions === undefined || replicationFactor === undefined) {
    const missing = Object.entries({ partitions, replicationFactor }).filter(([, value]) => value === undefined)
    throw invalid(missing.map(([field]) => ({ field, message: 'is required, unless there is an assignment' })))
  }
  return { spec: { name, partitions, replicationFactor, ...own } }
}

function contradictions(
  { partitions, replicationFactor }: { partitions: number | undefined; replicationFactor: number | undefined },
  assignment: Assignment,
  factor: number
): FieldError[] {
  const errors: FieldError[] = []
  if (partitions !== undefined && partitions !== assignment.length) {
    errors.push({ field: 'partitions', message: `is ${partitions}, while ${assignment.length} are assigned` })
  }
  if (replicationFactor !== undefined && replicationFactor !== factor) {
    errors.push({
      field: 'replicationFactor',
      message: `is ${replicationFactor}, while ${factor} replicas are assigned`
    })
  }
  const uneven = assignment.findIndex((replicas) => replicas.length !== factor)
  if (uneven >= 0)
    errors.push({ field: `assignment.${uneven}`, message: `must have ${factor} replicas, like the others` })
  return errors
}

export function invalid(errors: FieldError[]): KopsError {
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  return new KopsError('validation_failed', detail, { errors })
}

/** What creating a topic means, with what its owner should know before. Pure: whether Kafka accepts it, Kafka says. */
export function planCreate({ spec, assignment }: TopicToMake, dryRun: boolean): TopicPlan {
  return {
    action: 'create',
    topic: spec,
    dryRun,
    applied: false,
    ...(assignment === undefined ? {} : { assignment }),
    warnings: specWarnings(spec)
  }
}

/** What Kafka accepts and an operator regrets. */
export function specWarnings({ name, replicationFactor, configs = {} }: TopicSpec): Warning[] {
  const warnings: Warning[] = []
  const warn = (code: string, message: string) => warnings.push({ code, message, target: name })
  if (name.includes('.') && name.includes('_')) {
    warn(
      'topic_name_invalid',
      'The name has both "." and "_". Kafka writes "." as "_" in metric names and refuses topics that then have the same name'
    )
  }
  const minInsync = Number(configs['min.insync.replicas'] ?? Number.NaN)
  if (replicationFactor === 1) {
    warn('not_enough_replicas', 'There is one replica: while its broker is down the topic cannot be read or written')
  } else if (minInsync >= replicationFactor) {
    warn(
      'not_enough_replicas',
      `min.insync.replicas is ${minInsync} of ${replicationFactor} replicas: writes with acks=all stop as soon as one broker is down`
    )
  }
  return warnings
}

/**
 * Creates a topic and resolves when each reachable broker names a leader for each of its partitions. A dry run has Kafka
 * validate the same request and returns the same plan. Where leaders do not come in time the plan says what it waits for.
 * @throws KopsError what Kafka refuses, with the field; topic_protected
 */
export async function createTopic(
  { reader, admin }: ChangePorts,
  wanted: TopicToMake,
  { dryRun, ...options }: ChangeOptions & { dryRun: boolean }
): Promise<TopicPlan> {
  const { spec, assignment } = wanted
  if (isProtected(spec.name)) throw protectedTopicError(spec.name)
  const plan = planCreate(wanted, dryRun)
  const strangers = await strangersIn(reader, [wanted], options.deadlineMs)
  if (strangers.length > 0) {
    throw new KopsError('assignment_invalid', strangers.map(({ message }) => message).join('; '), { errors: strangers })
  }
  const request = { validateOnly: true, timeoutMs: options.changeTimeoutMs, ...(assignment ? { assignment } : {}) }
  try {
    await admin.createTopic(spec, request)
  } catch (error) {
    throw await sayIfDeleting(reader, spec.name, error, options.deadlineMs)
  }
  if (dryRun) return plan
  const waitingFor = await createAndLook({ reader, admin }, wanted, options)
  return { ...plan, applied: true, ...(waitingFor.length === 0 ? {} : { waitingFor }) }
}

/**
 * Brokers that assignments name and the cluster does not have. Kafka takes such an assignment, with ZooKeeper, and the
 * partition then waits for a leader for ever.
 * @param prefix of the fields, by place
 */
export async function strangersIn(
  reader: Pick<ClusterReader, 'metadata'>,
  wanted: TopicToMake[],
  deadlineMs: number,
  prefix: (index: number) => string = () => ''
): Promise<FieldError[]> {
  if (wanted.every(({ assignment }) => assignment === undefined)) return []
  const { value } = await reader.metadata({ topics: [], deadlineMs })
  const known = new Set(value.brokers.map(({ id }) => id))
  return wanted.flatMap(({ assignment = [] }, index) =>
    assignment.flatMap((replicas, partition) => {
      const missing = replicas.filter((id) => !known.has(id))
      if (missing.length === 0) return []
      const field = `${prefix(index)}assignment.${partition}`
      return [{ field, message: `the cluster has no broker ${missing.join(', ')} at the moment` }]
    })
  )
}

/** A name may be refused because of a topic that no broker lists any more: then waiting helps, and the error says so. */
async function sayIfDeleting(
  reader: ClusterReader,
  name: string,
  error: unknown,
  deadlineMs: number
): Promise<unknown> {
  if (!isKopsError(error, 'topic_exists')) return error
  const { value } = await reader.metadata({ topics: [name], deadlineMs })
  if (value.topics.some((topic) => topic.name === name)) return error
  return fieldError(
    'topic_exists',
    'topicName',
    `${name} is being deleted: Kafka keeps the name until every broker that has a replica of it has removed it`,
    { cause: error, kafkaError: error.kafkaError }
  )
}

/**
 * Creates a topic that has been validated, and waits for its leaders.
 * @returns why it is not usable everywhere yet when the time is up; empty when it is
 */
export async function createAndLook(
  { reader, admin }: ChangePorts,
  { spec, assignment }: TopicToMake,
  options: ChangeOptions
): Promise<string[]> {
  const request = { validateOnly: false, timeoutMs: options.changeTimeoutMs, ...(assignment ? { assignment } : {}) }
  const unanswered = await admin.createTopic(spec, request).then(() => undefined, unlessUnanswered)
  const objections = await waitForAgreement(reader, spec.name, (views) => notReady(views, spec.name, spec.partitions), {
    ...options,
    // A request that was not answered has had its time: one more look tells whether it was carried out.
    waitMs: unanswered ? options.deadlineMs : options.waitMs
  })
  if (unanswered && objections.length > 0) throw unanswered
  return objections
}

/** As createAndLook. @throws KopsError topic_not_ready when the topic exists and its leaders do not in time */
export async function createAndWait(ports: ChangePorts, spec: TopicSpec, options: ChangeOptions): Promise<void> {
  const objections = await createAndLook(ports, { spec }, options)
  if (objections.length === 0) return
  throw new KopsError(
    'topic_not_ready',
    `${spec.name} exists, but ${objections.join('; ')}. Do not create it again: ` +
      `look at GET /api/topics/${spec.name} and at the cluster's health, or delete it`
  )
}

/** A change that Kafka did not answer may have been made: the cluster itself has the last word. */
export function unlessUnanswered(error: unknown): KopsError {
  if (isKopsError(error, 'kafka_timeout')) return error
  throw error
}
