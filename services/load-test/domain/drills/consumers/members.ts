import type { Clock } from '#shared/clock.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { type MemberFault, type NamedReport, ownersAt } from './deliveries.ts'
import type { MemberLoss } from './expected.ts'
import type { MemberEngine, MemberProcess } from './port.ts'
import type { GroupSettings } from './settings.ts'

export interface MembersOptions {
  engine: MemberEngine
  clock: Clock
  settings: GroupSettings
  group: string
  topic: string
  begins: 'earliest' | 'latest'
}

/** A member that the drill broke, and how. */
export interface BrokenMember extends MemberFault {
  loss: MemberLoss
  memberId: string | null
  /** When it was resumed or replaced; null if it was not. */
  restoredAtMs: number | null
}

/** The processes of a drill's group. */
export interface Members {
  /** What they reported, in the order in which it arrived. */
  readonly reports: readonly NamedReport[]
  readonly broken: readonly BrokenMember[]
  /** Starts them. Never waits for them. */
  start(): void
  /**
   * Breaks this many members that have partitions, beginning with those that have been members longest.
   * @throws KopsError coordinator_unavailable if fewer have partitions
   */
  lose(loss: MemberLoss, count: number): Promise<void>
  /** Restores what lose() broke: paused members continue, others are replaced. */
  restore(): void
  /** Those that the group is to have now. */
  names(): string[]
  /** What the coordinator calls a member; undefined before it has joined. */
  idOf(name: string): string | undefined
  /** Whether each of them runs. */
  allRun(): boolean
  /** They leave their group and end. */
  leave(): Promise<void>
  /** Kills them, and those that are leaving. */
  kill(): Promise<void>
}

interface Slot {
  name: string
  process: MemberProcess | undefined
  startedAtMs: number
}

const leaveMs = 8000

export function createMembers({ engine, clock, settings, group, topic, begins }: MembersOptions): Members {
  const reports: NamedReport[] = []
  const broken: BrokenMember[] = []
  const slots: Slot[] = []
  const leaving = new Set<MemberProcess>()
  let started = 0

  function startMember(nth: number): void {
    started += 1
    const name = `member-${started}`
    const { protocol, sessionTimeoutMs, heartbeatIntervalMs, commit, staticMembership } = settings
    const instanceId = staticMembership ? `${group}-${nth + 1}` : null
    const subscription = { group, topic, protocol, instanceId, sessionTimeoutMs, heartbeatIntervalMs, commit }
    const process = engine.start({ ...subscription, begins }, name, (report) =>
      reports.push({ ...report, member: name })
    )
    slots[nth] = { name, process, startedAtMs: clock.monotonicMs() }
  }

  function idOf(member: string): string | undefined {
    const report = reports.findLast((each) => each.kind === 'assigned' && each.member === member)
    return report?.kind === 'assigned' ? report.memberId : undefined
  }

  return {
    reports,
    broken,
    start() {
      for (let nth = 0; nth < settings.members; nth += 1) startMember(nth)
    },
    async lose(loss, count) {
      const fromMs = clock.monotonicMs()
      const owners = new Set(ownersAt(reports, fromMs).values())
      const victims = slots
        .filter(({ name, process }) => process !== undefined && owners.has(name))
        .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
        .slice(0, count)
      if (victims.length < count) {
        throw new KopsError('coordinator_unavailable', `Only ${victims.length} member(s) of ${group} have partitions`)
      }
      await Promise.all(
        victims.map(async (slot) => {
          const memberId = idOf(slot.name) ?? null
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
    names: () => slots.map(({ name }) => name),
    idOf,
    allRun: () =>
      slots.every(({ process }) => process !== undefined) &&
      broken.every(({ loss, untilMs }) => loss !== 'pause' || untilMs !== null),
    async leave() {
      await Promise.all(slots.map(({ process }) => process?.leave(leaveMs)))
      for (const slot of slots) slot.process = undefined
    },
    async kill() {
      await Promise.all([...slots.map(({ process }) => process), ...leaving].map((process) => process?.kill()))
    }
  }
}
