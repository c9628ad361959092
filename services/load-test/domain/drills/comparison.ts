import type { DrillComparison, DrillPartition } from '#shared/contracts/drill-records.ts'
import type { ExpectedSeconds, SecondsBand } from '#shared/contracts/what-if.ts'

export interface ComparisonInput {
  predicted: ExpectedSeconds
  partitions: readonly Pick<DrillPartition, 'leaderBefore' | 'timeline' | 'longestAckGapMs'>[]
  /** Ids of the brokers that the drill breaks. */
  brokers: readonly number[]
  /** From the request of the fault to that of healing; null if it was not healed. */
  healedMs: number | null
  /** How often brokers are asked: measured times are late by up to that. */
  watchIntervalMs: number
  /** How long the writers wait for a broker's answer; null if unknown. */
  requestTimeoutMs: number | null
  /** Whether a broker that the drill breaks was the controller. */
  breaksController: boolean
}

type Name = keyof ExpectedSeconds

/** The measured times of a fault beside the predicted ones, and what explains a difference. Pure. */
export function compareWithPrediction(input: ComparisonInput): DrillComparison[] {
  const { partitions, brokers, healedMs, predicted } = input
  const led = partitions.filter(({ leaderBefore }) => leaderBefore !== null && brokers.includes(leaderBefore))
  const followed = partitions.filter((partition) => !led.includes(partition))
  const isrFullMs = worst(partitions.map(({ timeline }) => timeline.isrFullMs))
  const measured: Record<Name, number | null> = {
    detection: worst(partitions.map(({ timeline }) => timeline.sessionGoneMs)),
    leaders: all(led.map(({ timeline }) => timeline.newEpochMs)),
    clientGap: worst(led.map(({ longestAckGapMs }) => longestAckGapMs)),
    followed: worst(followed.map(({ timeline }) => timeline.isrShrunkMs)),
    isrFull: isrFullMs === null || healedMs === null ? null : Math.max(0, isrFullMs - healedMs)
  }
  const names: Name[] = ['detection', 'leaders', 'clientGap', 'followed', 'isrFull']
  return names.map((name) => {
    const ms = measured[name]
    const band = predicted[name]
    const within = band === null || ms === null ? null : isWithin(ms, band, input.watchIntervalMs)
    const explanation = within === true ? undefined : explain(name, { ...input, ms, band, leads: led.length > 0 })
    return {
      name,
      predicted: band,
      measuredSeconds: ms === null ? null : Math.round(ms / 10) / 100,
      within,
      ...(explanation === undefined ? {} : { explanation })
    }
  })
}

/** A measured time is late by up to the watch interval, and rounded bounds by 50 ms. */
function isWithin(ms: number, { min, max }: SecondsBand, watchIntervalMs: number): boolean {
  return ms >= min * 1000 - 50 && ms - watchIntervalMs <= max * 1000 + 50
}

interface Difference extends Pick<ComparisonInput, 'breaksController' | 'healedMs' | 'requestTimeoutMs'> {
  ms: number | null
  band: SecondsBand | null
  /** Whether the broken brokers led partitions of the drill. */
  leads: boolean
}

function explain(name: Name, { ms, band, leads, healedMs, ...known }: Difference): string {
  if (ms === null) {
    if ((name === 'leaders' || name === 'clientGap') && !leads) return 'The brokers led none of these partitions'
    if (name === 'isrFull') return 'No ISR shrank, or not every one was full again'
    return healedMs === null ? 'It was not seen' : `It was not seen within the ${seconds(healedMs)} of the fault`
  }
  if (band === null) return 'Nothing was predicted'
  if (ms < band.min * 1000) {
    return name === 'isrFull'
      ? 'It had less to copy, or was back sooner, than the band assumes'
      : 'The broker ended its session, or closed its connections, before it was noticed to be silent'
  }
  const reasons: string[] = []
  if (known.breaksController && name !== 'isrFull')
    reasons.push('the controller was on it: another one was elected first')
  if (name === 'clientGap' && known.requestTimeoutMs !== null) {
    reasons.push(`a request under way waits for its time-out of ${seconds(known.requestTimeoutMs)}`)
  }
  if (name === 'isrFull') reasons.push('the node starts, and copies what it missed, first')
  const text = reasons.length === 0 ? 'nothing that is known explains it' : reasons.join('; ')
  return `${text[0]?.toUpperCase()}${text.slice(1)}`
}

function worst(times: readonly (number | null)[]): number | null {
  const known = times.filter((ms) => ms !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** The last of several events, once all of them happened. */
function all(times: readonly (number | null)[]): number | null {
  return times.includes(null) ? null : worst(times)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
