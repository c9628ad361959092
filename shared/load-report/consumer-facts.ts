import type { Consumers, GroupResult, GroupSecond } from '#shared/contracts/load-consumption.ts'
import { counted, grouped, milliseconds, plain } from '../reports/figures.ts'

/** The consumer groups of a workload as a person would say them. */
export function consumersInWords(consumers: readonly Consumers[]): string {
  return consumers
    .map(({ group, members, processingMs, startAfter }) =>
      [
        `${group === undefined ? 'a temporary group' : plain(group)} of ${counted(members, 'member')}`,
        ...(processingMs ? [`${processingMs} ms a record`] : []),
        ...(startAfter ? [`from ${startInWords(startAfter)} on`] : [])
      ].join(', ')
    )
    .join('; ')
}

function startInWords({ seconds, records }: NonNullable<Consumers['startAfter']>): string {
  return [
    ...(seconds === undefined ? [] : [`${seconds} s`]),
    ...(records === undefined ? [] : [`${grouped(records)} waiting records`])
  ].join(' or ')
}

/** What became of the records in one group: what is missing comes first. */
export function groupInWords({ group, members, consumed, unconsumed, lag, ...rest }: GroupResult): string {
  const { consumedPerSecond, drainSeconds, backlog, busy, foreign } = rest
  return [
    ...(unconsumed > 0 ? [`${grouped(unconsumed)} NOT CONSUMED`] : []),
    `${grouped(consumed)} consumed${consumedPerSecond === null ? '' : ` at ${grouped(consumedPerSecond)}/s`}`,
    lag === null ? 'lag not known' : `lag ${grouped(lag)}`,
    ...(drainSeconds === null ? [] : [`done ${drainSeconds} s after the last record`]),
    ...(backlog ? [backlogInWords(backlog)] : []),
    ...(foreign > 0 ? [`${grouped(foreign)} of others`] : []),
    ...(busy > 0.9 ? ['its thread was the limit'] : []),
    `${plain(group)}, ${counted(members, 'member')}`
  ].join('; ')
}

function backlogInWords({
  records,
  drainSeconds,
  drainedPerSecond,
  producedPerSecond
}: NonNullable<GroupResult['backlog']>) {
  const rates =
    drainedPerSecond === null || producedPerSecond === null
      ? ''
      : ` at ${grouped(drainedPerSecond)}/s beside ${grouped(producedPerSecond)}/s produced`
  const drained = drainSeconds === null ? `not drained${rates}` : `drained in ${drainSeconds} s${rates}`
  return `a backlog of ${grouped(records)} ${drained}`
}

/** The slowest group and the largest lag, for one line: `e2e p99 12.4 ms  lag 37`; empty without groups. */
export function secondInWords(groups: readonly GroupSecond[] = []): string[] {
  if (groups.length === 0) return []
  return [`e2e p99 ${milliseconds(worst(groups, 'endToEndP99Ms'))} ms`, `lag ${known(worst(groups, 'lag'))}`]
}

/** While only groups go on: `draining  600/s consumed  e2e p99 1240 ms  lag 1,200`. */
export function drainInWords(groups: readonly GroupSecond[] = []): string[] {
  const least = Math.min(...groups.map(({ consumed }) => consumed))
  return ['draining', `${grouped(Number.isFinite(least) ? least : 0)}/s consumed`, ...secondInWords(groups)]
}

/** The highest of all groups; null if none says. */
export function worst(groups: readonly GroupSecond[], key: 'endToEndP50Ms' | 'endToEndP99Ms' | 'lag'): number | null {
  const values = groups.map((group) => group[key]).filter((value) => value !== null)
  return values.length === 0 ? null : Math.max(...values)
}

function known(value: number | null): string {
  return value === null ? '?' : grouped(value)
}
