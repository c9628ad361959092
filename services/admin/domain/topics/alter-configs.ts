import type { Warning } from '#shared/contracts/common.ts'
import type { TopicConfigEntry, TopicConfigList, TopicConfigPlan } from '#shared/contracts/topic-configs.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import { assertNotReserved, isKafkasOwn, type ReservedTopics } from '#shared/reserved-topics.ts'
import { assertPolicies, configBreaches, type NamedPolicy, policyWarnings } from '../policies/topic-policies.ts'
import type { ChangeTiming, ReadTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import { unknownTopic } from './describe-topic.ts'
import { replicationFactorOf } from './topic-summary.ts'

export interface ConfigPorts {
  reader: Pick<ClusterReader, 'metadata' | 'topicConfigs' | 'describeTopicConfigs'>
  admin: Pick<TopicAdmin, 'alterConfigs'>
  reserved: Pick<ReservedTopics, 'refusal'>
  /** Those of the installed catalogs. */
  policies: () => Promise<NamedPolicy[]>
}

/** @throws KopsError topic_not_found, cluster_unreachable */
export async function listConfigs(
  ports: ConfigPorts,
  topic: string,
  { overridden }: { overridden?: boolean },
  { now, deadlineMs }: ReadTiming
): Promise<TopicConfigList> {
  const asOf = now().toISOString()
  const { value, warnings } = await readConfigs(ports.reader, topic, deadlineMs)
  const configs = value.filter((entry) => overridden === undefined || entry.overridden === overridden)
  return { topic, configs, asOf, warnings }
}

/**
 * Changes the named settings and leaves every other override unchanged. Kafka validates the change first.
 * @param wanted new values; null removes the override
 * @throws KopsError topic_not_found, topic_protected, config_invalid and policy_broken with `configs.<name>`
 */
export async function alterConfigs(
  { reader, admin, reserved, policies }: ConfigPorts,
  name: string,
  wanted: Record<string, string | null>,
  { dryRun, changeTimeoutMs, deadlineMs }: ChangeTiming & { dryRun: boolean }
): Promise<TopicConfigPlan> {
  assertNotReserved(reserved, name, 'change')
  const size = wanted['max.message.bytes']
  const breaches =
    size === undefined || size === null ? [] : configBreaches(name, { 'max.message.bytes': size }, await policies())
  assertPolicies(breaches)
  const [metadata, configs] = await Promise.all([
    reader.metadata({ topics: [name], deadlineMs }),
    readConfigs(reader, name, deadlineMs)
  ])
  const topic = metadata.value.topics.find((candidate) => candidate.name === name)
  if (topic === undefined) throw unknownTopic(name)
  const plan = planConfigs(topic, configs.value, wanted, dryRun)
  plan.warnings = distinctWarnings([
    ...plan.warnings,
    ...policyWarnings(name, breaches),
    ...metadata.warnings,
    ...configs.warnings
  ])
  const changing = plan.changes.filter(({ operation }) => operation !== 'none').map(({ name }) => name)
  if (changing.length === 0) return { ...plan, applied: !dryRun }
  const request = Object.fromEntries(changing.map((setting) => [setting, wanted[setting] ?? null]))
  await admin.alterConfigs(name, request, { validateOnly: true, timeoutMs: changeTimeoutMs })
  if (dryRun) return plan
  await admin.alterConfigs(name, request, { validateOnly: false, timeoutMs: changeTimeoutMs })
  return { ...plan, applied: true }
}

/**
 * The configuration of a topic, including defaults. For an overridden setting, Kafka reports no default if the broker
 * does not set one: then a topic without the override shows it.
 */
async function readConfigs(reader: ConfigPorts['reader'], topic: string, deadlineMs: number) {
  const own = await reader.describeTopicConfigs(topic, { deadlineMs })
  const missing = own.value.filter((entry) => entry.overridden && entry.default === null && !entry.sensitive)
  if (missing.length === 0) return own
  const { value } = await reader.metadata({ deadlineMs })
  const others = value.topics.map(({ name }) => name).filter((name) => name !== topic && !isKafkasOwn(name))
  const names = missing.map(({ name }) => name)
  const asked = await reader.topicConfigs(others.slice(0, askedForDefaults), { deadlineMs, names })
  const inherited = new Map(
    [...asked.value.values()]
      .flat()
      .filter(({ source }) => source !== 'dynamic_topic' && source !== 'unknown')
      .map((entry) => [entry.name, entry.value])
  )
  const configs = own.value.map((entry) =>
    missing.includes(entry) ? { ...entry, default: inherited.get(entry.name) ?? null } : entry
  )
  return { value: configs, warnings: own.warnings }
}

const askedForDefaults = 20

/**
 * The current and future value of each setting. Pure. @throws KopsError config_invalid for a setting that topics do not
 * have
 */
export function planConfigs(
  topic: TopicMetadata,
  entries: TopicConfigEntry[],
  wanted: Record<string, string | null>,
  dryRun: boolean
): TopicConfigPlan {
  const known = new Map(entries.map((entry) => [entry.name, entry]))
  const changes = Object.entries(wanted).map(([name, value]): TopicConfigPlan['changes'][number] => {
    const entry = known.get(name)
    if (entry === undefined) {
      throw fieldError('config_invalid', `configs.${name}`, `Unknown topic config name: ${name}`)
    }
    if (value === null) {
      return {
        name,
        before: entry.value,
        after: entry.overridden ? entry.default : entry.value,
        operation: entry.overridden ? 'unset' : 'none'
      }
    }
    const same = entry.overridden && !entry.sensitive && entry.value === value
    return { name, before: entry.value, after: entry.sensitive ? null : value, operation: same ? 'none' : 'set' }
  })
  return {
    action: 'alter-config',
    topic: topic.name,
    dryRun,
    applied: false,
    changes,
    warnings: regrets(topic, changes)
  }
}

/** What Kafka accepts but an operator would regret. */
function regrets(topic: TopicMetadata, changes: TopicConfigPlan['changes']): Warning[] {
  const warnings: Warning[] = []
  const warn = (code: string, message: string) => warnings.push({ code, message, target: topic.name })
  for (const { name, before, after, operation } of changes) {
    if (operation === 'none') continue
    const factor = replicationFactorOf(topic)
    if (name === 'min.insync.replicas' && Number(after) >= factor && factor > 1) {
      warn(
        'not_enough_replicas',
        `min.insync.replicas would be ${after} of ${factor} replicas: writes with acks=all stop as soon as one broker is down`
      )
    }
    if ((name === 'retention.ms' || name === 'retention.bytes') && shrinks(before, after)) {
      warn('records_deleted', `${name} shrinks from ${before} to ${after}: Kafka deletes older or excess records`)
    }
    if (name === 'cleanup.policy' && !before?.includes('compact') && after?.includes('compact')) {
      warn('records_deleted', 'Compaction keeps only the latest record of each key, and records need keys')
    }
    if (name === 'cleanup.policy' && !before?.includes('delete') && after?.includes('delete')) {
      warn('records_deleted', 'The delete policy removes records beyond the retention')
    }
  }
  return warnings
}

/** -1 means unlimited. */
function shrinks(before: string | null, after: string | null): boolean {
  if (before === null || after === null) return false
  const bound = (value: string) => (value === '-1' ? Number.POSITIVE_INFINITY : Number(value))
  return bound(after) < bound(before)
}
