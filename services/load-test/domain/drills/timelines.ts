import type { DrillAnswers, DrillPartition, PartitionTimeline } from '#shared/contracts/drill-records.ts'
import { goneAt, type Lane, type Lanes, laneAt } from './lanes.ts'
import { longestGap } from './measurements.ts'
import type { TimedOutcome } from './records/outcomes.ts'

export interface TimelineInput {
  topic: string
  lanes: Lanes
  outcomes: readonly Pick<TimedOutcome, 'partition' | 'endedAtMs' | 'errorAtMs' | 'status'>[]
  /** The brokers that the drill breaks. */
  brokers: readonly { id: number }[]
  injectedAtMs: number
  /** End of sending in monotonic milliseconds; null if nothing was sent. */
  writtenUntilMs: number | null
}

/**
 * What happened to each partition, in milliseconds from the request of the fault. What the cluster does (epoch, ISR, preferred
 * leader: as brokers reported it) and what the client sees (errors, acknowledgements) are apart. Pure.
 */
export function timelinesOf(input: TimelineInput): DrillPartition[] {
  const { topic, lanes, outcomes, brokers, injectedAtMs, writtenUntilMs } = input
  const sessionGoneAtMs = firstOf(brokers.flatMap((broker) => goneAt(lanes.live, broker, injectedAtMs) ?? []))
  const byPartition = Map.groupBy(outcomes, ({ partition }) => partition)
  const numbers = Array.from(new Set([...lanes.partitions.keys(), ...byPartition.keys()])).sort((a, b) => a - b)
  return numbers.map((partition) => {
    const ofPartition = lanes.partitions.get(partition) ?? []
    const written = byPartition.get(partition) ?? []
    const acknowledged = written
      .flatMap(({ status, endedAtMs }) => (status === 'acknowledged' ? endedAtMs : []))
      .sort((a, b) => a - b)
    const errors = written.flatMap(({ errorAtMs }) =>
      errorAtMs !== null && errorAtMs >= injectedAtMs ? errorAtMs : []
    )
    const before = laneAt(ofPartition, injectedAtMs)
    const shown = ofPartition.filter((lane) => lane === before || lane.fromMs > injectedAtMs)
    const preferred = lanes.replicas.get(partition)?.[0]
    const after = (atMs: number | undefined) => (atMs === undefined ? null : Math.round(atMs - injectedAtMs))
    const cluster = clusterTimes(shown, before, preferred)
    const resumesFromMs = cluster.newEpochMs ?? cluster.isrShrunkMs
    const times: Record<keyof PartitionTimeline, number | undefined> = {
      ...cluster,
      firstClientErrorMs: firstOf(errors),
      sessionGoneMs: sessionGoneAtMs,
      firstAckMs: resumesFromMs === undefined ? undefined : acknowledged.find((atMs) => atMs >= resumesFromMs)
    }
    return {
      topic,
      partition,
      leaderBefore: before?.leader ?? null,
      timeline: {
        firstClientErrorMs: after(times.firstClientErrorMs),
        sessionGoneMs: after(times.sessionGoneMs),
        newEpochMs: after(times.newEpochMs),
        firstAckMs: after(times.firstAckMs),
        isrShrunkMs: after(times.isrShrunkMs),
        isrFullMs: after(times.isrFullMs),
        preferredLeaderMs: after(times.preferredLeaderMs)
      },
      longestAckGapMs: longestGap(new Map([[partition, acknowledged]]), writtenUntilMs),
      lanes: shown.map(({ fromMs, leader, epoch, isr, by }) => ({
        fromMs: Math.round(fromMs - injectedAtMs),
        ...{ leader, epoch, isr: [...isr], by }
      }))
    }
  })
}

/** Which brokers answered this service, in milliseconds from the request of the fault. Pure. */
export function answersOf({ answers }: Pick<Lanes, 'answers'>, injectedAtMs: number): DrillAnswers[] {
  return Array.from(answers, ([node, all]) => {
    const before = all.findLast(({ fromMs }) => fromMs <= injectedAtMs)
    const shown = all.filter((lane) => lane === before || lane.fromMs > injectedAtMs)
    return { node, lanes: shown.map((lane) => ({ ...lane, fromMs: Math.round(lane.fromMs - injectedAtMs) })) }
  }).sort((a, b) => (a.node < b.node ? -1 : 1))
}

type ClusterTimes = Record<'newEpochMs' | 'isrShrunkMs' | 'isrFullMs' | 'preferredLeaderMs', number | undefined>

/** @param shown the lane at the injection and those after it */
function clusterTimes(shown: readonly Lane[], before: Lane | undefined, preferred: number | undefined): ClusterTimes {
  const since = shown.filter((lane) => lane !== before)
  const isShort = ({ isr }: Lane) => isr.length < (before?.isr.length ?? 0)
  const isAway = ({ leader }: Lane) => leader !== preferred
  return {
    newEpochMs: since.find(({ epoch }) => (epoch ?? -1) > (before?.epoch ?? -1))?.fromMs,
    isrShrunkMs: since.find(isShort)?.fromMs,
    isrFullMs: backForGood(shown, isShort),
    preferredLeaderMs: preferred === undefined ? undefined : backForGood(since, isAway)
  }
}

/** When a state that had begun ended and did not come back; undefined if it never began, or has not ended. */
function backForGood(lanes: readonly Lane[], isBad: (lane: Lane) => boolean): number | undefined {
  const last = lanes.findLastIndex(isBad)
  return last < 0 ? undefined : lanes[last + 1]?.fromMs
}

function firstOf(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : times.reduce((first, atMs) => Math.min(first, atMs))
}
