import type { ConsumedGroup } from '#shared/contracts/drill-consumers.ts'
import type { Finding } from '#shared/contracts/drill-records.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { GroupAdmin } from '#shared/kafka/groups/port.ts'
import { poll } from '#shared/poll.ts'
import type { WrittenRun } from '../workload.ts'
import { committedOf, ownersAt } from './deliveries.ts'
import { expectedTakeover } from './expected.ts'
import { groupFindings } from './findings.ts'
import { measureGroup, usualMs } from './group-measures.ts'
import { groupReport } from './group-report.ts'
import { createMembers, type Members, type MembersOptions } from './members.ts'
import type { GroupSettings } from './settings.ts'

export interface DrillGroupOptions extends MembersOptions {
  groups: Pick<GroupAdmin, 'describe' | 'deleteGroup'>
  partitions: number
}

/** The group as its coordinator describes it. */
export interface GroupSighting {
  atMs: number
  state: string
  memberIds: string[]
}

/** A consumer group of processes, which a drill starts, breaks and ends. */
export interface DrillGroup extends Pick<Members, 'reports' | 'broken' | 'start' | 'lose' | 'restore'> {
  readonly settings: GroupSettings
  readonly sightings: readonly GroupSighting[]
  /**
   * Resolves once every partition has commits, and what was written until then has been delivered: a fault then finds a group
   * without a backlog. @throws KopsError coordinator_unavailable
   */
  steady(written: readonly WrittenRun[], signal: AbortSignal): Promise<void>
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

const steadyMs = 60_000
const lookMs = 100
const sightingMs = 500
const sightingDeadlineMs = 3000
const deleteMs = 5000

export function createDrillGroup(options: DrillGroupOptions): DrillGroup {
  const { clock, settings, group, partitions } = options
  const members = createMembers(options)
  const { reports, broken } = members
  const sightings: GroupSighting[] = []
  const watching = new AbortController()
  let watched: Promise<void> = Promise.resolve()
  let abandoning: Promise<void> | undefined

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
      members.start()
      watched = watch()
    },
    lose: members.lose,
    restore: members.restore,
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
    isWhole() {
      const names = members.names()
      const owners = ownersAt(reports, clock.monotonicMs())
      const isOwned = owners.size === partitions && Array.from(owners.values()).every((owner) => names.includes(owner))
      const { state, memberIds = [] } = sightings.at(-1) ?? {}
      return (
        isOwned &&
        members.allRun() &&
        (state === 'Stable' || state === 'STABLE') &&
        memberIds.length === names.length &&
        names.map(members.idOf).every((id) => id !== undefined && memberIds.includes(id))
      )
    },
    async stop(written, timeoutMs, signal) {
      await poll(
        () => undelivered(written),
        (left) => !left,
        { timeoutMs, pauseMs: lookMs, clock, signal }
      )
      await members.leave()
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
    await members.kill()
    await watched
    // A coordinator that does not answer forgets an empty group by itself.
    await options.groups.deleteGroup(group, { deadlineMs: deleteMs }).catch(() => undefined)
  }
}
