import { looksSecret } from '#shared/audit/recorded-request.ts'
import type { BrokerConfigEntry, BrokerConfigList, BrokerConfigPlan } from '#shared/contracts/brokers.ts'
import { type FieldError, KopsError } from '#shared/errors/catalog.ts'
import type { BrokerAdmin } from '#shared/kafka/brokers/port.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { ConfigChanges } from '#shared/kafka/model.ts'
import type { ReadTiming } from '../timing.ts'
import { unknownBroker } from './list-brokers.ts'

export interface BrokerConfigPorts {
  reader: Pick<ClusterReader, 'metadata'>
  brokers: Pick<BrokerAdmin, 'configs' | 'alterConfigs'>
}

export interface BrokerConfigOptions extends ReadTiming {
  /** How long Kafka may take to accept a change. */
  changeTimeoutMs: number
  dryRun: boolean
}

/**
 * The configuration of one broker, or the dynamic default of all (null).
 * @throws KopsError broker_not_found, broker_unreachable, kafka_timeout, cluster_unreachable
 */
export async function listBrokerConfigs(
  { reader, brokers }: BrokerConfigPorts,
  broker: number | null,
  { now, deadlineMs }: ReadTiming
): Promise<BrokerConfigList> {
  if (broker !== null) await assertSeen(reader, broker, deadlineMs)
  const configs = await brokers.configs(broker, { deadlineMs })
  return { broker, configs, asOf: now().toISOString(), warnings: [] }
}

/** A broker that is down is unreachable, not unknown: its replicas show that it exists. */
async function assertSeen(reader: BrokerConfigPorts['reader'], id: number, deadlineMs: number): Promise<number[]> {
  const { value } = await reader.metadata({ deadlineMs })
  const ids = value.brokers.map((broker) => broker.id)
  if (ids.includes(id)) return ids
  const named = value.topics.some(({ partitions }) => partitions.some(({ replicas }) => replicas.includes(id)))
  if (named)
    throw new KopsError(
      'broker_unreachable',
      `The cluster does not see broker ${id}, and only that broker knows its configuration`
    )
  throw unknownBroker(id)
}

/**
 * Changes dynamic values of one broker, or of the default of all (null); Kafka validates the same request before. A name
 * that no broker knows is refused here: Kafka would keep it and do nothing.
 * @throws KopsError broker_config_invalid with the field, broker_not_found, broker_unreachable, kafka_timeout
 */
export async function changeBrokerConfigs(
  { reader, brokers }: BrokerConfigPorts,
  { broker, changes }: { broker: number | null; changes: ConfigChanges },
  { dryRun, deadlineMs, changeTimeoutMs }: BrokerConfigOptions
): Promise<BrokerConfigPlan> {
  const ids =
    broker === null
      ? (await reader.metadata({ topics: [], deadlineMs })).value.brokers.map(({ id }) => id)
      : [broker, ...(await assertSeen(reader, broker, deadlineMs))]
  const [known, current] = await Promise.all([
    configsOfAny(brokers, ids, deadlineMs),
    brokers.configs(broker, { deadlineMs })
  ])
  const planned = planBrokerConfigs(broker, changes, { known, current })
  const plan = { broker, dryRun, applied: false, changes: planned, warnings: [] }
  const wanted = Object.fromEntries(
    planned.filter(({ operation }) => operation !== 'none').map(({ name }) => [name, changes[name] ?? null])
  )
  if (Object.keys(wanted).length === 0) return { ...plan, applied: !dryRun }
  await brokers.alterConfigs(broker, wanted, { deadlineMs: changeTimeoutMs, validateOnly: true })
  if (dryRun) return plan
  await brokers.alterConfigs(broker, wanted, { deadlineMs: changeTimeoutMs, validateOnly: false })
  return { ...plan, applied: true }
}

/** The cluster-wide default lists only its overrides; a broker lists all settings. */
async function configsOfAny(
  brokers: BrokerConfigPorts['brokers'],
  ids: readonly number[],
  deadlineMs: number
): Promise<BrokerConfigEntry[]> {
  let last: unknown
  for (const id of ids) {
    try {
      return await brokers.configs(id, { deadlineMs })
    } catch (error) {
      last = error
    }
  }
  throw last ?? new KopsError('cluster_unreachable', 'No broker answers')
}

/** Settings of brokers that a broker takes and does not list before they are set. */
const unlisted = new Set([
  'leader.replication.throttled.rate',
  'follower.replication.throttled.rate',
  'replica.alter.log.dirs.io.max.bytes.per.second'
])

/**
 * The effect of changes. Pure.
 * @param known all settings of a broker
 * @param current the current values of the changed settings
 * @throws KopsError broker_config_invalid, with a field error for each unknown or read-only setting
 */
export function planBrokerConfigs(
  broker: number | null,
  changes: ConfigChanges,
  { known, current }: { known: readonly BrokerConfigEntry[]; current: readonly BrokerConfigEntry[] }
): BrokerConfigPlan['changes'] {
  const settings = new Map(known.map((entry) => [entry.name, entry]))
  const errors = Object.keys(changes).flatMap((name): FieldError[] => {
    const field = `configs.${name}`
    // A listener's setting: the name after the prefix is itself a setting, and only Kafka knows which.
    if (name.startsWith('listener.name.') || unlisted.has(name)) return []
    const setting = settings.get(name)
    if (setting === undefined) return [{ field, message: 'brokers have no such setting' }]
    return setting.readOnly
      ? [{ field, message: 'is read-only: change it in the configuration file and restart the broker' }]
      : []
  })
  if (errors.length > 0) {
    const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
    throw new KopsError('broker_config_invalid', detail, { errors })
  }
  const level = broker === null ? 'dynamic_default_broker' : 'dynamic_broker'
  const entries = new Map(current.map((entry) => [entry.name, entry]))
  return Object.entries(changes).map(([name, wanted]) => {
    const entry = entries.get(name)
    const sensitive = settings.get(name)?.sensitive ?? entry?.sensitive ?? looksSecret(name)
    const set = entry?.synonyms.find(({ source }) => source === level) ?? (entry?.source === level ? entry : undefined)
    const before = set?.value ?? null
    // The new value of a secret may differ, so it is always written.
    const same = sensitive ? wanted === null && set === undefined : wanted === before
    return {
      name,
      before: sensitive ? null : before,
      after: sensitive ? null : wanted,
      operation: same ? 'none' : wanted === null ? 'unset' : 'set',
      sensitive
    }
  })
}
