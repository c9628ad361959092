import type { StartCapacity } from '#shared/contracts/capacity-measurement.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { UsageError } from './output.ts'

/**
 * A workload whose rate is a search, as the request for a measurement: without what changes nothing about its load.
 * @throws UsageError naming what a measurement does not take
 */
export function measurementRequest(workload: Workload): StartCapacity {
  const {
    name,
    description: _,
    thresholds: _thresholds,
    topic,
    rate,
    records,
    verify,
    consumers,
    workers,
    ...load
  } = workload
  if (rate?.kind !== 'search') throw new UsageError(`the rate of ${name} is not a search`)
  if (topic.kind !== 'temporary')
    throw new UsageError(`${name} has a topic of its own; a measurement needs a temporary one`)
  if (records !== undefined)
    throw new UsageError(`${name} has a number of records; a measurement takes durationSeconds`)
  if (verify) throw new UsageError(`${name} verifies its records, which a measurement does not do`)
  if (workers !== undefined) throw new UsageError(`${name} has load workers, and a search has none`)
  if (consumers !== undefined) throw new UsageError(`${name} has consumers, and a measurement has none`)
  return { ...load, topic, rate }
}
