import type { Clock } from '../clock.ts'

/** A limit on how many attempts run at the same time, over all partitions of a consumer. Who has taken a slot gives it back. */
export interface Slots {
  /** Takes a slot if one is free. */
  take(): boolean
  /** Resolves once it has taken a slot: first come, first served. */
  wait(): Promise<void>
  give(): void
}

export function createSlots(most: number): Slots {
  let free = most
  const waiting: (() => void)[] = []
  return {
    take() {
      if (free === 0) return false
      free -= 1
      return true
    },
    wait: () => new Promise<void>((resolve) => waiting.push(resolve)),
    give() {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

/** The outcome of one attempt. */
export type Attempt = 'done' | { againInMs: number }

export interface KeyedWorkOptions<T> {
  /** The first offset that is not done. */
  from: number
  slots: Slots
  /** Items of a key follow each other; null: it waits for no other. */
  keyOf: (item: T) => string | null
  /**
   * Works on an item, and neither throws nor rejects. An item that is tried again holds up its key, and no slot. What is done when
   * this returns costs no promise and no entry in any list.
   * @param nth from 1
   */
  attempt: (item: T, nth: number) => Attempt | Promise<Attempt>
  clock: Pick<Clock, 'sleep'>
}

/**
 * The records of one partition that are being worked on. Those of one key follow each other in the order of the log, different
 * keys run side by side, and a record without a key waits for no other.
 */
export interface KeyedWork<T> {
  /** Offsets ascend. */
  take(offset: number, item: T): void
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

/** Finished entries are removed from the array once there are this many. */
const spentEntries = 1024

export function createKeyedWork<T>({ from, slots, keyOf, attempt, clock }: KeyedWorkOptions<T>): KeyedWork<T> {
  /** By offset; before `head` all are done. */
  const entries: Entry<T>[] = []
  const lanes = new Map<string, Entry<T>[]>()
  const stopping = new AbortController()
  const spanWaiters = new Set<{ most: number; wake: () => void }>()
  const restWaiters: (() => void)[] = []
  let head = 0
  let position = from
  let running = 0
  let stopped = false
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

  /** Makes an attempt in a slot that was taken for it. */
  function run(item: T, nth: number): Attempt | Promise<Attempt> {
    running += 1
    const outcome = attempt(item, nth)
    if (outcome instanceof Promise) return outcome.finally(ended)
    ended()
    return outcome
  }

  function ended(): void {
    running -= 1
    slots.give()
    if (running === 0 && restWaiters.length > 0) for (const wake of restWaiters.splice(0)) wake()
  }

  /** The next attempt, once it may begin. */
  async function attemptInTurn(item: T, nth: number): Promise<Attempt | 'stopped'> {
    while (!stopped) {
      if (gate) await gate.opened
      if (!slots.take()) await slots.wait()
      // The gate may have been closed, or the work stopped, while this waited for its slot.
      if (!gate && !stopped) return run(item, nth)
      slots.give()
    }
    return 'stopped'
  }

  /** @param begun its first attempt, if that has begun already */
  async function perform(entry: Entry<T>, begun?: Attempt | Promise<Attempt>): Promise<void> {
    let attempt = begun
    for (let nth = 1; ; nth += 1) {
      const outcome = await (attempt ?? attemptInTurn(entry.item, nth))
      attempt = undefined
      if (outcome === 'stopped') return
      if (outcome === 'done') return settle(entry)
      await clock.sleep(outcome.againInMs, stopping.signal).catch(() => undefined)
    }
  }

  async function follow(key: string, lane: Entry<T>[], begun?: Attempt | Promise<Attempt>): Promise<void> {
    let attempt = begun
    for (let entry = lane[0]; entry; entry = lane[0]) {
      await perform(entry, attempt)
      attempt = undefined
      if (!entry.done) return
      lane.shift()
    }
    lanes.delete(key)
  }

  /** @param begun its first attempt, if that has begun already: then nothing of its key is open */
  function enter(entry: Entry<T>, key: string | null, begun?: Attempt | Promise<Attempt>): void {
    entries.push(entry)
    if (key === null) {
      void perform(entry, begun)
      return
    }
    const lane = lanes.get(key)
    if (lane) {
      lane.push(entry)
      return
    }
    const opened = [entry]
    lanes.set(key, opened)
    void follow(key, opened, begun)
  }

  async function rest(): Promise<void> {
    if (running > 0) await new Promise<void>((resolve) => restWaiters.push(resolve))
  }

  function release(): void {
    gate?.open()
    gate = undefined
  }

  return {
    take(offset, item) {
      // Most items wait for nothing, and are done at once: then their keys need not be known.
      const key = lanes.size > 0 ? keyOf(item) : null
      const waits = gate !== undefined || stopped || (key !== null && lanes.has(key)) || !slots.take()
      position = offset
      const outcome = waits ? undefined : run(item, 1)
      position = offset + 1
      if (outcome !== 'done') enter({ offset, item, done: false }, key ?? keyOf(item), outcome)
      else if (span() > 0) entries.push({ offset, item, done: true })
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
      stopped = true
      stopping.abort()
      release()
      for (const { wake } of spanWaiters) wake()
      await rest()
    }
  }
}
