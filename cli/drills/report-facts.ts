import type { DrillPartition } from '#shared/contracts/drill-records.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { comparedNames, zeroOf } from '#shared/drill-timeline.ts'
import { grouped } from '#shared/reports/figures.ts'

/** So many partitions are a table that somebody reads; of more, the worst are. */
const mostPartitions = 32

type Row = readonly string[]

/** `PASS`; what a drill without a verdict is doing. */
export function resultOf({ verdict, status }: Drill): string {
  return verdict ? verdict.result.toUpperCase() : status
}

export function titleOf({ kind, node }: Pick<Drill, 'kind' | 'node'>): string {
  return `Drill ${kind} of ${node}`
}

/** What every form of the report begins with: names and texts. */
export function factRows(drill: Drill): Row[] {
  const { verdict, target, request, failure } = drill
  const held = verdict?.measurements.faultDurationMs ?? null
  return [
    ['Drill', drill.id],
    ['Target', target ? `${target.nodes.join(', ')}: ${target.detail}` : drill.node],
    ...(request?.topic === undefined ? [] : [['Topic', `${request.topic}, which others use, too`]]),
    ['Started', drill.createdAt],
    ['Took', drill.finishedAt === null ? '-' : seconds(Date.parse(drill.finishedAt) - Date.parse(drill.createdAt))],
    ...(verdict ? [['The fault held for', seconds(held)]] : []),
    ...(verdict ? [['Longest time without an acknowledgement', seconds(verdict.measurements.longestAckGapMs)]] : []),
    ...(verdict ? [['Records', recordsText(verdict)]] : []),
    ...(drill.transaction ? [['Transaction', transactionText(drill.transaction)]] : []),
    ...(failure === undefined ? [] : [['Failure', failure]])
  ]
}

function transactionText(transaction: NonNullable<Drill['transaction']>): string {
  const { records, partitions, end, endedBy, states } = transaction
  const heldBack = partitions.reduce((sum, each) => sum + each.heldBack, 0)
  const how = endedBy === null ? end : `${end} by its ${endedBy}`
  return `${grouped(records)} records in ${partitions.length} partitions; ${how}; readers of committed records waited before ${grouped(heldBack)} offsets; ${states.join(', ') || 'its coordinator was not asked'}`
}

function recordsText({ counts }: NonNullable<Drill['verdict']>): string {
  if (!counts) return 'nobody counted: the service ended during the drill, or it never began'
  const { acknowledged, ackedLost, duplicates, reordered, failed, indeterminate } = counts
  const counted = { acknowledged, lost: ackedLost, duplicates, reordered, refused: failed, indeterminate }
  return Object.entries(counted)
    .map(([name, count]) => `${grouped(count)} ${name}`)
    .join(', ')
}

export const comparisonHead = ['', 'Predicted', 'Measured', 'Within', 'Because']

export function comparisonRows({ comparison = [] }: Drill): Row[] {
  return comparison.map(({ name, predicted, measuredSeconds, within, explanation = '' }) => [
    comparedNames[name],
    predicted ? `${predicted.min} to ${predicted.max} s` : '-',
    measuredSeconds === null ? '-' : seconds(measuredSeconds * 1000),
    within === null ? '-' : within ? 'yes' : 'NO',
    explanation
  ])
}

export const evidenceHead = ['Stage', 'Took effect', 'What was seen']

export function evidenceRows({ evidence = [] }: Drill): Row[] {
  return evidence.map(({ stage, node, confirmed, detail, reach = [] }) => [
    stage === node ? stage : `${stage}: ${node}`,
    confirmed ? 'yes' : 'NO',
    [detail, ...reach].join('; ')
  ])
}

export const findingHead = ['Finding', 'Records', '', 'What it is']

export function findingRows({ verdict }: Drill): Row[] {
  return (verdict?.findings ?? []).map((each) => [
    each.class,
    grouped(each.count),
    each.severity === 'failure' ? 'FAILURE' : each.severity,
    each.detail
  ])
}

export const consumerHead = [
  'Group',
  'Delivered',
  'Duplicates',
  'Skipped',
  'Owned twice',
  'Longest gap',
  'All delivered again',
  'Predicted',
  'Rebalances',
  'Lag, drained'
]

/** What consumer groups saw of the fault. */
export function consumerRows({ consumers = [] }: Drill): Row[] {
  return consumers.map((each) => [
    `${each.group} (${each.protocol})`,
    grouped(each.delivered),
    grouped(each.duplicates),
    each.skipped === 0 ? '0' : `${grouped(each.skipped)}!`,
    grouped(each.doubleOwned),
    seconds(each.gapMaxMs),
    seconds(each.lastPartitionMs),
    each.predictedSeconds ? `${each.predictedSeconds.min} to ${each.predictedSeconds.max} s` : '-',
    each.rebalances === null ? '-' : String(each.rebalances),
    each.lagPeak === null ? '-' : `${grouped(each.lagPeak)}, ${seconds(each.drainMs)}`
  ])
}

export const guardHead = ['Guard', 'Passed', 'Reading', 'Limit']

export function guardRows({ guards = [] }: Drill): Row[] {
  return guards.map(({ name, passed, reading, limit, forced }) => [
    name,
    passed ? 'yes' : forced ? 'no, forced' : 'NO',
    reading,
    limit
  ])
}

export const partitionHead = [
  'Partition',
  'Leader before',
  'Longest gap',
  'First error',
  'New epoch',
  'First ack',
  'ISR shrunk',
  'ISR full',
  'Preferred'
]

/** The partitions of a drill, or of very many those that waited longest. Times are since the fault was requested. */
export function partitionRows({ partitions = [] }: Drill): { rows: Row[]; leftOut: number } {
  const longestFirst = (a: DrillPartition, b: DrillPartition) => (b.longestAckGapMs ?? 0) - (a.longestAckGapMs ?? 0)
  const shown =
    partitions.length > mostPartitions ? partitions.toSorted(longestFirst).slice(0, mostPartitions) : partitions
  const rows = shown.map(({ topic, partition, leaderBefore, longestAckGapMs, timeline }) => [
    `${topic}-${partition}`,
    String(leaderBefore ?? '-'),
    seconds(longestAckGapMs),
    seconds(timeline.firstClientErrorMs),
    seconds(timeline.newEpochMs),
    seconds(timeline.firstAckMs),
    seconds(timeline.isrShrunkMs),
    seconds(timeline.isrFullMs),
    seconds(timeline.preferredLeaderMs)
  ])
  return { rows, leftOut: partitions.length - shown.length }
}

export const eventHead = ['Seconds', 'Event', '']

/** Events by the seconds since the fault was first requested, or since the drill began if it never was. */
export function eventRows(drill: Drill): Row[] {
  const zero = zeroOf(drill)
  return drill.timeline.map(({ at, event, detail = '' }) => [
    ((Date.parse(at) - zero) / 1000).toFixed(1),
    event,
    detail
  ])
}

/** Parts of the configuration that the drill ran in, by name. */
export function configurationRows({ fingerprint }: Drill): Row[] {
  return Object.entries(fingerprint?.parts ?? {}).map(([name, value]) => [name, value ?? 'unknown'])
}

/** `6.8 s`; `-` for what did not happen. */
export function seconds(ms: number | null): string {
  return ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`
}
