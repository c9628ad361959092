import type { TopicBatchResult } from '#shared/contracts/topic-batches.ts'
import type { NewTopic } from '#shared/contracts/topic-specs.ts'
import { type FieldError, isKopsError, type KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { Refusals, TopicBatches } from '#shared/kafka/topics/port.ts'
import type { ReservedTopics } from '#shared/reserved-topics.ts'
import { assertPolicies, type NamedPolicy, policyWarnings, topicBreaches } from '../policies/topic-policies.ts'
import type { ChangeTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import { checkAdditions } from './additions.ts'
import { waitForAll } from './agreement.ts'
import { additionOf, specWarnings, strangersIn, unlessUnanswered } from './create-topic.ts'
import { canCollide, collisionOf, metricName, nameRefusal, nameWarnings } from './topic-names.ts'
import { bodyField, invalid, type TopicToMake, toMake } from './topic-to-make.ts'

export interface BatchPorts {
  reader: ClusterReader
  batches: Pick<TopicBatches, 'createTopics'>
  reserved: Pick<ReservedTopics, 'refusal'>
  /** The most replicas that one request may create. */
  mostReplicas: number
  /** Those of the installed catalogs. */
  policies: () => Promise<NamedPolicy[]>
}

/**
 * Creates many topics with one request and waits for all leaders at once. Validates them first: if one is invalid, none
 * is created. Reports topics that Kafka refuses after that (for example because somebody else was faster) one by one.
 * @throws KopsError validation_failed, partitions_invalid, growth_unconfirmed, policy_broken with `topics.<index>.<field>`: then nothing was
 * changed
 */
export async function createMany(
  { reader, batches, reserved, mostReplicas, policies }: BatchPorts,
  topics: NewTopic[],
  { dryRun, force = false, ...options }: ChangeTiming & { dryRun: boolean; force?: boolean }
): Promise<TopicBatchResult> {
  const wanted = topicsToMake(topics, reserved)
  const additions = wanted.map((topic, index) => additionOf(topic, `topics.${index}.`))
  const objections = checkAdditions(additions, mostReplicas, { dryRun, force })
  const known = await policies()
  const breaches = wanted.map(({ spec }) => topicBreaches(spec, known))
  assertPolicies(
    breaches.flatMap((each, index) =>
      each.map((breach) => ({ ...breach, field: `topics.${index}.${bodyField(breach.field)}` }))
    )
  )
  const requests = wanted.map(({ spec, assignment }) => ({ ...spec, ...(assignment ? { assignment } : {}) }))
  const strangers = await strangersIn(reader, wanted, options.deadlineMs, (index) => `topics.${index}.`)
  if (strangers.length > 0) throw invalid(strangers)
  const timeoutMs = options.changeTimeoutMs
  await assertPossible(reader, wanted, options.deadlineMs)
  // With ZooKeeper, Kafka takes nearly as long to validate a topic as to create it. Validating one topic of each
  // configuration is enough, because the rest is already known. A dry run has time to validate all of them.
  const validated = dryRun ? requests : distinctByConfigs(requests)
  const refusals = await batches.createTopics(validated, { validateOnly: true, timeoutMs })
  if (refusals.size > 0) throw invalidBatch(wanted, refusals)
  const warnings = distinctWarnings([
    ...objections,
    ...wanted.flatMap(({ spec }, index) => policyWarnings(spec.name, breaches[index] ?? [])),
    ...wanted.flatMap(({ spec }) => [...nameWarnings(spec.name), ...specWarnings(spec)])
  ])
  if (dryRun) {
    const planned = wanted.map(({ spec }) => ({ name: spec.name, outcome: 'planned' as const }))
    return { action: 'create', dryRun, topics: planned, warnings }
  }
  const sent = await batches.createTopics(requests, { validateOnly: false, timeoutMs }).catch(unlessUnanswered)
  const unanswered = isKopsError(sent) ? sent : undefined
  const refused: Refusals = isKopsError(sent) ? new Map() : sent
  const made = wanted.filter(
    ({ spec }) => !refused.has(spec.name) || isKopsError(refused.get(spec.name), 'kafka_timeout')
  )
  const waitingFor = await waitForAll(
    reader,
    made.map(({ spec }) => spec),
    {
      ...options,
      waitMs: unanswered ? options.deadlineMs : options.waitMs
    }
  )
  const outcomes = wanted.map(({ spec }) =>
    outcomeOf(spec.name, { refusal: refused.get(spec.name) ?? unanswered, waitingFor: waitingFor.get(spec.name) })
  )
  return { action: 'create', dryRun, topics: outcomes, warnings }
}

type Outcome = TopicBatchResult['topics'][number]

function outcomeOf(
  name: string,
  { refusal, waitingFor }: { refusal: KopsError | undefined; waitingFor: string[] | undefined }
): Outcome {
  if (refusal && refusal.code !== 'kafka_timeout') return { name, outcome: 'refused', detail: refusal.message }
  if (waitingFor === undefined) return { name, outcome: 'created' }
  return refusal
    ? { name, outcome: 'unknown', detail: refusal.message }
    : { name, outcome: 'waiting', detail: waitingFor.join('; ') }
}

/** @throws KopsError validation_failed for what no cluster would take, all at once */
function topicsToMake(topics: NewTopic[], reserved: BatchPorts['reserved']): TopicToMake[] {
  const errors: FieldError[] = []
  const names = new Map<string, number>()
  const wanted = topics.flatMap((topic, index) => {
    const refuse = (field: string, message: string) => errors.push({ field: `topics.${index}.${field}`, message })
    const metric = metricName(topic.name)
    const earlier = names.get(metric)
    if (earlier === undefined) names.set(metric, index)
    else if (topics[earlier]?.name === topic.name) refuse('name', `duplicates topics.${earlier}`)
    else refuse('name', `differs from topics.${earlier} only in "." and "_": their metrics would collide`)
    for (const { message } of nameRefusal(topic.name, reserved)?.errors ?? []) refuse('name', message)
    try {
      return [toMake(topic)]
    } catch (error) {
      if (!isKopsError(error)) throw error
      for (const { field, message } of error.errors ?? []) refuse(field, message)
      return []
    }
  })
  if (errors.length > 0) throw invalid(errors)
  return wanted
}

/**
 * @throws KopsError validation_failed for topics that exist, topics whose metrics collide with another's, and more
 * replicas than brokers
 */
async function assertPossible(
  reader: Pick<ClusterReader, 'metadata'>,
  wanted: TopicToMake[],
  deadlineMs: number
): Promise<void> {
  const names = wanted.map(({ spec }) => spec.name)
  // All topics, because a name can collide with one that is not named.
  const asked = names.some(canCollide) ? {} : { topics: names }
  const { value } = await reader.metadata({ ...asked, deadlineMs })
  const existing = new Set(value.topics.map(({ name }) => name))
  const metrics = Map.groupBy(existing, metricName)
  const brokers = value.brokers.length
  const errors = wanted.flatMap(({ spec }, index): FieldError[] => {
    if (existing.has(spec.name)) return [{ field: `topics.${index}.name`, message: `${spec.name} already exists` }]
    const others = metrics.get(metricName(spec.name))
    if (others) return [{ field: `topics.${index}.name`, message: collisionOf(spec.name, others) }]
    if (spec.replicationFactor <= brokers) return []
    return [{ field: `topics.${index}.replicationFactor`, message: `larger than the number of brokers (${brokers})` }]
  })
  if (errors.length > 0) throw invalid(errors)
}

function distinctByConfigs<T extends Pick<NewTopic, 'configs'>>(topics: T[]): T[] {
  const keyOf = ({ configs = {} }: T) => JSON.stringify(Object.entries(configs).sort())
  return [...new Map(topics.map((topic) => [keyOf(topic), topic])).values()]
}

function invalidBatch(wanted: TopicToMake[], refusals: Refusals): KopsError {
  const errors = wanted.flatMap(({ spec }, index) => {
    const refusal = refusals.get(spec.name)
    if (refusal === undefined) return []
    const fields = refusal.errors ?? [{ field: 'topicName', message: refusal.message }]
    return fields.map(({ field, message }) => ({ field: `topics.${index}.${bodyField(field)}`, message }))
  })
  return invalid(errors)
}
