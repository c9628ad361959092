import type { Warning } from '#shared/contracts/common.ts'
import { type BrokerView, brokerName, endpointKey, formatEndpoint } from '#shared/kafka/model.ts'
import type { PartOutcomes } from './part-log.ts'
import type { KnownBroker, Part } from './readings.ts'

/** When the last full reading began and ended, on the clock's monotonic scale, and whether anything was missing from it. */
export interface LastSweep {
  startedAtMs: number
  endedAtMs: number
  partial: boolean
}

/** Follows which brokers have come back: what was missing because of them is read again, and not held against them. */
export interface Recovery {
  /** Takes note of who answers. */
  heard(views: readonly BrokerView[], atMs: number): void
  /** Whether everything is to be read again before its time. */
  wantsSweep(last: LastSweep, nowMs: number): boolean
  /** Takes note of a full reading that begins. @param early for wantsSweep(), not in its own time */
  sweeps(early: boolean): void
  /** The outcomes of parts that were read from `startedAtMs` on, without the silence of brokers that have come back since. */
  spare<T extends PartOutcomes>(outcomes: T, startedAtMs: number, known: Iterable<KnownBroker>): T
}

/** A broker that has just come back may not answer everything yet: so many readings are made for it, at most. */
const mostEarly = 3
/** From the end of one reading to an early one that repeats it. */
const earlyPauseMs = 3000
/** What is missing for so long after a broker came back is not missing because it starts. */
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
