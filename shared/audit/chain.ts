import type { AuditChain, AuditEvent } from '../contracts/audit.ts'
import { canonicalHash } from './canonical-json.ts'

export type ChainedEvent = AuditEvent & { chain: AuditChain }
type Unwritten = NonNullable<AuditChain['unwritten']>[number]
type Started = NonNullable<AuditChain['started']>

/** What a chain needs in order to continue after a restart. */
export interface ChainState {
  writer: string
  /** Of the last event that was linked. */
  sequence: number
  hash: string
  at: string
  /** Events that have not been reported as written. */
  open: Unwritten[]
}

export interface ChainStore {
  /** The state of an earlier run, or why a new chain begins; with the last known state if it may be too old. */
  read(): { continues: ChainState } | { because: Started['because']; last?: ChainState }
  /**
   * Replaces the state. Synchronous: the state must be in the kernel's hands before the event leaves the process, so that
   * a process that is killed does not use a place twice.
   */
  write(state: ChainState): void
  /** Says that nothing is open any more, so that the state is valid whatever becomes of the machine. Idempotent. */
  close(): void
}

/** Links the events of one writer: each has its number and the hash of the one before it. */
export interface EventChain {
  /** Takes the next place for an event. Call `settle` once its fate is known. */
  link(event: AuditEvent): ChainedEvent
  /** @param written whether the event is where it belongs; false: it may not be, and a later event says so */
  settle(event: ChainedEvent, written: boolean): void
  close(): void
}

/** More holes than this are declared as fewer, larger ones. */
const mostHoles = 100

/**
 * Events are linked as they are recorded and written side by side, so one that cannot be written leaves a hole that the
 * events after it declare, until one of them is known to be written. What was open when a process died may or may not
 * have been written, and is declared too.
 * @param newWriter makes the name of a new chain
 */
export function createEventChain(store: ChainStore, newWriter: () => string): EventChain {
  const found = store.read()
  let last: Pick<ChainState, 'sequence' | 'hash' | 'at'> | undefined
  let writer: string
  let started: Started | undefined
  /** By sequence: the event before it. */
  const inFlight = new Map<number, Unwritten['previous']>()
  const holes = new Map<number, Unwritten>()
  if ('continues' in found) {
    writer = found.continues.writer
    last = found.continues
    for (const hole of found.continues.open) holes.set(hole.from, hole)
  } else {
    writer = newWriter()
    started = {
      because: found.because,
      ...(found.last === undefined
        ? {}
        : {
            after: {
              writer: found.last.writer,
              sequence: found.last.sequence,
              hash: found.last.hash,
              at: found.last.at
            }
          })
    }
  }

  function save(): void {
    if (last === undefined) return
    const flying = [...inFlight].map(([sequence, previous]) => ({ from: sequence, to: sequence, previous }))
    const open = joined([...holes.values(), ...flying])
    store.write({ writer, sequence: last.sequence, hash: last.hash, at: last.at, open })
  }

  return {
    link(event) {
      const sequence = last === undefined ? 0 : last.sequence + 1
      const previous = last === undefined ? null : { hash: last.hash, at: last.at }
      const unwritten = joined([...holes.values()])
      const linked = {
        ...event,
        chain: {
          writer,
          sequence,
          previous,
          ...(unwritten.length === 0 ? {} : { unwritten }),
          ...(sequence === 0 && started !== undefined ? { started } : {})
        }
      }
      last = { sequence, hash: canonicalHash(linked), at: event.at }
      inFlight.set(sequence, previous)
      save()
      return linked
    },
    settle({ chain: { sequence, previous, unwritten = [] } }, written) {
      inFlight.delete(sequence)
      if (!written) holes.set(sequence, { from: sequence, to: sequence, previous })
      else {
        for (const [from, hole] of holes) {
          if (unwritten.some((declared) => declared.from <= from && hole.to <= declared.to)) holes.delete(from)
        }
      }
      save()
    },
    close: () => store.close()
  }
}

/** Neighbouring holes as one, in order. */
function joined(holes: Unwritten[]): Unwritten[] {
  const result: Unwritten[] = []
  for (const hole of holes.toSorted((a, b) => a.from - b.from)) {
    const before = result.at(-1)
    const near = before !== undefined && (hole.from <= before.to + 1 || result.length >= mostHoles)
    if (near) result[result.length - 1] = { ...before, to: Math.max(before.to, hole.to) }
    else result.push(hole)
  }
  return result
}
