import type { NamedReport } from './deliveries.ts'
import type { GroupSighting } from './group.ts'
import type { BrokenMember } from './members.ts'

/** A stage that broke members, as far as it has come. */
export interface MembersWindow {
  reports: readonly NamedReport[]
  sightings: readonly GroupSighting[]
  broken: readonly BrokenMember[]
  staticMembership: boolean
  injectedAtMs: number | null
  healedAtMs: number | null
}

/** What was under way when it was broken may still be reported. */
const graceMs = 500

/** The members that a stage broke. */
export function brokenIn({ broken, injectedAtMs, healedAtMs }: MembersWindow): BrokenMember[] {
  if (injectedAtMs === null) return []
  return broken.filter(({ fromMs }) => fromMs >= injectedAtMs && (healedAtMs === null || fromMs <= healedAtMs))
}

/** When the processes of all of them had ended or were paused; undefined while one still works. */
export function goneAtMs(window: MembersWindow): number | undefined {
  const times = brokenIn(window).map(({ member, loss }) => {
    const proof = loss === 'pause' ? 'paused' : 'ended'
    return window.reports.find((report) => report.member === member && report.kind === proof)?.atMs
  })
  return times.reduce<number | undefined>(
    (last, time, index) =>
      time === undefined || (index > 0 && last === undefined) ? undefined : Math.max(last ?? 0, time),
    undefined
  )
}

/**
 * Whether members were broken as they should: by the end of their processes, which the kernel reports, or by their silence; and by
 * what the coordinator says of the group, which a killed or paused member leaves when its session is over.
 */
export function membersEvidence(window: MembersWindow): { confirmed: boolean; detail: string } {
  const members = brokenIn(window)
  if (members.length === 0) return { confirmed: false, detail: 'no member was broken' }
  const each = members.map((member) => evidenceOf(member, window))
  return { confirmed: each.every(({ confirmed }) => confirmed), detail: each.map(({ detail }) => detail).join('; ') }
}

function evidenceOf(member: BrokenMember, window: MembersWindow): { confirmed: boolean; detail: string } {
  const { member: name, loss, fromMs } = member
  const own = window.reports.filter((report) => report.member === name)
  const end = own.find((report) => report.kind === 'ended')
  const group = groupView(member, window)
  if (loss === 'pause') {
    const untilMs = member.untilMs ?? window.healedAtMs ?? Number.POSITIVE_INFINITY
    const isProcessing = own.some(({ kind, atMs }) => kind === 'delivered' && atMs > fromMs + graceMs && atMs < untilMs)
    const isPaused = own.some(({ kind }) => kind === 'paused')
    if (isProcessing || !isPaused) return { confirmed: false, detail: `${name} kept processing` }
    return { confirmed: true, detail: `${name} stood still; ${group.detail}` }
  }
  if (end?.kind !== 'ended') return { confirmed: false, detail: `the process of ${name} did not end` }
  if (loss === 'kill') {
    const confirmed = end.signal === 'SIGKILL'
    const how = end.signal ?? `code ${end.code}`
    return { confirmed, detail: `the process of ${name} ended by ${how}; ${group.detail}` }
  }
  if (end.signal !== null) return { confirmed: false, detail: `${name} did not leave in time and was killed` }
  const confirmed = window.staticMembership || group.isGone
  return { confirmed, detail: `${name} left; ${group.detail}` }
}

/** What the coordinator said of the group while the member was broken. */
function groupView(
  { memberId, fromMs }: BrokenMember,
  { sightings, healedAtMs }: MembersWindow
): { isGone: boolean; detail: string } {
  const during = sightings.filter(({ atMs }) => atMs >= fromMs && (healedAtMs === null || atMs < healedAtMs))
  const gone = during.find(({ memberIds }) => memberId !== null && !memberIds.includes(memberId))
  if (gone)
    return {
      isGone: true,
      detail: `the group was without it ${seconds(gone.atMs - fromMs)} after the fault was requested`
    }
  if (during.length === 0) return { isGone: false, detail: 'the coordinator did not answer meanwhile' }
  return {
    isGone: false,
    detail: `the group listed it ${healedAtMs === null ? 'all the time' : 'until the fault was healed'}`
  }
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`
}
