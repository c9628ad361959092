import type { Catalog, CatalogChange, CatalogDrift } from '#shared/contracts/catalog.ts'
import type { TopicConfigs, TopicSpec } from '#shared/contracts/topic-specs.ts'
import type { ConfigEntry } from '#shared/contracts/topics.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'
import { matchesGlob } from '#shared/lists/glob.ts'
import { isKafkasOwn, type ReservedTopics } from '#shared/reserved-topics.ts'
import { configBreaches, inWords, type NamedPolicy, topicBreaches } from '../policies/topic-policies.ts'
import { overridesOf } from '../topics/delete-topic.ts'
import { takenPath } from '../topics/topic-names.ts'
import { replicationFactorOf } from '../topics/topic-summary.ts'

/** One step of applying a catalog. `at` is the entry in the catalog that requires it: `topics.3`, `remove.0`. */
export type CatalogStep = { name: string; at: string; detail: string } & (
  | { action: 'create'; spec: TopicSpec }
  | { action: 'add-partitions'; partitions: number; added: number; replicationFactor: number }
  | { action: 'alter-config'; configs: TopicConfigs; settings: NonNullable<CatalogChange['settings']> }
  | { action: 'delete' | 'none' | 'refuse' }
)

/**
 * The steps that make the cluster match a catalog. Topics and overrides that the catalog does not name stay unchanged.
 * A topic that cannot match the catalog is left entirely unchanged.
 * @param topics the existing topics of the catalog (and possibly others)
 * @param configs their configuration, by name; absent if it could not be read
 * @param policies what they enforce is refused
 */
export function planCatalog(
  catalog: Catalog,
  topics: TopicMetadata[],
  configs: Map<string, ConfigEntry[]>,
  reserved: Pick<ReservedTopics, 'refusal'>,
  policies: readonly NamedPolicy[] = []
): CatalogStep[] {
  const existing = new Map(topics.map((topic) => [topic.name, topic]))
  return [
    ...catalog.topics.flatMap((spec, index) => {
      const topic = existing.get(spec.name)
      const steps = planTopic(spec, `topics.${index}`, topic, configs.get(spec.name))
      if (reserved.refusal(spec.name, 'change')) return keepReserved(steps, topic)
      const broken = steps.find((step) => enforcedBy(policies, step).length > 0)
      // Like any topic that cannot match the catalog.
      return broken ? [refusedBy(policies, broken)] : steps
    }),
    ...(catalog.remove ?? []).map((name, index) => {
      const step = planRemoval(name, `remove.${index}`, existing.get(name))
      const refusal = reserved.refusal(name, 'erase')
      return refusal ? { ...step, action: 'refuse' as const, detail: refusal.message } : step
    })
  ]
}

/**
 * Of a reserved topic a catalog may say what it is like, so that a difference shows; nothing is done about it. kops
 * creates its own topics when it needs them.
 */
function keepReserved(steps: CatalogStep[], topic: TopicMetadata | undefined): CatalogStep[] {
  return steps.map((step): CatalogStep => {
    const { name, at, detail } = step
    if (step.action === 'none' || step.action === 'refuse') return step
    return topic === undefined
      ? { action: 'none', name, at, detail: 'reserved: kops creates it itself, not a catalog' }
      : { action: 'refuse', name, at, detail: `it is reserved, so it stays as it is: ${detail}` }
  })
}

/** What policies refuse of a step. The name of a topic that exists stays as it is, whatever they say. */
function enforcedBy(policies: readonly NamedPolicy[], step: CatalogStep) {
  const breaches =
    step.action === 'create'
      ? topicBreaches(step.spec, policies)
      : step.action === 'alter-config' && 'max.message.bytes' in step.configs
        ? configBreaches(step.name, step.configs, policies)
        : []
  return breaches.filter(({ enforced }) => enforced)
}

function refusedBy(policies: readonly NamedPolicy[], step: CatalogStep): CatalogStep {
  const { name, at } = step
  return { action: 'refuse', name, at, detail: enforcedBy(policies, step).map(inWords).join('; ') }
}

function planTopic(
  spec: TopicSpec,
  at: string,
  topic: TopicMetadata | undefined,
  entries: ConfigEntry[] | undefined
): CatalogStep[] {
  const { name } = spec
  const refuse = (detail: string): CatalogStep[] => [{ action: 'refuse', name, at, detail }]
  if (isKafkasOwn(name)) return refuse("it is Kafka's own, which catalogs do not manage")
  if (topic === undefined) {
    const [refusal] = takenPath(name)?.errors ?? []
    if (refusal) return refuse(`its name ${refusal.message}`)
    const detail = `${plural(spec.partitions, 'partition')}, replication factor ${spec.replicationFactor}`
    return [{ action: 'create', name, at, spec, detail }]
  }
  const obstacle = obstacleTo(spec, topic)
  if (obstacle !== undefined) return refuse(obstacle)
  const wanted = spec.configs ?? {}
  if (Object.keys(wanted).length > 0 && entries === undefined) {
    return refuse('its configuration could not be read, so it is left unchanged')
  }
  const overrides = overridesOf(entries ?? [])
  const steps: CatalogStep[] = []
  const has = topic.partitions.length
  if (has < spec.partitions) {
    const keys = keysMove(spec, overrides)
    const detail = `${has} -> ${plural(spec.partitions, 'partition')}; ${keys}`
    const { partitions, replicationFactor } = spec
    steps.push({ action: 'add-partitions', name, at, partitions, added: partitions - has, replicationFactor, detail })
  }
  const differing = Object.entries(wanted).filter(([setting, value]) => overrides[setting] !== value)
  if (differing.length > 0) {
    const settings = differing.map(([setting, after]) => ({ name: setting, before: overrides[setting] ?? null, after }))
    const detail = settings.map(({ name, before, after }) => `${name}: ${before ?? '(not set)'} -> ${after}`).join(', ')
    steps.push({ action: 'alter-config', name, at, configs: Object.fromEntries(differing), settings, detail })
  }
  return steps.length > 0 ? steps : [{ action: 'none', name, at, detail: 'as the catalog says' }]
}

function planRemoval(name: string, at: string, topic: TopicMetadata | undefined): CatalogStep {
  if (isKafkasOwn(name) || topic?.internal === true) {
    return { action: 'refuse', name, at, detail: "it is Kafka's own, which catalogs do not manage" }
  }
  return topic === undefined
    ? { action: 'none', name, at, detail: 'absent, as the catalog requires' }
    : { action: 'delete', name, at, detail: `${plural(topic.partitions.length, 'partition')} with all records` }
}

/** Why an existing topic cannot match the catalog; undefined if it can. */
function obstacleTo(spec: TopicSpec, topic: TopicMetadata): string | undefined {
  const partitions = topic.partitions.length
  if (partitions > spec.partitions) {
    return `it has ${plural(partitions, 'partition')}, the catalog wants ${spec.partitions}: Kafka cannot remove partitions`
  }
  const factor = replicationFactorOf(topic)
  if (factor !== spec.replicationFactor) {
    return `its replication factor is ${factor}, the catalog wants ${spec.replicationFactor}: that requires a reassignment`
  }
  return undefined
}

function keysMove({ configs = {} }: TopicSpec, overrides: TopicConfigs): string {
  const policy = configs['cleanup.policy'] ?? overrides['cleanup.policy'] ?? ''
  return policy.includes('compact')
    ? 'it is compacted: old values of keys that move stay in their old partitions'
    : 'new records of a key may go to another partition than older ones'
}

/** Overrides on the catalog's topics that the catalog does not name. */
export function driftOf(catalog: Catalog, configs: Map<string, ConfigEntry[]>): CatalogDrift[] {
  return catalog.topics.flatMap(({ name, configs: wanted = {} }) => {
    const unnamed = Object.entries(overridesOf(configs.get(name) ?? [])).filter(([setting]) => !(setting in wanted))
    return unnamed.length === 0 ? [] : [{ topic: name, configs: Object.fromEntries(unnamed) }]
  })
}

/**
 * Topics that no catalog names, by name: kops' own and unmanaged ones, both without Kafka's own.
 * @param ownPatterns globs that name kops' own topics
 */
export function unnamedIn(
  topics: TopicMetadata[],
  catalogs: Catalog[],
  ownPatterns: readonly string[]
): { own: string[]; unmanaged: string[] } {
  const named = new Set(catalogs.flatMap(({ topics, remove = [] }) => [...topics.map(({ name }) => name), ...remove]))
  const names = topics
    .filter(({ name, internal }) => !internal && !isKafkasOwn(name) && !named.has(name))
    .map(({ name }) => name)
    .sort()
  const isOwn = (name: string) => ownPatterns.some((pattern) => matchesGlob(pattern, name))
  return { own: names.filter(isOwn), unmanaged: names.filter((name) => !isOwn(name)) }
}

/** A step as the caller sees it. */
export function changeOf(step: CatalogStep, applied: boolean): CatalogChange {
  const { name, action, detail } = step
  return { topic: name, action, detail, ...(action === 'alter-config' && { settings: step.settings }), applied }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
