import type { Warning } from '#shared/contracts/common.ts'
import { type BrokerView, brokerName, endpointKey, formatEndpoint } from '#shared/kafka/model.ts'
import type { PartOutcomes } from './part-log.ts'
import type { KnownBroker, Part } from './readings.ts'

/** When the last full reading started and ended, on the clock's monotonic scale, and whether it was incomplete. */
export interface LastSweep {
  startedAtMs: number
  endedAtMs: number
  partial: boolean
}

/**
 * Tracks brokers that have come back: data that was missing because of them is read again, and not reported against
 * them.
 */
export interface Recovery {
  /** Records which brokers answer. */
  heard(views: readonly BrokerView[], atMs: number): void
  /** Whether a full reading should start early. */
  wantsSweep(last: LastSweep, nowMs: number): boolean
  /** Records the start of a full reading. @param early started because of wantsSweep() */
  sweeps(early: boolean): void
  /** The outcomes of parts read since `startedAtMs`, without errors of brokers that have come back since. */
  spare<T extends PartOutcomes>(outcomes: T, startedAtMs: number, known: Iterable<KnownBroker>): T
}

/** A broker that has just come back may not answer everything yet: maximum number of early readings for it. */
const mostEarly = 3
/** Delay from the end of one reading to an early repetition. */
const earlyPauseMs = 3000
/** Data still missing this long after a broker came back is not missing because it is starting. */
const startingMs = 20_000

const silences: ReadonlySet<string> = new Set(['broker_unreachable', 'kafka_timeout'])

export function createRecovery(): Recovery {
  const answers = new Map<string, boolean>()
  const backAtMs = new Map<string, number>()
  let early = 0

  return {
    heard(views, atMs) {
      for (const { endpoint, reachable } of views) {
        const key = endpointKey(endpoint)
        if (reachable && answers.get(key) === false) backAtMs.set(key, atMs)
        answers.set(key, reachable)
      }
    },

    wantsSweep({ startedAtMs, endedAtMs, partial }, nowMs) {
      const latest = Math.max(...backAtMs.values(), Number.NEGATIVE_INFINITY)
      if (early >= mostEarly) return false
      if (early > 0 && nowMs - endedAtMs < earlyPauseMs) return false
      return latest >= startedAtMs || (partial && nowMs - latest < startingMs && nowMs - endedAtMs >= earlyPauseMs)
    },

    sweeps(isEarly) {
      early = isEarly ? early + 1 : 0
    },

    spare(outcomes, startedAtMs, known) {
      const back = new Set<string>()
      const { problems } = outcomes
      for (const { id, endpoint } of known) {
        const key = endpointKey(endpoint)
        if (!answers.get(key) || (backAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < startedAtMs) continue
        back.add(key).add(formatEndpoint(endpoint)).add(brokerName(id))
      }
      if (back.size === 0) return outcomes
      const isOver = ({ code, target }: Warning) => silences.has(code) && target !== undefined && back.has(target)
      const left = Array.from(problems, ([part, found]): [Part, Warning[]] => [
        part,
        found.filter((warning) => !isOver(warning))
      ])
      return { ...outcomes, problems: new Map(left.filter(([, found]) => found.length > 0)) }
    }
  }
}
