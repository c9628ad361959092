import type { DrillAnswers, DrillPartition } from '#shared/contracts/drill-records.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import type { SecondsBand } from '#shared/contracts/what-if.ts'
import {
  brokersOf,
  comparedNames,
  type FaultMark,
  faultMarks,
  type Phase,
  phasesOf,
  type Run,
  runs,
  spanOf,
  zeroOf
} from '#shared/drill-timeline.ts'
import { ticks, timeTicks } from '#shared/reports/line-chart.ts'

/** So many lanes are shown whatever happened to them; of more, those that changed. */
const mostUnchanged = 50
/** Nobody reads more; those that waited longest are shown. */
const mostLanes = 200

/** One partition over time. Times are in milliseconds since the fault was requested, as everywhere here. */
export interface ShownLane {
  name: string
  partition: number
  leaders: Run<number | null>[]
  /** How many replicas are in sync. */
  inSync: Run<number>[]
  /** Replicas in sync at the best of times. */
  whole: number
  firstErrorMs: number | null
  gapMs: number | null
  inWords: string
}

/** A time that was predicted, and what was measured of it. */
export interface ShownBand {
  name: string
  /** Behind the lanes, too: when leaders are expected, and when every ISR is full again. */
  isBehind: boolean
  from: number
  to: number
  measuredMs: number | null
  within: boolean | null
  inWords: string
}

export interface ShownRates {
  everyMs: number
  fromMs: number
  /** Records per second. */
  acknowledged: number[]
  failed: number[]
  most: number
  ticks: number[]
  /** When nothing was acknowledged, on any partition. */
  gaps: { from: number; to: number }[]
}

/** Whether a broker answers over time. */
export interface ShownAnswers {
  node: string
  runs: Run<boolean>[]
  inWords: string
}

export interface DrillView {
  fromMs: number
  toMs: number
  /** Seconds. */
  ticks: number[]
  phases: (Phase & { toMs: number })[]
  marks: FaultMark[]
  bands: ShownBand[]
  rates: ShownRates | undefined
  answers: ShownAnswers[]
  lanes: ShownLane[]
  /** Partitions without a lane. */
  leftOut: number
  /** Which colour each broker has. */
  brokers: ReadonlyMap<number, number>
}

/**
 * What a chart of a drill draws; undefined before its fault was requested, because there is nothing to count time from.
 * @param nowMs the service's time, for one that is under way: its last lanes go on until then
 */
export function drillView(drill: Drill, nowMs: number): DrillView | undefined {
  const marks = faultMarks(drill)
  const { partitions = [], rates } = drill
  if (marks.length === 0 || (partitions.length === 0 && !rates)) return undefined
  const span = spanOf(drill, marks)
  const isUnderWay = drill.finishedAt === null
  const fromMs = span.fromMs
  const toMs = isUnderWay ? Math.max(span.toMs, nowMs - zeroOf(drill)) : span.toMs
  const { shown, leftOut } = shownPartitions(partitions)
  return {
    fromMs,
    toMs,
    ticks: timeTicks(toMs / 1000),
    phases: phasesOf(drill).flatMap((phase) => {
      const clipped = { ...phase, fromMs: Math.max(fromMs, phase.fromMs), toMs: Math.min(toMs, phase.toMs ?? toMs) }
      return clipped.toMs > clipped.fromMs ? [clipped] : []
    }),
    marks,
    bands: bandsOf(drill, marks, toMs),
    rates: rates && ratesOf(rates, toMs),
    answers: (drill.answers ?? []).map((each) => answersOf(each, toMs)),
    lanes: shown.map((each) => laneOf(each, toMs)),
    leftOut,
    brokers: brokersOf(shown)
  }
}

/** All of few partitions; of many those that changed, and of these the ones that waited longest. */
export function shownPartitions(partitions: readonly DrillPartition[]): {
  shown: readonly DrillPartition[]
  leftOut: number
} {
  const changed = partitions.length > mostUnchanged ? partitions.filter(({ lanes }) => lanes.length > 1) : partitions
  const waited = changed.toSorted((a, b) => (b.longestAckGapMs ?? 0) - (a.longestAckGapMs ?? 0))
  const kept = new Set(waited.slice(0, mostLanes))
  const shown = changed.filter((each) => kept.has(each))
  return { shown, leftOut: partitions.length - shown.length }
}

function laneOf({ topic, partition, lanes, timeline, longestAckGapMs }: DrillPartition, toMs: number): ShownLane {
  const leaders = runs(lanes, toMs, ({ leader }) => leader)
  const led = leaders.map(({ from, value }, nth) =>
    nth === 0 ? leaderName(value) : `${leaderName(value)} after ${secondsText(from)}`
  )
  const gap = longestAckGapMs === null ? '' : `; longest gap ${secondsText(longestAckGapMs)}`
  return {
    name: `${topic}-${partition}`,
    partition,
    leaders,
    inSync: runs(lanes, toMs, ({ isr }) => isr.length),
    whole: lanes.reduce((most, { isr }) => Math.max(most, isr.length), 0),
    firstErrorMs: timeline.firstClientErrorMs,
    gapMs: longestAckGapMs,
    inWords: `${topic}-${partition}: ${led.join(', ')}${gap}`
  }
}

function answersOf({ node, lanes }: DrillAnswers, toMs: number): ShownAnswers {
  const runs = lanes.map(({ fromMs, answers }, nth) => ({
    from: fromMs,
    to: lanes[nth + 1]?.fromMs ?? toMs,
    value: answers
  }))
  const words = runs.map(({ from, value }, nth) => answerText(value) + (nth === 0 ? '' : ` after ${secondsText(from)}`))
  return { node, runs, inWords: `${node}: ${words.join(', ')}` }
}

export function answerText(answers: boolean): string {
  return answers ? 'answers' : 'no answer'
}

/** `kafka-2`, or `no leader` */
export function leaderName(leader: number | null): string {
  return leader === null ? 'no leader' : `kafka-${leader}`
}

/** `6.8 s` */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** About the width of a letter of a chart's labels. */
export const letterPx = 6.6

/** The label above a band, where there is no room beside it: on two lines if one is too short. */
export function bandLabel({ name, inWords }: Pick<ShownBand, 'name' | 'inWords'>, room: number): string[] {
  const line = `${name}: ${inWords}`
  return line.length * letterPx <= room ? [line] : [`${name}:`, inWords]
}

export function bandText({ min, max }: SecondsBand): string {
  return `${min} to ${max} s`
}

/** What was predicted; while a drill runs, nothing is measured beside it yet. */
function bandsOf(drill: Drill, marks: readonly FaultMark[], toMs: number): ShownBand[] {
  const healed = marks.findLast(({ heals }) => heals)?.atMs
  return comparedOf(drill).flatMap(({ name, predicted, measuredSeconds, within }) => {
    const zero = name === 'isrFull' ? healed : 0
    if (zero === undefined || (predicted === null && measuredSeconds === null)) return []
    const measuredMs = measuredSeconds === null ? null : zero + measuredSeconds * 1000
    const place = (seconds: number) => Math.min(toMs, zero + seconds * 1000)
    return {
      name: comparedNames[name],
      isBehind: name === 'leaders' || name === 'isrFull',
      from: place(predicted?.min ?? measuredSeconds ?? 0),
      to: place(predicted?.max ?? measuredSeconds ?? 0),
      measuredMs,
      within,
      inWords: [
        ...(measuredSeconds === null ? [] : [secondsText(measuredSeconds * 1000)]),
        ...(predicted ? [`predicted ${bandText(predicted)}`] : [])
      ].join(', ')
    }
  })
}

/** Predicted beside measured, of drills of one fault; before their end, predicted alone. */
export function comparedOf({ comparison, prediction }: Pick<Drill, 'comparison' | 'prediction'>) {
  if (comparison) return comparison
  const names = Object.keys(comparedNames) as (keyof typeof comparedNames)[]
  return names.flatMap((name) => {
    const predicted = prediction?.seconds[name] ?? null
    return predicted === null ? [] : [{ name, predicted, measuredSeconds: null, within: null }]
  })
}

function ratesOf({ everyMs, fromMs = 0, acknowledged, failed }: NonNullable<Drill['rates']>, toMs: number): ShownRates {
  const perSecond = (values: readonly number[]) => values.map((value) => (value * 1000) / everyMs)
  const [good, bad] = [perSecond(acknowledged), perSecond(failed)]
  const scale = ticks(
    [...good, ...bad].reduce((most, each) => Math.max(most, each), 0),
    2
  )
  return {
    everyMs,
    fromMs,
    acknowledged: good,
    failed: bad,
    most: scale.at(-1) ?? 1,
    ticks: scale,
    gaps: gapsOf(acknowledged, { everyMs, fromMs, toMs })
  }
}

/** Less than this is the pace of the writers. */
const shortestGapMs = 500

function gapsOf(
  acknowledged: readonly number[],
  { everyMs, fromMs, toMs }: { everyMs: number; fromMs: number; toMs: number }
): ShownRates['gaps'] {
  const gaps: ShownRates['gaps'] = []
  let begin: number | undefined
  for (const [nth, value] of [...acknowledged, 1].entries()) {
    if (value === 0) begin ??= nth
    else if (begin !== undefined) {
      const gap = { from: fromMs + begin * everyMs, to: Math.min(toMs, fromMs + nth * everyMs) }
      if (gap.to - gap.from >= shortestGapMs) gaps.push(gap)
      begin = undefined
    }
  }
  return gaps
}
