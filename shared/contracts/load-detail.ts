import { type Static, Type } from 'typebox'
import { count } from './common.ts'

const nullable = Type.Union([Type.Number(), Type.Null()])

/** What a run wrote to one partition, warm-up included. Records that were never sent have no partition. */
export const LoadTestPartitionSchema = Type.Object(
  {
    partition: count,
    acknowledged: count,
    unconfirmed: Type.Optional({ ...count, description: 'Handed to the network with acks=none' }),
    failed: count,
    bytes: { ...count, description: 'Of the acknowledged and unconfirmed batches, as each replica stores them' },
    meanServiceMs: { ...nullable, description: 'Service time of these records; null: there are none' },
    maxServiceMs: nullable
  },
  { additionalProperties: false }
)
export type LoadTestPartition = Static<typeof LoadTestPartitionSchema>

const points = Type.Array(
  Type.Object({ percentile: Type.Number(), valueMs: Type.Number() }, { additionalProperties: false })
)

/** Percentiles of all records after the warm-up, up to the longest time, whatever the certainty of each. */
export const LatencySpectrumSchema = Type.Object(
  { responseTime: points, serviceTime: points },
  { additionalProperties: false, description: 'Twenty to a power of ten of 1 / (1 - percentile / 100), ascending' }
)
export type LatencySpectrum = Static<typeof LatencySpectrumSchema>
