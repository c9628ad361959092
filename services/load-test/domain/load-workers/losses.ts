import type { LoadWorkers } from '#shared/contracts/load-workers.ts'
import type { CrewMember } from './crew.ts'

type Loss = LoadWorkers['lost'][number]

/** What a run has lost with workers that went. */
export interface Losses {
  /** A worker does not have these shares any more. @param secondOf the first second that a share lacks */
  open(member: CrewMember, shares: { index: number; second: number }[]): Loss
  /**
   * A share of the loss has a worker again, or never will.
   * @param untilMs after the start of the run
   * @param unknown records of the share that may have been written; null: nobody knows how many
   */
  close(loss: Loss, untilMs: number, unknown: number | null): void
  all(): Loss[]
}

export function createLosses(): Losses {
  const all: Loss[] = []
  return {
    open({ id, host, isLeaving }, shares) {
      // One that leaves drops its shares one after the other.
      const before = isLeaving ? all.find((loss) => loss.id === id) : undefined
      const loss: Loss = before ?? {
        ...{ id, host, shares: [], second: Number.MAX_SAFE_INTEGER, secondsWithout: 0, unknownRecords: 0 }
      }
      loss.second = Math.min(loss.second, ...shares.map(({ second }) => second))
      loss.shares.push(...shares.map(({ index }) => index))
      if (!before) all.push(loss)
      return loss
    },
    close(loss, untilMs, unknown) {
      loss.secondsWithout = Math.max(loss.secondsWithout, Math.round(untilMs / 1000) - loss.second)
      loss.unknownRecords = unknown === null || loss.unknownRecords === null ? null : loss.unknownRecords + unknown
    },
    all: () => all
  }
}
