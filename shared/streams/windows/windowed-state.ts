import { type Accumulator, type AggregateFunction, accumulate, emptyAccumulator, merge } from './aggregates.ts'
import { createCloseQueue } from './close-queue.ts'
import { isClosed, type Span, touch, type WindowKind, windowsOf } from './window-kinds.ts'

export interface WindowedStateOptions {
  window: WindowKind
  /** How long after its end, in event time, a window still takes events. */
  latenessMs: number
  functions: readonly AggregateFunction[]
}

/** The events of one group in one window so far. */
export interface Pane extends Span {
  readonly group: string
  readonly accumulator: Accumulator
  /** For its owner: marks that stay with it when sessions become one, and in the changelog. */
  flags: number
  /** Whether the changelog has it. */
  isStored: boolean
  isRemoved: boolean
  /** When it is due in the queue. */
  dueMs: number
}

/** A pane as it is kept, or null for one that is gone. */
export type StoredPane = [end: number, flags: number, accumulator: Accumulator]

/**
 * The open windows of one partition. What they become depends on the calls alone. It never looks at a clock.
 */
export interface WindowedState {
  readonly size: number
  /**
   * Adds an event to its windows that are not closed by a watermark.
   * @returns the panes that have it; none if it is late for all of them
   */
  add(group: string, timestampMs: number, values: readonly (number | undefined)[], watermarkMs: number): Pane[]
  /** Removes the windows that a watermark closes, in the order of their ends. */
  close(watermarkMs: number): Pane[]
  /** Marks a pane for the changelog. */
  touched(pane: Pane): void
  /** What has changed since the last call, by group and start. */
  takeChanges(): [group: string, start: number, stored: StoredPane | null][]
  /** Takes one over from the changelog; the last of a group and start counts. */
  restore(group: string, start: number, stored: StoredPane | null): void
}

export function createWindowedState({ window, latenessMs, functions }: WindowedStateOptions): WindowedState {
  /** By group, then by start. */
  const panes = new Map<string, Map<number, Pane>>()
  const queue = createCloseQueue<Pane>()
  const changed = new Set<Pane>()
  let removed: Pane[] = []
  let size = 0

  function open(group: string, { start, end }: Span): Pane {
    const accumulator = emptyAccumulator(functions)
    const pane: Pane = {
      ...{ group, start, end, accumulator, flags: 0 },
      ...{ isStored: false, isRemoved: false, dueMs: end + latenessMs }
    }
    let ofGroup = panes.get(group)
    if (!ofGroup) {
      ofGroup = new Map()
      panes.set(group, ofGroup)
    }
    ofGroup.set(start, pane)
    queue.add(pane.dueMs, pane)
    size += 1
    return pane
  }

  function remove(pane: Pane): void {
    const ofGroup = panes.get(pane.group)
    ofGroup?.delete(pane.start)
    if (ofGroup?.size === 0) panes.delete(pane.group)
    changed.delete(pane)
    pane.isRemoved = true
    size -= 1
    if (pane.isStored) removed.push(pane)
  }

  /** The session of an event, of which those that it touches become a part; undefined if it is late. */
  function sessionOf(group: string, own: Span, watermarkMs: number): Pane | undefined {
    const met = Array.from(panes.get(group)?.values() ?? []).filter((pane) => touch(pane, own))
    const start = Math.min(own.start, ...met.map((pane) => pane.start))
    const end = Math.max(own.end, ...met.map((pane) => pane.end))
    if (isClosed({ start, end }, watermarkMs, latenessMs)) return undefined
    const [same] = met
    if (same && met.length === 1 && same.start === start) {
      same.end = end
      return same
    }
    for (const pane of met) remove(pane)
    const session = open(group, { start, end })
    for (const pane of met.toSorted((a, b) => a.start - b.start)) {
      merge(functions, session.accumulator, pane.accumulator)
      session.flags |= pane.flags
    }
    return session
  }

  return {
    get size() {
      return size
    },
    add(group, timestampMs, values, watermarkMs) {
      const taken: Pane[] = []
      for (const span of windowsOf(window, timestampMs)) {
        let pane: Pane | undefined
        if (window.kind === 'session') pane = sessionOf(group, span, watermarkMs)
        else if (!isClosed(span, watermarkMs, latenessMs)) pane = panes.get(group)?.get(span.start) ?? open(group, span)
        if (!pane) continue
        accumulate(functions, pane.accumulator, values)
        changed.add(pane)
        taken.push(pane)
      }
      return taken
    },
    close(watermarkMs) {
      const closed: Pane[] = []
      while (queue.nextMs <= watermarkMs) {
        const pane = queue.take()
        if (!pane || pane.isRemoved) continue
        // A session has grown since it was queued.
        if (pane.end + latenessMs > pane.dueMs) {
          pane.dueMs = pane.end + latenessMs
          queue.add(pane.dueMs, pane)
          continue
        }
        remove(pane)
        closed.push(pane)
      }
      return closed
    },
    touched: (pane) => void changed.add(pane),
    takeChanges() {
      const changes: [string, number, StoredPane | null][] = []
      // A session may begin where one began that it has replaced: then the newer one is what counts.
      for (const { group, start } of removed) {
        if (panes.get(group)?.has(start) !== true) changes.push([group, start, null])
      }
      for (const pane of changed) {
        pane.isStored = true
        changes.push([pane.group, pane.start, [pane.end, pane.flags, pane.accumulator]])
      }
      removed = []
      changed.clear()
      return changes
    },
    restore(group, start, stored) {
      const before = panes.get(group)?.get(start)
      if (before) {
        before.isStored = false
        remove(before)
      }
      if (!stored) return
      const [end, flags, accumulator] = stored
      const pane = open(group, { start, end })
      pane.accumulator.splice(0, pane.accumulator.length, ...accumulator)
      pane.flags = flags
      pane.isStored = true
    }
  }
}
