import type { Warning } from '#shared/contracts/common.ts'
import type { TopicSpec } from '#shared/contracts/topic-specs.ts'
import type { TopicPlan } from '#shared/contracts/topics.ts'
import { type FieldError, fieldError, isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import type { ReservedTopics } from '#shared/reserved-topics.ts'
import { assertPolicies, type NamedPolicy, policyWarnings, topicBreaches } from '../policies/topic-policies.ts'
import type { ChangeTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import { type Addition, checkAdditions } from './additions.ts'
import { notReady, waitForAgreement } from './agreement.ts'
import { canCollide, collidingWith, collisionError, nameRefusal, nameWarnings } from './topic-names.ts'
import type { TopicToMake } from './topic-to-make.ts'

export interface ChangePorts {
  reader: ClusterReader
  admin: TopicAdmin
  reserved: Pick<ReservedTopics, 'refusal'>
  /** The most replicas that one request may create. */
  mostReplicas: number
  /** Those of the installed catalogs. */
  policies: () => Promise<NamedPolicy[]>
}

/** The effect of creating a topic, with warnings for its owner. Pure: only Kafka knows whether it accepts the topic. */
export function planCreate({ spec, assignment }: TopicToMake, dryRun: boolean): TopicPlan {
  return {
    action: 'create',
    topic: spec,
    dryRun,
    applied: false,
    ...(assignment === undefined ? {} : { assignment }),
    warnings: distinctWarnings([...nameWarnings(spec.name), ...specWarnings(spec)])
  }
}

/** What Kafka accepts but an operator would regret. */
export function specWarnings({ name, replicationFactor, configs = {} }: TopicSpec): Warning[] {
  const warnings: Warning[] = name.includes('.') && name.includes('_') ? nameWarnings(name) : []
  const warn = (code: string, message: string) => warnings.push({ code, message, target: name })
  const minInsync = Number(configs['min.insync.replicas'] ?? Number.NaN)
  if (replicationFactor === 1) {
    warn(
      'not_enough_replicas',
      'There is a single replica: while its broker is down, nobody can read or write the topic'
    )
  } else if (minInsync >= replicationFactor) {
    warn(
      'not_enough_replicas',
      `min.insync.replicas is ${minInsync} of ${replicationFactor} replicas: writes with acks=all stop as soon as one broker is down`
    )
  }
  return warnings
}

/**
 * Creates a topic and resolves once each reachable broker names a leader for each of its partitions. A dry run lets
 * Kafka validate the same request and returns the same plan. If leaders do not appear in time, the plan says what is
 * missing.
 * @throws KopsError of Kafka's refusal, with the field; topic_protected, growth_unconfirmed, partitions_invalid, policy_broken
 */
export async function createTopic(
  { reader, admin, reserved, mostReplicas, policies }: ChangePorts,
  wanted: TopicToMake,
  { dryRun, force = false, ...options }: ChangeTiming & { dryRun: boolean; force?: boolean }
): Promise<TopicPlan> {
  const { spec, assignment } = wanted
  const refusal = nameRefusal(spec.name, reserved)
  if (refusal) throw refusal
  const objections = checkAdditions([additionOf(wanted)], mostReplicas, { dryRun, force })
  const breaches = topicBreaches(spec, await policies())
  assertPolicies(breaches)
  const plan = planCreate(wanted, dryRun)
  plan.warnings = distinctWarnings([...objections, ...policyWarnings(spec.name, breaches), ...plan.warnings])
  const strangers = await strangersIn(reader, [wanted], options.deadlineMs)
  if (strangers.length > 0) {
    throw new KopsError('assignment_invalid', strangers.map(({ message }) => message).join('; '), { errors: strangers })
  }
  const request = { validateOnly: true, timeoutMs: options.changeTimeoutMs, ...(assignment ? { assignment } : {}) }
  try {
    await admin.createTopic(spec, request)
  } catch (error) {
    throw await sayWhy(reader, spec.name, error, options.deadlineMs)
  }
  if (dryRun) return plan
  const waitingFor = await createAndLook({ reader, admin }, wanted, options)
  return { ...plan, applied: true, ...(waitingFor.length === 0 ? {} : { waitingFor }) }
}

/** @param prefix of the field in the request */
export function additionOf({ spec, assignment }: TopicToMake, prefix = ''): Addition {
  const { name: topic, partitions, replicationFactor } = spec
  return { topic, field: `${prefix}${assignment ? 'assignment' : 'partitions'}`, partitions, replicationFactor }
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
      return [{ field, message: `the cluster currently has no broker ${missing.join(', ')}` }]
    })
  )
}

/**
 * Why a name is refused: because of a topic that no broker lists any more (then waiting helps), or because it would
 * share its metrics with another topic, which it names.
 */
async function sayWhy(reader: ClusterReader, name: string, error: unknown, deadlineMs: number): Promise<unknown> {
  if (isKopsError(error, 'topic_name_invalid') && canCollide(name)) {
    const { value } = await reader.metadata({ deadlineMs })
    const options = { cause: error, kafkaError: error.kafkaError }
    const others = collidingWith(
      name,
      value.topics.map((topic) => topic.name)
    )
    return others.length === 0 ? error : collisionError(name, others, options)
  }
  if (!isKopsError(error, 'topic_exists')) return error
  const { value } = await reader.metadata({ topics: [name], deadlineMs })
  if (value.topics.some((topic) => topic.name === name)) return error
  return fieldError(
    'topic_exists',
    'topicName',
    `${name} is being deleted: Kafka reserves the name until every broker with a replica has removed it`,
    { cause: error, kafkaError: error.kafkaError }
  )
}

/**
 * Creates a validated topic, and waits for its leaders.
 * @returns why it is not usable everywhere yet when the time is up; empty if it is
 */
async function createAndLook(
  { reader, admin }: Pick<ChangePorts, 'reader' | 'admin'>,
  { spec, assignment }: TopicToMake,
  options: ChangeTiming
): Promise<string[]> {
  const request = { validateOnly: false, timeoutMs: options.changeTimeoutMs, ...(assignment ? { assignment } : {}) }
  const unanswered = await admin.createTopic(spec, request).then(() => undefined, unlessUnanswered)
  const objections = await waitForAgreement(reader, spec.name, (views) => notReady(views, spec.name, spec.partitions), {
    ...options,
    // An unanswered request has had its time: one more look shows whether it was carried out.
    waitMs: unanswered ? options.deadlineMs : options.waitMs
  })
  if (unanswered && objections.length > 0) throw unanswered
  return objections
}

/** A change without an answer from Kafka may have been made: the state of the cluster decides. */
export function unlessUnanswered(error: unknown): KopsError {
  if (isKopsError(error, 'kafka_timeout')) return error
  throw error
}
