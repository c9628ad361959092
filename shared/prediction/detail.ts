import type { WhatIfDetail } from '../contracts/what-if.ts'
import type { PartitionLoss, Prediction } from './predict.ts'

/** The partitions and groups of a prediction, the first `limit` of each. */
export function toDetail(
  { moves, offline, writesStop, groups }: Pick<Prediction, 'moves' | 'offline' | 'writesStop' | 'groups'>,
  limit: number
): WhatIfDetail {
  const toLoss = ({ topic, partition, cause }: PartitionLoss) => ({ topic, partition, cause })
  return {
    moves: moves.slice(0, limit),
    offline: offline.slice(0, limit).map(toLoss),
    writesStop: writesStop.slice(0, limit).map(toLoss),
    groups: groups?.slice(0, limit) ?? null
  }
}
