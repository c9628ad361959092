import type { GroupResult, GroupSecond } from '#shared/contracts/load-consumption.ts'
import type { ConsumedSecond, GroupEnd } from './consume-port.ts'
import { certainPercentiles } from './judge-run.ts'
import { createLatencies, type LatencyCounts } from './latencies.ts'
import type { ResolvedConsumers } from './resolve-workload.ts'
import { percentile } from './seconds.ts'

/** What the consumer groups of a run measured. */
export interface GroupMeasurement {
  add(second: ConsumedSecond): void
  ended(index: number, end: GroupEnd): void
  haveEnded(): boolean
  /** Of the group that has reported most. */
  secondCount(): number
  /** Of each group that has reported this second. */
  second(second: number): GroupSecond[]
  /** @param run.readable records that a group can get: all, or of committed transactions */
  results(run: { readable: { all: number; committed: number }; warmUpSeconds: number }): GroupResult[]
}

/** @param seed of the bootstrap */
export function createGroupMeasurement(
  consumers: readonly ResolvedConsumers[],
  names: readonly string[],
  seed: number
): GroupMeasurement {
  const groups = names.map((group, nth) => ({
    group,
    members: consumers[nth]?.members ?? 0,
    isolation: consumers[nth]?.isolation,
    seconds: [] as ConsumedSecond[],
    end: undefined as GroupEnd | undefined
  }))

  return {
    add: (second) => void groups[second.group]?.seconds.push(second),
    ended(index, end) {
      const group = groups[index]
      if (group) group.end = end
    },
    haveEnded: () => groups.every(({ end }) => end !== undefined),
    secondCount: () => Math.max(0, ...groups.map(({ seconds }) => seconds.length)),
    second: (nth) =>
      groups.flatMap(({ group, seconds }) => {
        const second = seconds[nth]
        return second ? [summaryOf(group, second)] : []
      }),
    results: ({ readable, warmUpSeconds }) =>
      groups.map(({ group, members, isolation, seconds, end }): GroupResult => {
        const sum = (key: 'consumed' | 'foreign') => seconds.reduce((total, second) => total + second[key], 0)
        const measured = seconds.slice(warmUpSeconds)
        const consumed = sum('consumed')
        const { lag = null, backlog } = end ?? {}
        const histograms = (key: 'endToEnd' | 'delivery') => measured.map((second) => second[key])
        return {
          group,
          members,
          consumed,
          consumedPerSecond: rateOf(consumed, end),
          unconsumed: Math.max(0, (isolation === 'read_uncommitted' ? readable.all : readable.committed) - consumed),
          foreign: sum('foreign'),
          endToEndMs: summaryOfAll(histograms('endToEnd')),
          deliveryMs: summaryOfAll(histograms('delivery')),
          percentiles: (['endToEnd', 'delivery'] as const).flatMap((key) =>
            certainPercentiles(key, histograms(key), seed)
          ),
          lag,
          drainSeconds: drainOf(end),
          busy: meanOf(seconds.map(({ busy }) => busy)),
          ...(backlog ? { backlog } : {})
        }
      })
  }
}

function summaryOf(group: string, { consumed, endToEnd, lag }: ConsumedSecond): GroupSecond {
  return {
    group,
    consumed,
    endToEndP50Ms: percentile(endToEnd, 50),
    endToEndP99Ms: percentile(endToEnd, 99),
    lag
  }
}

function summaryOfAll(all: readonly LatencyCounts[]) {
  const latencies = createLatencies()
  for (const each of all) latencies.add(each)
  return latencies.summary()
}

function rateOf(consumed: number, end: GroupEnd | undefined): number | null {
  const { firstMs = null, lastMs = null } = end ?? {}
  if (firstMs === null || lastMs === null || lastMs <= firstMs) return null
  return round(consumed / ((lastMs - firstMs) / 1000))
}

function drainOf(end: GroupEnd | undefined): number | null {
  if (!end?.drained || end.producedMs === null) return null
  return round(Math.max(0, (end.lastMs ?? 0) - end.producedMs) / 1000)
}

function meanOf(values: readonly number[]): number {
  return values.length === 0
    ? 0
    : Math.round((values.reduce((sum, each) => sum + each, 0) / values.length) * 1000) / 1000
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
