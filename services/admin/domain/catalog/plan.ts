import type { Catalog, CatalogChange } from '../../../../shared/contracts/catalog.ts'
import type { ConfigEntry, TopicConfigs, TopicSpec } from '../../../../shared/contracts/topics.ts'
import type { TopicMetadata } from '../../../../shared/kafka/ports.ts'
import { overridesOf } from '../delete-topic.ts'
import { replicationFactorOf } from '../list-topics.ts'
import { isProtected } from '../protected-topics.ts'

/** One step of applying a catalog. */
export type CatalogStep =
  | { action: 'create'; spec: TopicSpec; detail: string }
  | { action: 'alter-config'; spec: TopicSpec; configs: TopicConfigs; detail: string }
  | { action: 'none' | 'refuse'; spec: TopicSpec; detail: string }

/**
 * What has to happen so that the cluster has what a catalog says. Nothing is ever deleted: topics and overrides that the
 * catalog does not name stay as they are. A topic that cannot become what the catalog says is left alone as a whole.
 * @param topics those of the catalog's topics that exist
 * @param configs their configuration, by name; absent where it could not be read
 */
export function planCatalog(
  catalog: Catalog,
  topics: TopicMetadata[],
  configs: Map<string, ConfigEntry[]>
): CatalogStep[] {
  const existing = new Map(topics.map((topic) => [topic.name, topic]))
  return catalog.topics.map((spec) => planTopic(spec, existing.get(spec.name), configs.get(spec.name)))
}

function planTopic(spec: TopicSpec, topic: TopicMetadata | undefined, entries: ConfigEntry[] | undefined): CatalogStep {
  const refuse = (detail: string): CatalogStep => ({ action: 'refuse', spec, detail })
  if (isProtected(spec.name)) return refuse("it is Kafka's own: catalogs do not touch it")
  if (topic === undefined) {
    return {
      action: 'create',
      spec,
      detail: `${plural(spec.partitions, 'partition')}, replication factor ${spec.replicationFactor}`
    }
  }
  const obstacle = obstacleTo(spec, topic)
  if (obstacle !== undefined) return refuse(obstacle)
  const wanted = spec.configs ?? {}
  if (Object.keys(wanted).length === 0) return { action: 'none', spec, detail: 'as the catalog says' }
  if (entries === undefined) return refuse('its configuration could not be read: left as it is')
  const overrides = overridesOf(entries)
  const differing = Object.entries(wanted).filter(([name, value]) => overrides[name] !== value)
  if (differing.length === 0) return { action: 'none', spec, detail: 'as the catalog says' }
  const detail = differing.map(([name, value]) => `${name}: ${overrides[name] ?? '(not set)'} -> ${value}`).join(', ')
  return { action: 'alter-config', spec, configs: Object.fromEntries(differing), detail }
}

/** Why an existing topic cannot become what the catalog says; undefined when it can. */
function obstacleTo(spec: TopicSpec, topic: TopicMetadata): string | undefined {
  const partitions = topic.partitions.length
  if (partitions > spec.partitions) {
    return `it has ${plural(partitions, 'partition')}, the catalog says ${spec.partitions}: Kafka cannot take partitions away`
  }
  if (partitions < spec.partitions) {
    return (
      `it has ${plural(partitions, 'partition')}, the catalog says ${spec.partitions}: ` +
      'more partitions move keys to other partitions, which a catalog does not decide'
    )
  }
  const factor = replicationFactorOf(topic)
  if (factor !== spec.replicationFactor) {
    return `its replication factor is ${factor}, the catalog says ${spec.replicationFactor}: that needs its replicas reassigned`
  }
  return undefined
}

/** A step as the caller sees it. */
export function changeOf({ spec, action, detail }: CatalogStep, applied: boolean): CatalogChange {
  return { topic: spec.name, action, detail, applied }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
