/** What waits, of several partitions, to be taken in the order of its time. */
export interface RequestQueue<T> {
  readonly size: number
  /** When the item that waits longest was added, in seconds; undefined while nothing waits. */
  readonly oldestAddedAt: number | undefined
  /** The partitions from which items come. */
  assign(partitions: readonly number[], now: number): void
  /** @param items of one partition in their order, each with its own time, in seconds */
  add(partition: number, items: readonly { at: number; item: T }[], now: number): void
  /** Seconds until the next item may be taken: until then a partition may still have an earlier one. */
  holdBack(now: number): number
  /** The next items by their time, at most so many; fewer if after them something has to be held back. At least one if anything waits. */
  take(most: number, now: number): T[]
}

/** Items that are not older are taken as they come: their partitions are read as they are written. */
const backlogSeconds = 5
/** A partition without an item for so long has none for now. */
const idleSeconds = 1

interface Line<T> {
  items: { at: number; item: T; addedAt: number }[]
  next: number
  emptySince: number
}

/**
 * Merges partitions by time, so that a backlog is worked off in the order in which it came: partition after partition, the time of the
 * second one would begin again where that of the first one did. While the next item is older than five seconds, a partition that has
 * nothing is given a second to deliver (as max.task.idle.ms of Kafka Streams, KIP-353).
 */
export function createRequestQueue<T>(): RequestQueue<T> {
  const lines = new Map<number, Line<T>>()
  let assigned: readonly number[] = []

  function lineOf(partition: number, now: number): Line<T> {
    const line = lines.get(partition) ?? { items: [], next: 0, emptySince: now }
    lines.set(partition, line)
    return line
  }

  const headOf = ({ items, next }: Line<T>) => items[next]

  function earliest(): Line<T> | undefined {
    let found: Line<T> | undefined
    for (const line of lines.values()) {
      const head = headOf(line)
      if (head && head.at < (found ? (headOf(found)?.at ?? 0) : Number.POSITIVE_INFINITY)) found = line
    }
    return found
  }

  function holdBack(now: number): number {
    const line = earliest()
    const head = line && headOf(line)
    if (!head || now - head.at <= backlogSeconds) return 0
    const waits = assigned.map((partition) => {
      const line = lineOf(partition, now)
      return headOf(line) ? 0 : line.emptySince + idleSeconds - now
    })
    return Math.max(0, ...waits)
  }

  return {
    get size() {
      return Array.from(lines.values()).reduce((sum, { items, next }) => sum + items.length - next, 0)
    },
    get oldestAddedAt() {
      const added = Array.from(lines.values(), (line) => headOf(line)?.addedAt).filter((at) => at !== undefined)
      return added.length === 0 ? undefined : Math.min(...added)
    },
    assign(partitions, now) {
      for (const partition of partitions) if (!assigned.includes(partition)) lineOf(partition, now).emptySince = now
      assigned = partitions
    },
    add(partition, items, now) {
      const line = lineOf(partition, now)
      line.items = [...line.items.slice(line.next), ...items.map(({ at, item }) => ({ at, item, addedAt: now }))]
      line.next = 0
    },
    holdBack,
    take(most, now) {
      const taken: T[] = []
      while (taken.length < most && (taken.length === 0 || holdBack(now) === 0)) {
        const line = earliest()
        const head = line && headOf(line)
        if (!head) break
        taken.push(head.item)
        line.next += 1
        if (!headOf(line)) line.emptySince = now
      }
      return taken
    }
  }
}
