import type { Clock } from '../clock.ts'

/** A limit on how many attempts run at the same time, over all partitions of a consumer. */
export interface Slots {
  /** Runs work as soon as a slot is free: first come, first served. */
  use<T>(work: () => Promise<T>): Promise<T>
}

export function createSlots(most: number): Slots {
  let free = most
  const waiting: (() => void)[] = []
  return {
    async use(work) {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else free += 1
      }
    }
  }
}

/** The outcome of one attempt. */
export type Attempt = 'done' | { againInMs: number }

export interface KeyedWorkOptions<T> {
  /** The first offset that is not done. */
  from: number
  slots: Slots
  /** Works on an item. Must not reject. An item that is tried again holds up its key, and no slot. @param nth from 1 */
  attempt: (item: T, nth: number) => Promise<Attempt>
  clock: Pick<Clock, 'sleep'>
}

/**
 * The records of one partition that are being worked on. Those of one key follow each other in the order of the log, different
 * keys run side by side, and a record without a key waits for no other.
 */
export interface KeyedWork<T> {
  /** Offsets ascend. */
  take(offset: number, key: string | null, item: T): void
  /** Nothing else comes before this offset: compaction or a transaction may have removed records. */
  passed(nextOffset: number): void
  /** Everything before this offset is done, so that this is what may be committed. */
  readonly mark: number
  /** Number of items from the mark on: those that are not done, and those behind them that are. */
  readonly span: number
  /** Resolves when `span` is below a number, or the work was stopped. */
  spanBelow(most: number): Promise<void>
  /** Begins no further attempt, and resolves when none is running. */
  hold(): Promise<void>
  /** Ends hold(). */
  release(): void
  /** Begins no further attempt for good, and resolves when none is running. Idempotent. */
  stop(): Promise<void>
}

interface Entry<T> {
  offset: number
  item: T
  done: boolean
}

/** Entries that are done are removed from the array when so many have come together. */
const spentEntries = 1024

export function createKeyedWork<T>({ from, slots, attempt, clock }: KeyedWorkOptions<T>): KeyedWork<T> {
  /** By offset; before `head` all are done. */
  const entries: Entry<T>[] = []
  const lanes = new Map<string, Entry<T>[]>()
  const stopping = new AbortController()
  const spanWaiters = new Set<{ most: number; wake: () => void }>()
  const restWaiters: (() => void)[] = []
  let head = 0
  let position = from
  let running = 0
  let gate: { opened: Promise<void>; open: () => void } | undefined

  const span = () => entries.length - head

  function settle(entry: Entry<T>): void {
    entry.done = true
    while (entries[head]?.done) head += 1
    if (head >= spentEntries) {
      entries.splice(0, head)
      head = 0
    }
    for (const waiter of spanWaiters) if (span() < waiter.most) waiter.wake()
  }

  async function tryOnce(entry: Entry<T>, nth: number): Promise<Attempt | 'not now'> {
    // The gate may have been closed, or the work stopped, while this waited for its slot.
    if (gate || stopping.signal.aborted) return 'not now'
    running += 1
    try {
      return await attempt(entry.item, nth)
    } finally {
      running -= 1
      if (running === 0) for (const wake of restWaiters.splice(0)) wake()
    }
  }

  async function perform(entry: Entry<T>): Promise<void> {
    let nth = 1
    while (!stopping.signal.aborted) {
      if (gate) await gate.opened
      const outcome = await slots.use(() => tryOnce(entry, nth))
      if (outcome === 'not now') continue
      if (outcome === 'done') return settle(entry)
      nth += 1
      await clock.sleep(outcome.againInMs, stopping.signal).catch(() => undefined)
    }
  }

  async function follow(key: string, lane: Entry<T>[]): Promise<void> {
    for (let entry = lane[0]; entry; entry = lane[0]) {
      await perform(entry)
      if (!entry.done) return
      lane.shift()
    }
    lanes.delete(key)
  }

  async function rest(): Promise<void> {
    if (running > 0) await new Promise<void>((resolve) => restWaiters.push(resolve))
  }

  function release(): void {
    gate?.open()
    gate = undefined
  }

  return {
    take(offset, key, item) {
      const entry = { offset, item, done: false }
      entries.push(entry)
      position = offset + 1
      if (key === null) {
        void perform(entry)
        return
      }
      const lane = lanes.get(key)
      if (lane) {
        lane.push(entry)
        return
      }
      const begun = [entry]
      lanes.set(key, begun)
      void follow(key, begun)
    },
    passed(nextOffset) {
      position = nextOffset
    },
    get mark() {
      return entries[head]?.offset ?? position
    },
    get span() {
      return span()
    },
    async spanBelow(most) {
      if (span() < most || stopping.signal.aborted) return
      await new Promise<void>((resolve) => {
        const waiter = {
          most,
          wake() {
            spanWaiters.delete(waiter)
            resolve()
          }
        }
        spanWaiters.add(waiter)
      })
    },
    hold() {
      if (!gate) {
        const { promise: opened, resolve: open } = Promise.withResolvers<void>()
        gate = { opened, open }
      }
      return rest()
    },
    release,
    async stop() {
      stopping.abort()
      release()
      for (const { wake } of spanWaiters) wake()
      await rest()
    }
  }
}
