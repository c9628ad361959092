import type { ForgetPlan, ResetPartition, ResetPlan } from '#shared/contracts/group-changes.ts'
import {
  type GroupHealth,
  type GroupHealthDetail,
  type GroupVerdict,
  verdictRules
} from '#shared/contracts/group-health.ts'
import type { GroupDetail } from '#shared/contracts/groups.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { rounded, span } from '#shared/reports/figures.ts'
import { counted, type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'

/** A state in the colour of its meaning for the group's progress. */
export function stateOf(state: string): string {
  if (state === 'Stable') return paint('green', state)
  return state === 'Empty' || state === 'Dead' ? paint('yellow', plain(state)) : plain(state)
}

/** A verdict in the colour of its gravity; `-` where there is none yet. */
export function verdictOf(verdict: GroupVerdict | null): string {
  if (verdict === null) return '-'
  if (verdict === 'OK') return paint('green', verdict)
  return paint(verdict === 'WARN' ? 'yellow' : 'red', verdict)
}

export const groupsHead = ['GROUP', 'VERDICT', 'LAG', 'BEHIND', 'STATE', 'MEMBERS']

/** A group as health-service judges it. */
export function groupRow({ group, verdict, lag, lagSeconds, state, members }: GroupHealth): string[] {
  return [
    plain(group),
    verdictOf(verdict),
    lag === null ? '?' : rounded(lag),
    lagSeconds === null ? '?' : span(lagSeconds),
    stateOf(state),
    members === null ? '?' : String(members)
  ]
}

const known = (value: number | null, reason?: string) =>
  value === null ? (reason ? `(${reason})` : '-') : String(value)

/** @param judged health-service's judgement; undefined if unavailable */
export function printGroup(output: Output, group: GroupDetail, judged?: GroupHealthDetail): void {
  const { members, partitions, lag, coordinator, protocol } = group
  const by = protocol ? `, ${plain(protocol)}` : ''
  const at = coordinator === null ? 'no coordinator' : `coordinator ${brokerName(coordinator)}`
  const behind = lag === null ? 'lag not known' : counted(lag, 'record')
  output.print(
    `${paint('bold', plain(group.group))}: ${stateOf(group.state)}${by}, ${at}, ${lag === null ? behind : `lag ${behind}`}`
  )
  if (judged) printVerdict(output, judged)
  if (partitions.length > 0) {
    const judgements = new Map(judged?.partitions.map((each) => [`${each.topic}/${each.partition}`, each]))
    const rows = partitions.map((each) => {
      const judgement = judgements.get(`${each.topic}/${each.partition}`)
      return [
        each.topic,
        String(each.partition),
        known(each.committedOffset),
        known(each.logEndOffset),
        each.lag === null ? `(${each.reason ?? 'unknown'})` : each.lag === 0 ? '0' : paint('yellow', String(each.lag)),
        ...(judged ? [behindOf(judgement), verdictOf(judgement?.verdict ?? null)] : []),
        memberName(group, each.memberId)
      ]
    })
    const ofHealth = judged ? ['BEHIND', 'VERDICT'] : []
    output.print(`\n${table(['TOPIC', 'PARTITION', 'COMMITTED', 'END', 'LAG', ...ofHealth, 'MEMBER'], rows)}`)
  }
  if (members === null || members.length === 0) return
  const rows = members.map(({ memberId, instanceId, clientId, host, assignment }) => [
    plain(instanceId ?? clientId),
    plain(host),
    assignment === null ? '?' : String(assignment.reduce((sum, { partitions }) => sum + partitions.length, 0)),
    plain(memberId)
  ])
  output.print(`\n${table(['CLIENT', 'HOST', 'PARTITIONS', 'MEMBER ID'], rows)}`)
}

function behindOf(judged: GroupHealthDetail['partitions'][number] | undefined): string {
  return judged === undefined || judged.lagSeconds === null ? '?' : span(judged.lagSeconds)
}

/** The verdict and why: the rule that decided for its worst partition. */
function printVerdict(output: Output, { verdict, verdictReason, lagSeconds, partitions }: GroupHealthDetail): void {
  const behind = lagSeconds === null ? '' : `; the oldest unread record is ${span(lagSeconds)} old`
  if (verdict === null) {
    const why = verdictReason === 'not_measured' ? 'too few readings so far' : (verdictReason ?? 'unknown')
    output.print(`verdict ${verdictOf(verdict)}: not judged (${why})${behind}`)
    return
  }
  const deciding = partitions.filter((each) => each.verdict === verdict)
  const words = new Set(deciding.map(({ verdictRule }) => verdictRules[verdictRule - 1] ?? `rule ${verdictRule}`))
  const where = verdict === 'OK' ? '' : ` (${counted(deciding.length, 'partition')} of ${partitions.length})`
  output.print(`verdict ${verdictOf(verdict)}: ${Array.from(words).join('; ')}${where}${behind}`)
}

/** The name that a person knows a member by. */
function memberName({ members }: GroupDetail, memberId: string | null): string {
  if (memberId === null) return '-'
  const member = members?.find((each) => each.memberId === memberId)
  return plain(member?.instanceId ?? member?.clientId ?? memberId)
}

export function printReset(output: Output, plan: ResetPlan): void {
  const { group, partitions, changes, dryRun, applied } = plan
  if (partitions.length > 0) {
    const head = ['TOPIC', 'PARTITION', 'OFFSET', 'THEN', 'BY', 'START', 'END', '']
    output.print(`${table(head, partitions.map(resetRow))}\n`)
  }
  const verb = dryRun ? 'would change' : applied ? 'changed' : 'did not change all of'
  output.print(`${plain(group)}: ${verb} ${counted(changes, 'offset')}`)
}

function resetRow(each: ResetPartition): string[] {
  const { topic, partition, oldOffset, newOffset, clamped, requestedOffset, logStartOffset, logEndOffset } = each
  const by = oldOffset === null || newOffset === null ? '-' : String(newOffset - oldOffset)
  const notes = [
    clamped === null ? '' : `${requestedOffset ?? 'that'} is out of range`,
    each.reason ?? '',
    each.error ? plain(each.error) : ''
  ]
  return [
    topic,
    String(partition),
    known(oldOffset),
    newOffset === null ? 'stays' : String(newOffset),
    by,
    known(logStartOffset),
    known(logEndOffset),
    notes.filter(Boolean).join('; ')
  ]
}

export function printForgotten(output: Output, plan: ForgetPlan): void {
  const { group, action, state, committed, dryRun, applied } = plan
  const what = action === 'delete' ? `group ${plain(group)} (${state})` : `offsets of group ${plain(group)} (${state})`
  const verb = dryRun ? 'would delete' : applied ? 'deleted' : 'did not delete'
  output.print(`${verb} ${what}, with ${counted(committed.length, 'committed offset')}`)
  if (committed.length === 0) return
  const rows = committed.map(({ topic, partition, offset, error }) => [
    topic,
    String(partition),
    known(offset),
    error ? paint('red', plain(error)) : ''
  ])
  output.print(`\n${table(['TOPIC', 'PARTITION', 'OFFSET', ''], rows)}`)
}
