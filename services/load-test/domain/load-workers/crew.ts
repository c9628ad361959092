import type { LoadWorkers } from '#shared/contracts/load-workers.ts'
import { type ClockOffset, timing, type WorkerReport } from './messages.ts'

/** A worker, as load-test-service sees it during one run. */
export interface CrewMember {
  id: string
  host: string
  /** Of the control topic, as its group has given them to it. */
  partitions: number[]
  /** By the monotonic clock. */
  heardAtMs: number
  beat: { beat: number; receivedAtMs: number } | undefined
  clock: ClockOffset | null
  shares: Set<number>
  /** It was given up, for the rest of the run: its lease may be over, whatever it says later. */
  isLost: boolean
  /** It gets no share any more, and is heard until it has gone. */
  isLeaving: boolean
}

export interface Crew {
  /** Takes note of a report. undefined: of a worker that was given up. */
  hear(report: WorkerReport, nowMs: number, epochMs: number): CrewMember | undefined
  get(id: string): CrewMember | undefined
  all(): CrewMember[]
  /** Those that could take a share now. */
  available(nowMs: number): CrewMember[]
  /**
   * A partition of the worker that has fewest shares, in turn, so that they are spread evenly.
   * @param load how many shares each worker has, by its id
   * @param not the worker that should not get it
   */
  place(
    nowMs: number,
    load: ReadonlyMap<string, number>,
    not?: string
  ): { partition: number; worker: string } | undefined
  joined(): LoadWorkers['joined']
}

export function createCrew(): Crew {
  const members = new Map<string, CrewMember>()
  const available = (nowMs: number) =>
    Array.from(members.values()).filter(
      ({ isLost, isLeaving, heardAtMs, partitions }) =>
        !isLost && !isLeaving && partitions.length > 0 && nowMs - heardAtMs < timing.suspectMs
    )

  return {
    hear(report, nowMs, epochMs) {
      const { worker: id, host } = report
      const member = members.get(id) ?? {
        ...{
          id,
          host,
          partitions: [],
          heardAtMs: nowMs,
          beat: undefined,
          clock: null,
          isLost: false,
          isLeaving: false
        },
        shares: new Set<number>()
      }
      members.set(id, member)
      if (member.isLost) return undefined
      member.heardAtMs = nowMs
      if (report.kind === 'hello') member.partitions = report.partitions
      if (report.kind === 'beat') member.beat = { beat: report.beat, receivedAtMs: epochMs }
      if (report.kind === 'ended') member.clock = report.clock
      return member
    },
    get: (id) => members.get(id),
    all: () => Array.from(members.values()),
    available,
    place(nowMs, load, not) {
      const shares = (id: string) => load.get(id) ?? 0
      const [best] = available(nowMs)
        .filter(({ id }) => id !== not)
        .sort((a, b) => shares(a.id) - shares(b.id) || (a.id < b.id ? -1 : 1))
      if (!best) return undefined
      const partition = best.partitions[shares(best.id) % best.partitions.length] ?? 0
      return { partition, worker: best.id }
    },
    joined: () =>
      Array.from(members.values())
        .filter(({ shares }) => shares.size > 0)
        .map(({ id, host, shares, clock }) => ({
          id,
          host,
          shares: Array.from(shares).sort((a, b) => a - b),
          clockOffsetMs: clock && round(clock.offsetMs),
          clockErrorMs: clock && round(clock.errorMs)
        }))
  }
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
