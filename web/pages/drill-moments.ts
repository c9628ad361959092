import type { Drill } from '#shared/contracts/drills.ts'
import { zeroOf } from '#shared/drill-timeline.ts'
import { answerText, type DrillView, leaderName, shownPartitions } from './drill-timeline.ts'

/** A drill at one moment of its chart. */
export interface Moment {
  phase: string
  /** Partitions by their leader, the brokers in order and those without one at the end. */
  leaders: { leader: number | null; partitions: number }[]
  /** Partitions that lack a replica. */
  notInSync: number
  acknowledgedPerSecond: number | null
  /** The last event until then. */
  event: Drill['timeline'][number] | undefined
}

export function momentAt(drill: Drill, view: DrillView, atMs: number): Moment {
  const lanes = (drill.partitions ?? []).flatMap(({ lanes }) => {
    const lane = lanes.findLast(({ fromMs }) => fromMs <= atMs) ?? lanes[0]
    const whole = lanes.reduce((most, { isr }) => Math.max(most, isr.length), 0)
    return lane ? [{ leader: lane.leader, isShort: lane.isr.length < whole }] : []
  })
  const byLeader = Map.groupBy(lanes, ({ leader }) => leader)
  const { rates } = view
  const zero = zeroOf(drill)
  return {
    phase: view.phases.findLast(({ fromMs }) => fromMs <= atMs)?.what ?? 'preparing',
    leaders: Array.from(byLeader, ([leader, { length }]) => ({ leader, partitions: length })).sort(
      (a, b) => (a.leader ?? Number.POSITIVE_INFINITY) - (b.leader ?? Number.POSITIVE_INFINITY)
    ),
    notInSync: lanes.filter(({ isShort }) => isShort).length,
    acknowledgedPerSecond: rates?.acknowledged[Math.floor((atMs - rates.fromMs) / rates.everyMs)] ?? null,
    event: drill.timeline.findLast(({ at }) => Date.parse(at) - zero <= atMs)
  }
}

/** `?t=` in seconds since the fault, within a chart; undefined without one, or for what is no number. */
export function momentOf(
  text: string | null,
  { fromMs, toMs }: Pick<DrillView, 'fromMs' | 'toMs'>
): number | undefined {
  const seconds = text === null || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(seconds) ? Math.min(toMs, Math.max(fromMs, seconds * 1000)) : undefined
}

/** Everything that happened, in order: the drill's events, who stopped answering, and what became of each partition. */
export function happenings(drill: Drill): { atMs: number; what: string; detail: string }[] {
  const zero = zeroOf(drill)
  const events = drill.timeline.map(({ at, event, detail = '' }) => ({
    atMs: Date.parse(at) - zero,
    what: event,
    detail
  }))
  const changes = shownPartitions(drill.partitions ?? []).shown.flatMap(({ topic, partition, lanes, timeline }) => {
    const name = `${topic}-${partition}`
    const error = timeline.firstClientErrorMs
    return [
      ...lanes.slice(1).map(({ fromMs, leader, isr }, nth) => {
        const before = lanes[nth]
        const led =
          before?.leader === leader ? '' : leader === null ? leaderName(leader) : `${leaderName(leader)} leads`
        const inSync = sameIds(before?.isr ?? [], isr) ? '' : `in sync: ${isr.map((id) => `kafka-${id}`).join(', ')}`
        return { atMs: fromMs, what: name, detail: [led, inSync].filter(Boolean).join('; ') || 'another epoch' }
      }),
      ...(error === null ? [] : [{ atMs: error, what: name, detail: 'first error of a client' }])
    ]
  })
  const answers = (drill.answers ?? []).flatMap(({ node, lanes }) =>
    lanes.slice(1).map(({ fromMs, answers }) => ({ atMs: fromMs, what: node, detail: answerText(answers) }))
  )
  return [...events, ...answers, ...changes].sort((a, b) => a.atMs - b.atMs)
}

function sameIds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id))
}
