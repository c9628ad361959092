import type { LoadWorkers } from '#shared/contracts/load-workers.ts'
import type { LoadOrder } from '../load/engine-port.ts'
import { createShareBook, type ShareBook } from './share-book.ts'

/** Who is to have a share, or has it. */
export interface Grant {
  epoch: number
  orderedAtMs: number
  /** The worker whose partition got the order, until one says that it has it. */
  asked: string
  isPreparing: boolean
  /** Of the worker that has prepared it. */
  taken?: { worker: string; ticket: string } | undefined
}

/** One producer of a run, and who has it. */
export interface Share {
  index: number
  book: ShareBook
  lastEpoch: number
  /** Who makes its load. */
  current: Grant | undefined
  /** Who is to do so next. */
  next: Grant | undefined
  /** When a lost worker has stopped at the latest, in milliseconds after the start. */
  heldUntilMs: number
  lost: LoadWorkers['lost'][number] | undefined
  hasEnded: boolean
}

/** One share for each producer of an order, which nobody has yet. */
export function createShares(order: LoadOrder): Share[] {
  return Array.from({ length: order.workload.producers }, (_, index) => ({
    ...{ index, book: createShareBook(order, index), lastEpoch: 0, current: undefined, next: undefined },
    ...{ heldUntilMs: 0, lost: undefined, hasEnded: false }
  }))
}

/** How many shares each worker has, or is asked to have, by its id. */
export function loadOf(shares: readonly Share[]): Map<string, number> {
  const load = new Map<string, number>()
  for (const { current, next } of shares) {
    const ids = new Set([current, next].flatMap((grant) => (grant ? [grant.taken?.worker ?? grant.asked] : [])))
    for (const id of ids) load.set(id, (load.get(id) ?? 0) + 1)
  }
  return load
}
