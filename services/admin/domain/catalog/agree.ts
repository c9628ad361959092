import type { Catalog } from '#shared/contracts/catalog.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type { TopicSpec } from '#shared/contracts/topic-specs.ts'
import { type FieldError, KopsError } from '#shared/errors/catalog.ts'

/** @throws KopsError validation_failed for a topic that a catalog names twice */
export function assertDistinct({ topics, remove = [] }: Catalog): void {
  const first = new Map<string, string>()
  const errors: FieldError[] = []
  const places = [
    ...topics.map(({ name }, index) => ({ name, place: `topics.${index}`, field: `topics.${index}.name` })),
    ...remove.map((name, index) => ({ name, place: `remove.${index}`, field: `remove.${index}` }))
  ]
  for (const { name, place, field } of places) {
    const earlier = first.get(name)
    if (earlier === undefined) first.set(name, place)
    else errors.push({ field, message: `${name} is already in the catalog, at ${earlier}` })
  }
  if (errors.length > 0) throw invalid(errors)
}

export function invalid(errors: FieldError[]): KopsError {
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  return new KopsError('validation_failed', `${detail}. Nothing was changed`, { errors })
}

/** @throws KopsError cluster_mismatch if the catalog is for another cluster, or no broker reported the cluster's id */
export function assertCluster({ name, clusterId: wanted }: Catalog, clusterId: string | null): void {
  if (wanted === undefined || wanted === clusterId) return
  const found = clusterId === null ? 'no broker reported the id of this cluster' : `this cluster is ${clusterId}`
  throw new KopsError('cluster_mismatch', `Catalog ${name} is for cluster ${wanted}; ${found}. Nothing was changed`, {
    errors: [{ field: 'clusterId', message: found }]
  })
}

/**
 * Topics that this catalog and an installed one define differently: each would undo the other. Catalogs may share a
 * topic if both define it equally.
 * @param installed the other installed catalogs; one of the same name is an older version of this one
 */
export function disputes(catalog: Catalog, installed: Catalog[]): Warning[] {
  return installed
    .filter(({ name }) => name !== catalog.name)
    .flatMap((other) => {
      const theirs = new Map(other.topics.map((spec) => [spec.name, spec]))
      const removed = new Set(other.remove)
      const differing = catalog.topics.filter((spec) => {
        const their = theirs.get(spec.name)
        return removed.has(spec.name) || (their !== undefined && !sameSpec(spec, their))
      })
      const fallen = (catalog.remove ?? []).filter((name) => theirs.has(name))
      return [...differing.map(({ name }) => name), ...fallen].map((name) => ({
        code: 'validation_failed',
        message: `Catalog ${other.name} defines ${name} differently: each would undo the other`,
        target: `${name} in ${other.name}`
      }))
    })
}

/** Whether two catalogs define a topic equally. */
export function sameSpec(a: TopicSpec, b: TopicSpec): boolean {
  const settings = ({ configs = {} }: TopicSpec) => JSON.stringify(Object.entries(configs).sort())
  return a.partitions === b.partitions && a.replicationFactor === b.replicationFactor && settings(a) === settings(b)
}
