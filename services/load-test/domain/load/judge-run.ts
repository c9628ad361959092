import type { Percentile } from '#shared/contracts/load-latency.ts'
import type { Rate } from '#shared/contracts/load-rate.ts'
import type { LoadTestResult, SteadyState } from '#shared/contracts/load-test-result.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { blockBootstrap } from '../statistics/block-bootstrap.ts'
import { effectiveSamples, samplesNeeded } from '../statistics/effective-samples.ts'
import { percentileOfSeconds } from '../statistics/percentiles.ts'
import { commonSteadyState } from '../statistics/steady-state.ts'
import type { LatencyCounts } from './latencies.ts'
import { percentile, type Second, takenIn } from './seconds.ts'

const percents = [50, 95, 99, 99.9]
/** At work for more than this share of a second, a producer has no time left for more records. */
export const busyShare = 0.9
/** Waiting for more than this share of a second, a producer would have sent more if the cluster had answered sooner. */
const blockedShare = 0.1
/** Timers and input wake a thread within a few milliseconds; a record that is this late waited for the thread itself. */
const lateMs = 50

interface Judged {
  rate: Rate
  /** null: found by rule. */
  warmUpSeconds: number | null
}

export type Judgement = Required<
  Pick<LoadTestResult, 'steadyState' | 'percentiles' | 'limitedBy' | 'clientMicrosPerRecord'>
>

/**
 * What the seconds of a run say: where its warm-up ends, the percentiles after it with their certainty, and what kept it from
 * being faster.
 * @param seconds in order, without a gap; the last one may be incomplete
 * @param seed of the bootstrap: the same run is judged the same way
 */
export function judgeRun(seconds: readonly Second[], workload: Judged, seed: number): Judgement {
  const { status, warmUpSeconds } = warmUpOf(seconds, workload)
  const measured = seconds.slice(warmUpSeconds)
  // The last second ends with the run.
  const whole = measured.slice(0, -1)
  const taken = whole.reduce((sum, each) => sum + takenIn(each), 0)
  return {
    steadyState: {
      status,
      warmUpSeconds,
      eventsPerSecond: whole.length > 0 ? Math.round((taken / whole.length) * 100) / 100 : null
    },
    percentiles: percentilesOf(measured, seed),
    limitedBy: limitOf(whole, workload),
    clientMicrosPerRecord: costOf(whole)
  }
}

function warmUpOf(
  seconds: readonly Second[],
  { rate, warmUpSeconds }: Judged
): Pick<SteadyState, 'status' | 'warmUpSeconds'> {
  if (warmUpSeconds !== null)
    return { status: 'given', warmUpSeconds: Math.min(seconds.length, Math.ceil(warmUpSeconds)) }
  // Under a rate that changes by itself, a change is no warm-up.
  if (rate.kind !== 'closed' && rate.kind !== 'constant') return { status: 'shaped', warmUpSeconds: 0 }
  const whole = seconds.slice(0, -1)
  const state = commonSteadyState([whole.map(takenIn), whole.map(({ response }) => percentile(response, 50))])
  return { status: state.status, warmUpSeconds: state.status === 'steady' ? state.warmUpSeconds : 0 }
}

function percentilesOf(seconds: readonly Second[], seed: number): Percentile[] {
  const ofRecords = (['response', 'service', 'scheduleLag'] as const).flatMap((of) => {
    const histograms = seconds.map((second) => second[of])
    return certainPercentiles(of === 'scheduleLag' ? of : `${of}Time`, histograms, seed)
  })
  const commits = seconds.flatMap(({ transactions }) => transactions?.commit ?? [])
  return [...ofRecords, ...(commits.length > 0 ? certainPercentiles('commit', commits, seed) : [])]
}

/** The percentiles of a time with their certainty; none without a latency. @param histograms of each second */
export function certainPercentiles(
  of: Percentile['of'],
  histograms: readonly LatencyCounts[],
  seed: number
): Percentile[] {
  if (histograms.every(({ counts }) => counts.length === 0)) return []
  const all = Array.from(histograms.keys())
  return percents.map((percent) => {
    const statistic = percentileOfSeconds(histograms, percent)
    const samples = Math.floor(effectiveSamples(histograms, percent))
    const neededSamples = samplesNeeded(percent)
    const interval = blockBootstrap(histograms.length, statistic, createRandom(seed))
    return {
      of,
      percentile: percent,
      valueMs: samples >= neededSamples ? statistic(all) : null,
      lowMs: interval?.low ?? null,
      highMs: interval?.high ?? null,
      effectiveSamples: samples,
      neededSamples
    }
  })
}

function costOf(seconds: readonly Second[]): number | null {
  const sent = seconds.reduce((sum, each) => sum + each.sent, 0)
  const work = seconds.reduce((sum, each) => sum + each.work, 0)
  return sent > 0 ? Math.round((work / sent) * 1e8) / 100 : null
}

function limitOf(seconds: readonly Second[], { rate }: Pick<Judged, 'rate'>): Judgement['limitedBy'] {
  const most = (holds: (second: Second) => boolean) => seconds.filter(holds).length * 2 > seconds.length
  if (seconds.length === 0) return 'unknown'
  if (most(({ busy }) => busy > busyShare)) return 'client'
  if (most(({ blocked }) => blocked > blockedShare)) return 'cluster'
  if (rate.kind === 'closed') return 'unknown'
  return most(({ scheduleLag }) => (percentile(scheduleLag, 99) ?? 0) > lateMs) ? 'client' : 'rate'
}
