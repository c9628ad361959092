/** Entries by the event time at which they are due, the earliest first: a binary heap. */
export interface CloseQueue<Entry> {
  add(atMs: number, entry: Entry): void
  /** When the first one is due; Infinity if there is none. */
  readonly nextMs: number
  /** Takes the first one out. */
  take(): Entry | undefined
}

export function createCloseQueue<Entry>(): CloseQueue<Entry> {
  const heap: { atMs: number; entry: Entry }[] = []

  const at = (index: number) => heap[index]?.atMs ?? Number.POSITIVE_INFINITY
  function swap(a: number, b: number): void {
    const [first, second] = [heap[a], heap[b]]
    if (!first || !second) return
    heap[a] = second
    heap[b] = first
  }

  return {
    add(atMs, entry) {
      heap.push({ atMs, entry })
      for (let index = heap.length - 1; index > 0; ) {
        const parent = (index - 1) >> 1
        if (at(parent) <= at(index)) return
        swap(parent, index)
        index = parent
      }
    },
    get nextMs() {
      return at(0)
    },
    take() {
      const [first] = heap
      const last = heap.pop()
      if (!first || !last || heap.length === 0) return first?.entry
      heap[0] = last
      for (let index = 0; ; ) {
        const left = 2 * index + 1
        const least = at(left + 1) < at(left) ? left + 1 : left
        if (at(least) >= at(index)) break
        swap(least, index)
        index = least
      }
      return first.entry
    }
  }
}
