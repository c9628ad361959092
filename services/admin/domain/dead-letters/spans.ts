/** A record's place in the log of one topic. */
interface Place {
  partition: number
  offset: number
}

/** Items whose offsets follow each other in one partition. */
export interface Run<T> {
  partition: number
  from: number
  to: number
  items: T[]
}

/**
 * Joins items into runs of consecutive offsets, by partition and offset.
 * @param belong whether an item may be in the run of the one before it
 */
export function runsOf<T extends Place>(items: readonly T[], belong: (a: T, b: T) => boolean = () => true): Run<T>[] {
  const sorted = items.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
  const runs: Run<T>[] = []
  let before: T | undefined
  for (const item of sorted) {
    const last = runs.at(-1)
    if (last && before && last.partition === item.partition && last.to + 1 === item.offset && belong(before, item)) {
      last.to = item.offset
      last.items.push(item)
    } else {
      runs.push({ partition: item.partition, from: item.offset, to: item.offset, items: [item] })
    }
    before = item
  }
  return runs
}
