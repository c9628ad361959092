import type { Fault } from '../../contracts/cluster.ts'
import { isOpen, retryDelayMs, timestamp } from './fault-rules.ts'
import { undoFault } from './faults.ts'
import type { HeldFaultsOptions } from './held-faults.ts'

/** Why a fault was healed. */
export type HealedBy = NonNullable<Fault['healedBy']>

/** Undoes faults, now or when it is time, and retries until it succeeds. */
export interface Healing {
  /** Heals a fault after a time; replaces an earlier call for the same fault. */
  arm(id: string, delayMs: number, by: HealedBy): void
  disarm(id: string): void
  /** One attempt at a time; concurrent callers join the running one. Rejects if it failed, and arms the next. */
  heal(id: string, by: HealedBy): Promise<Fault>
  /** From now on arms nothing. What is armed stays so. */
  armNoMore(): void
  disarmAll(): void
  /** Resolves when no attempt is under way. */
  settled(): Promise<void>
}

/** The faults of the one who has them healed. */
export interface HealedFaults {
  get(id: string): Fault
  change(id: string, to: Partial<Fault>): Fault
  /** Brings the record of a fault up to date. */
  record(id: string): Promise<Fault>
}

export function createHealing(
  { get, change, record }: HealedFaults,
  { runtime, lock, now, log }: Pick<HeldFaultsOptions, 'runtime' | 'lock' | 'now' | 'log'>
): Healing {
  const timers = new Map<string, NodeJS.Timeout>()
  const attempts = new Map<string, { count: number; running: Promise<Fault> | undefined }>()
  let over = false

  function arm(id: string, delayMs: number, by: HealedBy): void {
    disarm(id)
    if (over) return
    timers.set(
      id,
      setTimeout(() => {
        // The fault records the error, and the next attempt is scheduled.
        heal(id, by).catch(() => {})
      }, delayMs)
    )
  }

  function disarm(id: string): void {
    clearTimeout(timers.get(id))
    timers.delete(id)
  }

  function heal(id: string, by: HealedBy): Promise<Fault> {
    const entry = attempts.get(id) ?? { count: 0, running: undefined }
    attempts.set(id, entry)
    entry.running ??= attempt(id, by, entry)
      .finally(() => record(id))
      .finally(() => {
        entry.running = undefined
      })
    return entry.running
  }

  async function attempt(id: string, by: HealedBy, entry: { count: number }): Promise<Fault> {
    disarm(id)
    const { node, kind } = get(id)
    return lock.run([node], async () => {
      if (!isOpen(get(id))) return get(id)
      try {
        change(id, { state: 'healing' })
        await undoFault(runtime, kind, node)
        const healed = change(id, { state: 'healed', healedAt: timestamp(now()), healedBy: by })
        log.info({ fault: id, kind, node, by }, 'fault healed')
        return healed
      } catch (error) {
        entry.count += 1
        const failure = error instanceof Error ? error.message : String(error)
        log.warn({ fault: id, kind, node, attempt: entry.count, failure }, 'healing failed; retrying')
        change(id, { state: 'heal-failed', failure })
        arm(id, retryDelayMs(entry.count), by)
        throw error
      }
    })
  }

  return {
    arm,
    disarm,
    heal,
    armNoMore() {
      over = true
    },
    disarmAll() {
      for (const id of timers.keys()) disarm(id)
    },
    async settled() {
      await Promise.allSettled([...attempts.values()].map(({ running }) => running))
    }
  }
}
