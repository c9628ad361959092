import { stdout } from 'node:process'
import type { Alert, AlertList } from '#shared/contracts/alerts.ts'
import type { GroupHealth } from '#shared/contracts/group-health.ts'
import type { ClusterHealth, ReadingPart } from '#shared/contracts/health.ts'
import type { HealthReason } from '#shared/contracts/health-status.ts'
import type { AffectedTopic } from '#shared/contracts/partition-health.ts'
import { ago, rounded, secondsSince, span } from '#shared/reports/figures.ts'
import { fold } from '../fold.ts'
import { counted, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'
import { alertRow, alertsHead } from './alerts.ts'
import { groupRow, groupsHead } from './groups.ts'
import { printMaintenance } from './maintenance.ts'

const colours = { HEALTHY: 'green', DEGRADED: 'yellow', DOWN: 'red' } as const
const mostGroups = 10
const mostAlerts = 10
/** A part that was read longer ago than this was passed over by sweeps that should have read it; they are half a minute apart. */
const staleSeconds = 120
/** Parts that seldom change, and are read every ten and every two minutes. */
const seldomSeconds: Record<string, number> = { configs: 900, logDirs: 300 }

/** The data of `kops health`: alerts are null if they could not be read. */
export interface HealthPage {
  health: ClusterHealth
  alerts: AlertList | null
}

/** Problems first, with the next step; then what they affect; the healthy rest last, briefly. */
export function printHealth(output: Output, { health, alerts }: HealthPage, now = Date.now()): void {
  const { status, score, asOf, reasons } = health
  const read = `score ${score.score} of 100, read ${ago(asOf, now)}`
  output.print(`${paint(colours[status], status)}  ${paint('dim', read)}`)
  printMaintenance(output, health.maintenance ?? [])
  for (const reason of byGravity(reasons)) printReason(output, reason, now)
  printAffected(output, health)
  printGroups(output, health.groups)
  printAlerts(output, alerts, now)
  printNodes(output, health, now)
  printParts(output, health.parts, now)
}

function byGravity(reasons: readonly HealthReason[]): HealthReason[] {
  const rank = ({ severity }: HealthReason) => (severity === 'down' ? 0 : 1)
  return reasons.toSorted((a, b) => rank(a) - rank(b))
}

function printReason(output: Output, { message, severity, since, runbook, command }: HealthReason, now: number): void {
  const colour = severity === 'down' ? 'red' : 'yellow'
  output.print('')
  const columns = stdout.columns || undefined
  const show = (line: string) => {
    for (const part of fold(line, columns)) output.print(part)
  }
  show(`${paint(colour, severity === 'down' ? 'DOWN' : 'DEGRADED')}  ${plain(message)}`)
  const runbookFile = `docs/runbooks/${runbook}.md`
  const facts = [`for ${span(secondsSince(since, now))}`, `next: ${plain(command)}`, runbookFile]
  const line = `  ${facts.join('; ')}`
  // On a narrow terminal the runbook gets its own line; a pipe gets one line for all.
  const fits = line.length <= (columns ?? Number.POSITIVE_INFINITY)
  for (const part of fits ? [line] : [`  ${facts.slice(0, 2).join('; ')}`, `  ${runbookFile}`]) show(paint('dim', part))
}

const troubles: Record<AffectedTopic['trouble'], string> = {
  offline: 'offline',
  under_min_isr: 'under min ISR',
  under_replicated: 'under-replicated',
  unconfirmed: 'not confirmed in sync'
}

function printAffected(output: Output, { affected, partitions, topics }: ClusterHealth): void {
  if (!affected || affected.topics.length === 0) return
  const sizes = new Map(topics.map(({ name, partitions }) => [name, partitions]))
  const rows = affected.topics.map(({ topic, trouble, count, partitions, missing }) => [
    topic,
    trouble === 'offline' || trouble === 'under_min_isr' ? paint('red', troubles[trouble]) : troubles[trouble],
    count === sizes.get(topic)
      ? `all ${count}`
      : ranges(
          partitions.map(({ partition }) => partition),
          count
        ),
    missing.join(', ')
  ])
  output.print(`\n${table(['TOPIC', 'PARTITIONS ARE', 'WHICH', 'MISSING'], rows)}`)
  if (affected.omitted > 0) {
    output.print(paint('dim', `and ${affected.omitted} more: kops topics list --unhealthy`))
  }
  if (partitions) {
    const { total, underReplicated, underMinIsr, offline } = partitions
    const counts = `${offline} offline, ${underMinIsr ?? '?'} under min ISR, ${underReplicated} under-replicated`
    output.print(paint('dim', `of ${counted(total, 'partition')}: ${counts}`))
  }
}

/** Numbers with their neighbours taken together: 0-4,7. @param count how many there are in all, where not all are named */
export function ranges(numbers: readonly number[], count = numbers.length): string {
  const parts: [first: number, last: number][] = []
  for (const number of numbers) {
    const open = parts.at(-1)
    if (open && open[1] + 1 === number) open[1] = number
    else parts.push([number, number])
  }
  const named = parts.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
  return count > numbers.length ? `${named},... (${count})` : named
}

function printGroups(output: Output, groups: readonly GroupHealth[]): void {
  if (groups.length === 0) return
  const shown = groups.filter(({ verdict }) => verdict !== 'OK' && verdict !== null).slice(0, mostGroups)
  const rest = groups.length - shown.length
  if (shown.length > 0) {
    output.print(`\n${table(groupsHead, shown.map(groupRow))}`)
  }
  if (rest === 0) return
  const line = shown.length === 0 ? `${counted(rest, 'consumer group')}: none is in trouble` : `and ${rest} more`
  output.print(paint('dim', `${shown.length === 0 ? '\n' : ''}${line}: kops groups list`))
}

function printAlerts(output: Output, alerts: AlertList | null, now: number): void {
  if (!alerts) return
  const firing = alerts.alerts.filter(({ status }) => status === 'firing')
  if (firing.length === 0) return
  const order = (alert: Alert) => Number(alert.silencedBy.length + alert.inhibitedBy.length > 0)
  const shown = firing.toSorted((a, b) => order(a) - order(b)).slice(0, mostAlerts)
  output.print(
    `\n${table(
      alertsHead,
      shown.map((alert) => alertRow(alert, now))
    )}`
  )
  if (firing.length > shown.length) output.print(paint('dim', `and ${firing.length - shown.length} more: kops alerts`))
}

function printNodes(output: Output, { brokers, zookeepers, quorum }: ClusterHealth, now: number): void {
  const yes = (value: boolean) => (value ? paint('green', 'yes') : paint('red', 'no'))
  const ofBrokers = brokers.map(({ name, reachable, host, port, controller, rack }) => [
    name,
    yes(reachable),
    `${host}:${port}`,
    [controller ? 'controller' : '', rack ?? ''].filter(Boolean).join(', ')
  ])
  const ofZookeeper = zookeepers.map(({ name, mode, host, port }) => [
    name,
    yes(mode !== null),
    `${host}:${port}`,
    mode ?? ''
  ])
  output.print(`\n${table(['NODE', 'SERVES', 'ADDRESS', 'ROLE'], [...ofBrokers, ...ofZookeeper])}`)
  if (!quorum) return
  const voters = quorum.voters.map(({ name, leader, lag, caughtUpAt }) => [
    leader ? `${name}, leader` : name,
    lag === null ? paint('red', 'not heard of') : rounded(lag),
    caughtUpAt === null ? '-' : ago(caughtUpAt, now)
  ])
  output.print(`\n${table(['VOTER OF THE QUORUM', 'LAG', 'HAD ALL'], voters)}`)
}

/** The age of each part, with equal ages grouped. */
function printParts(output: Output, parts: readonly ReadingPart[], now: number): void {
  const isStale = ({ part, ok, asOf }: ReadingPart) =>
    !ok || secondsSince(asOf, now) > (seldomSeconds[part] ?? staleSeconds)
  const stale = parts.filter(isStale)
  const byAge = Map.groupBy(
    parts.filter((part) => !stale.includes(part)),
    ({ asOf }) => ago(asOf, now)
  )
  const said = Array.from(byAge, ([age, of]) => `${of.map(({ part }) => part).join(', ')} ${age}`)
  if (said.length > 0) {
    output.print('')
    for (const line of fold(`read: ${said.join('; ')}`, stdout.columns || undefined)) output.print(paint('dim', line))
  }
  for (const { part, asOf, ok } of stale) {
    output.print(
      paint('yellow', ok ? `${part} was last read ${ago(asOf, now)}` : `${part} could not be read ${ago(asOf, now)}`)
    )
  }
}
