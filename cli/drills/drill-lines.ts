import type { DrillPrediction } from '#shared/contracts/drill-plan.ts'
import type { Drill, DrillEvent } from '#shared/contracts/drills.ts'
import type { SecondsBand } from '#shared/contracts/what-if.ts'
import { phaseOf } from '#shared/drill-timeline.ts'
import { grouped, secondsSince } from '#shared/reports/figures.ts'
import { plain } from '../paint.ts'

/** The prediction that an event is measured against. */
const measures: Record<string, keyof DrillPrediction['seconds']> = {
  'node-unreachable': 'detection',
  'leaders-moved': 'leaders',
  'isr-full': 'isrFull',
  'readers-released': 'committedWait'
}

/** One event: `  12.3 s  leaders-moved  6.1 s after the fault was requested (predicted 4-8 s)`. */
export function eventText(
  { at, event, detail }: DrillEvent,
  { createdAt, prediction }: Pick<Drill, 'createdAt' | 'prediction'>
): { when: string; what: string; detail: string } {
  const when = `${((Date.parse(at) - Date.parse(createdAt)) / 1000).toFixed(1).padStart(6)} s`
  const measured = measures[event]
  const band = measured === undefined ? undefined : prediction?.seconds[measured]
  const predicted = band ? `(predicted ${bandText(band)})` : ''
  return { when, what: event, detail: [plain(detail ?? ''), predicted].filter((part) => part !== '').join(' ') }
}

/** What a drill does now, in one line: `the fault is active for 6 s  leaders 2 of 2 moved  3,540 records`. */
export function liveText(drill: Drill, now = Date.now()): string {
  const { what, since } = phaseOf(drill)
  const parts = [
    `${Math.floor(secondsSince(drill.createdAt, now))} s`.padStart(7),
    `${what} for ${Math.floor(secondsSince(since, now))} s`
  ]
  const expected = expectedNext(drill)
  if (expected !== undefined) parts.push(expected)
  if (drill.progress) {
    const { acknowledged, failed } = drill.progress
    parts.push(`${grouped(acknowledged)} records${failed > 0 ? `, ${grouped(failed)} refused` : ''}`)
  }
  return parts.join('  ')
}

/** What the prediction expects to come next. */
function expectedNext({ timeline, prediction }: Drill): string | undefined {
  if (!prediction) return undefined
  const has = (event: string) => timeline.some((entry) => entry.event === event)
  const { committedWait } = prediction.seconds
  if (committedWait && has('fault-injecting')) {
    return has('readers-released') ? undefined : `committed readers go on after ${bandText(committedWait)}`
  }
  const band = has('healing')
    ? !has('isr-full') && prediction.seconds.isrFull
    : has('fault-injecting') && !has('leaders-moved') && prediction.seconds.leaders
  if (!band) return undefined
  return `${has('healing') ? 'in sync' : 'leaders move'} after ${bandText(band)}`
}

/** The prediction, as facts with names. */
export function predictionFacts(prediction: DrillPrediction): [name: string, text: string][] {
  const { seconds, totals, ownTopic, groups, assumed, notes } = prediction
  const times = [
    ['noticed after', seconds.detection],
    ['new leaders after', seconds.leaders],
    ['clients wait', seconds.clientGap],
    ['in sync, once healed, after', seconds.isrFull],
    ['readers of committed records wait', seconds.committedWait]
  ] as const
  const known = times.flatMap(([what, band]) => (band ? [`${what} ${bandText(band)}`] : []))
  const losses = ({ moves, offline, writesStop }: typeof totals) =>
    `${grouped(moves)} partitions get other leaders, ${grouped(offline)} have none, ${grouped(writesStop)} refuse writes`
  return [
    ['Expected', known.join(', ')],
    [
      'Cluster',
      `${losses(totals)}${groups && groups.length > 0 ? `; ${groups.length} groups get other coordinators` : ''}`
    ],
    ...(ownTopic ? [['Its topic', losses(ownTopic)] as [string, string]] : []),
    ...(assumed.length > 0 ? [['Assumed', `Kafka's default of ${assumed.join(', ')}`] as [string, string]] : []),
    ...notes.map((note): [string, string] => ['Note', note])
  ]
}

export function bandText({ min, max }: SecondsBand): string {
  return `${min}-${max} s`
}
