import type { Clock } from '#shared/clock.ts'
import type { ConsumedGroup } from '#shared/contracts/drill-consumers.ts'
import type { Finding } from '#shared/contracts/drill-records.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { GroupAdmin } from '#shared/kafka/groups/port.ts'
import { poll } from '#shared/poll.ts'
import type { WrittenRun } from '../workload.ts'
import { committedOf, type MemberFault, type NamedReport, ownersAt } from './deliveries.ts'
import { expectedTakeover, type MemberLoss } from './expected.ts'
import { groupFindings } from './findings.ts'
import { measureGroup, usualMs } from './group-measures.ts'
import { groupReport } from './group-report.ts'
import type { MemberEngine, MemberProcess } from './port.ts'
import type { GroupSettings } from './settings.ts'

export interface DrillGroupOptions {
  engine: MemberEngine
  groups: Pick<GroupAdmin, 'describe' | 'deleteGroup'>
  clock: Clock
  settings: GroupSettings
  group: string
  topic: string
  partitions: number
  begins: 'earliest' | 'latest'
}

/** The group as its coordinator describes it. */
export interface GroupSighting {
  atMs: number
  state: string
  memberIds: string[]
}

/** A member that the drill broke, and how. */
export interface BrokenMember extends MemberFault {
  loss: MemberLoss
  memberId: string | null
  /** When it was resumed or replaced; null if it was not. */
  restoredAtMs: number | null
}

/** A consumer group of processes, which a drill starts, breaks and ends. */
export interface DrillGroup {
  readonly settings: GroupSettings
  readonly reports: readonly NamedReport[]
  readonly sightings: readonly GroupSighting[]
  readonly broken: readonly BrokenMember[]
  /** Starts the members. Never waits for them. */
  start(): void
  /**
   * Resolves once every partition has commits, and what was written until then has been delivered: a fault then finds a group
   * without a backlog. @throws KopsError coordinator_unavailable
   */
  steady(written: readonly WrittenRun[], signal: AbortSignal): Promise<void>
  /** Breaks so many members that have partitions, those first that have been members longest. */
  lose(loss: MemberLoss, members: number): Promise<void>
  /** What was lost comes back: paused members go on, others are replaced. */
  restore(): void
  /** Whether every member has joined, each partition has one, and the coordinator agrees. */
  isWhole(): boolean
  /** Waits until everything that was written has been delivered, and lets the members leave. Rejects with the signal's reason. */
  stop(written: readonly WrittenRun[], timeoutMs: number, signal?: AbortSignal): Promise<void>
  /** Kills what is left of it, and deletes the group. Idempotent; never rejects. */
  abandon(): Promise<void>
  /** After its end. */
  result(input: {
    written: readonly WrittenRun[]
    injectedAtMs: number | null
    healedAtMs: number | null
    writtenUntilMs: number | null
  }): { group: ConsumedGroup; findings: Finding[] }
}

interface Slot {
  name: string
  process: MemberProcess | undefined
  startedAtMs: number
}

const steadyMs = 60_000
const lookMs = 100
const sightingMs = 500
const sightingDeadlineMs = 3000
const leaveMs = 8000
const deleteMs = 5000

export function createDrillGroup(options: DrillGroupOptions): DrillGroup {
  const { engine, clock, settings, group, topic, partitions } = options
  const reports: NamedReport[] = []
  const sightings: GroupSighting[] = []
  const broken: BrokenMember[] = []
  const slots: Slot[] = []
  const leaving = new Set<MemberProcess>()
  const watching = new AbortController()
  let started = 0
  let watched: Promise<void> = Promise.resolve()
  let abandoning: Promise<void> | undefined

  function startMember(nth: number): void {
    started += 1
    const name = `member-${started}`
    const { protocol, sessionTimeoutMs, heartbeatIntervalMs, commit, staticMembership } = settings
    const instanceId = staticMembership ? `${group}-${nth + 1}` : null
    const subscription = { group, topic, protocol, instanceId, sessionTimeoutMs, heartbeatIntervalMs, commit }
    const process = engine.start({ ...subscription, begins: options.begins }, name, (report) =>
      reports.push({ ...report, member: name })
    )
    slots[nth] = { name, process, startedAtMs: clock.monotonicMs() }
  }

  /** Looks at the group from outside until it is abandoned. */
  async function watch(): Promise<void> {
    while (!watching.signal.aborted) {
      const atMs = clock.monotonicMs()
      const read = options.groups.describe(group, { deadlineMs: sightingDeadlineMs, signal: watching.signal })
      const { value } = await read.catch(() => ({ value: undefined }))
      if (value?.members) {
        sightings.push({ atMs, state: value.state, memberIds: value.members.map(({ memberId }) => memberId) })
      }
      await clock.sleep(sightingMs, watching.signal).catch(() => undefined)
    }
  }

  const memberIdOf = (name: string) =>
    reports.findLast((report) => report.kind === 'assigned' && report.member === name) as
      | Extract<NamedReport, { kind: 'assigned' }>
      | undefined

  function undelivered(written: readonly WrittenRun[]): boolean {
    const positions = new Map<number, number>()
    for (const report of reports) {
      if (report.kind !== 'delivered') continue
      const end = Math.max(positions.get(report.partition) ?? 0, ...report.runs.map(([, to]) => to))
      positions.set(report.partition, end)
    }
    return written.some(({ partition, to }) => (positions.get(partition) ?? 0) < to)
  }

  function failure(): string | undefined {
    const failed = reports.find((report) => report.kind === 'failed')
    return failed?.kind === 'failed' ? `${failed.member}: ${failed.detail}` : undefined
  }

  return {
    settings,
    reports,
    sightings,
    broken,
    start() {
      for (let nth = 0; nth < settings.members; nth += 1) startMember(nth)
      watched = watch()
    },
    async steady(written, signal) {
      let backlog: readonly WrittenRun[] | undefined
      const hasCaughtUp = () => {
        if (committedOf(reports).size < partitions) return false
        backlog ??= [...written]
        return !undelivered(backlog)
      }
      const { done } = await poll(
        () => failure() !== undefined || hasCaughtUp(),
        (over) => over,
        { timeoutMs: steadyMs, pauseMs: lookMs, clock, signal }
      )
      const failed = failure()
      if (failed !== undefined) throw new KopsError('coordinator_unavailable', `A member of ${group} failed: ${failed}`)
      if (!done) {
        const delivering = committedOf(reports).size
        throw new KopsError(
          'coordinator_unavailable',
          `${group} delivers from ${delivering} of ${partitions} partitions after ${steadyMs / 1000} s`
        )
      }
      await clock.sleep(usualMs, signal)
    },
    async lose(loss, members) {
      const fromMs = clock.monotonicMs()
      const owners = new Set(ownersAt(reports, fromMs).values())
      const victims = slots
        .filter(({ name, process }) => process !== undefined && owners.has(name))
        .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
        .slice(0, members)
      if (victims.length < members) {
        throw new KopsError('coordinator_unavailable', `Only ${victims.length} member(s) of ${group} have partitions`)
      }
      await Promise.all(
        victims.map(async (slot) => {
          const memberId = memberIdOf(slot.name)?.memberId ?? null
          broken.push({ member: slot.name, fromMs, untilMs: null, loss, memberId, restoredAtMs: null })
          const { process } = slot
          if (loss === 'pause') return process?.pause()
          slot.process = undefined
          if (loss === 'kill') return process?.kill()
          if (process) leaving.add(process)
          return process?.leave(leaveMs)
        })
      )
    },
    restore() {
      for (const member of broken) {
        const nth = slots.findIndex(({ name }) => name === member.member)
        if (nth < 0 || member.restoredAtMs !== null) continue
        const { process } = slots[nth] ?? {}
        member.restoredAtMs = clock.monotonicMs()
        if (process) {
          member.untilMs = member.restoredAtMs
          process.resume()
        } else startMember(nth)
      }
    },
    isWhole() {
      const names = slots.map(({ name }) => name)
      const ids = names.map((name) => memberIdOf(name)?.memberId)
      const owners = ownersAt(reports, clock.monotonicMs())
      const isOwned = owners.size === partitions && Array.from(owners.values()).every((owner) => names.includes(owner))
      const { state, memberIds = [] } = sightings.at(-1) ?? {}
      return (
        isOwned &&
        slots.every(({ process }) => process !== undefined) &&
        broken.every(({ loss, untilMs }) => loss !== 'pause' || untilMs !== null) &&
        (state === 'Stable' || state === 'STABLE') &&
        memberIds.length === slots.length &&
        ids.every((id) => id !== undefined && memberIds.includes(id))
      )
    },
    async stop(written, timeoutMs, signal) {
      await poll(
        () => undelivered(written),
        (left) => !left,
        { timeoutMs, pauseMs: lookMs, clock, signal }
      )
      await Promise.all(slots.map(({ process }) => process?.leave(leaveMs)))
      for (const slot of slots) slot.process = undefined
    },
    abandon() {
      abandoning ??= end()
      return abandoning
    },
    result({ written, injectedAtMs, healedAtMs, writtenUntilMs }) {
      const faults = broken
      const measures = measureGroup({
        ...{ reports, written, faults, injectedAtMs, writtenUntilMs, partitions },
        begins: options.begins
      })
      const [first] = broken
      const holdMs = first ? (first.restoredAtMs ?? healedAtMs ?? first.fromMs) - first.fromMs : 0
      const predictedSeconds = first ? expectedTakeover({ ...settings, loss: first.loss, holdMs }) : null
      const { protocol, client } = settings
      return {
        group: groupReport({ ...{ group, protocol, client, reports, measures, predictedSeconds } }),
        findings: groupFindings(measures, reports)
      }
    }
  }

  async function end(): Promise<void> {
    watching.abort()
    await Promise.all([...slots.map(({ process }) => process), ...leaving].map((process) => process?.kill()))
    await watched
    // A coordinator that does not answer forgets an empty group by itself.
    await options.groups.deleteGroup(group, { deadlineMs: deleteMs }).catch(() => undefined)
  }
}
