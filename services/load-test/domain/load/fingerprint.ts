import { canonicalHash } from '#shared/audit/canonical-json.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'

/** What a run is measured in, by name; null: could not be read. */
export type Parts = Fingerprint['parts']

/** Long enough to be unique among the workloads of one service, and short enough to read. */
const hashLength = 16

/** A part that is unknown differs from every value that it might have. */
export function fingerprintOf(parts: Parts): Fingerprint {
  return { hash: canonicalHash(parts).slice(0, hashLength), parts }
}

/**
 * The hash of what a workload does. How it is called, whether its topic and groups were confirmed, what its result has to meet and
 * what the service allows change nothing about the load.
 */
export function workloadHashOf(workload: ResolvedWorkload): string {
  const { name: _name, description: _description, thresholds: _thresholds, cap: _cap, ...rest } = workload
  const { topic, consumers, ...load } = rest
  const target = topic.kind === 'existing' ? { kind: topic.kind, name: topic.name } : topic
  const groups = consumers.map(({ confirm: _confirm, ...group }) => group)
  return canonicalHash({ ...load, topic: target, ...(groups.length > 0 ? { consumers: groups } : {}) }).slice(
    0,
    hashLength
  )
}

export interface PartDifference {
  part: string
  a: string | null
  b: string | null
}

/** The parts that differ between two environments, by name; one that only the other has counts as null. */
export function partDifferences(a: Parts, b: Parts): PartDifference[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Array.from(names)
    .filter((part) => a[part] !== b[part])
    .sort()
    .map((part) => ({ part, a: a[part] ?? null, b: b[part] ?? null }))
}

/** Whether a part is one of those named, or below one: `client` names `client.node`. */
export function isNamed(part: string, names: readonly string[]): boolean {
  return names.some((name) => part === name || part.startsWith(`${name}.`))
}
