import { InvalidArgumentError } from 'commander'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { loadWorkload } from '#shared/workloads/load-workload.ts'
import { given } from '../given.ts'
import { namedFile } from '../named-file.ts'
import type { TopicPartitions } from '../options.ts'

/** What a command line says about a drill. */
export interface DrillOptions {
  node?: string
  partition?: TopicPartitions[]
  group?: string
  /** Milliseconds. */
  duration?: number
  topic?: string
  confirmTopic?: string
  producers?: Record<string, unknown>
  consumers?: Record<string, unknown>
  slow?: Record<string, unknown>
  transaction?: Record<string, unknown>
  abortWhen?: Record<string, unknown>
  /** Milliseconds. */
  queue?: number
  from?: string
  direction?: string
  load?: string
  clusterId?: string
  force?: string
}

/**
 * The request for a drill. What it may contain is the service's to say, which names the field.
 * @param workloads the folder of workloads that have names
 * @throws UsageError, KopsError validation_failed for a workload that is not there, or not valid
 */
export async function drillRequest(
  kind: string,
  options: DrillOptions,
  workloads: string
): Promise<Omit<StartDrill, 'dryRun'>> {
  const { partition, duration, queue, from, load, force, ...same } = options
  const [led] = partition ?? []
  return given({
    kind,
    ...same,
    partition: led && { topic: led.topic, partition: led.partitions?.[0] },
    faultDurationMs: duration,
    queueMs: queue,
    from: from?.split(','),
    load: load === undefined ? undefined : await loadWorkload(await namedFile(workloads, load, 'workload')),
    force: force === undefined ? undefined : { reason: force }
  }) as Omit<StartDrill, 'dryRun'>
}

/** Collects `name=value`, also several separated by commas, but after a query: numbers and truth values become such. */
export function members(value: string, before: Record<string, unknown> = {}): Record<string, unknown> {
  const separated = value.startsWith('promql=') ? [value] : value.split(/,(?=[a-zA-Z]+=)/)
  const parts = separated.map((part) => {
    const at = part.indexOf('=')
    if (at < 1) throw new InvalidArgumentError('Not name=value.')
    return [part.slice(0, at), typed(part.slice(at + 1))]
  })
  return { ...before, ...Object.fromEntries(parts) }
}

function typed(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
}
