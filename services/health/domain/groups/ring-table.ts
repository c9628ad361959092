/**
 * Numbers by row and sweep: one row per partition, with the last `width` sweeps of all rows. The rows share large
 * blocks of memory: 8 bytes per number and no object per row. NaN stands for a missing reading.
 */
export interface RingTable {
  /** A new row, empty. Rows given back are used again. */
  add(): number
  /** Gives a row back. */
  remove(row: number): void
  /** Empties a row. */
  clear(row: number): void
  /** Begins the next sweep in all rows; the oldest is forgotten. */
  advance(): void
  /** Sets the number of the current sweep. */
  set(row: number, value: number): void
  /** @param age 0 for the current sweep, up to width - 1 */
  get(row: number, age: number): number
  /** Copies a row, the oldest sweep first. @param into of `width` numbers */
  read(row: number, into: Float64Array): void
  /** Rows in use. */
  readonly rows: number
  /** The number of sweeps started, including forgotten ones. */
  readonly advanced: number
}

/**
 * The last `length` numbers of a row as text, oldest first: `100*3,,120` means three sweeps that read 100, one without
 * a reading, and one that read 120.
 */
export function ringText(table: RingTable, row: number, length: number): string {
  const runs: { text: string; count: number }[] = []
  for (let age = length - 1; age >= 0; age--) {
    const value = table.get(row, age)
    const text = Number.isNaN(value) ? '' : String(value)
    const last = runs.at(-1)
    if (last?.text === text) last.count += 1
    else runs.push({ text, count: 1 })
  }
  return runs.map(({ text, count }) => (count === 1 ? text : `${text}*${count}`)).join(',')
}

/** Parses such a text; NaN for missing readings. @throws RangeError */
export function ringOf(text: string): number[] {
  return text.split(',').flatMap((run) => {
    const found = /^(\d*)(?:\*(\d{1,3}))?$/.exec(run)
    if (found === null) throw new RangeError(`not a ring of numbers: ${run}`)
    const [, value = '', count = '1'] = found
    return Array.from({ length: Number(count) }, () => (value === '' ? Number.NaN : Number(value)))
  })
}

const rowsPerBlock = 1024

export function createRingTable(width: number): RingTable {
  const blocks: Float64Array[] = []
  const free: number[] = []
  let used = 0
  let current = 0
  let advanced = 0

  const indexOf = (row: number, slot: number) => (row % rowsPerBlock) * width + slot
  const blockOf = (row: number): Float64Array => {
    const block = blocks[Math.floor(row / rowsPerBlock)]
    if (block === undefined) throw new RangeError(`there is no row ${row}`)
    return block
  }

  function clear(row: number): void {
    blockOf(row).fill(Number.NaN, indexOf(row, 0), indexOf(row, 0) + width)
  }

  return {
    add() {
      const given = free.pop()
      if (given === undefined && used % rowsPerBlock === 0) {
        blocks.push(new Float64Array(rowsPerBlock * width).fill(Number.NaN))
      }
      const row = given ?? used++
      clear(row)
      return row
    },
    remove(row) {
      free.push(row)
      if (free.length < used) return
      // All are given back: so is the memory.
      free.length = 0
      blocks.length = 0
      used = 0
    },
    clear,
    get advanced() {
      return advanced
    },
    advance() {
      advanced += 1
      current = (current + 1) % width
      for (const block of blocks) for (let at = current; at < block.length; at += width) block[at] = Number.NaN
    },
    set(row, value) {
      blockOf(row)[indexOf(row, current)] = value
    },
    get(row, age) {
      return blockOf(row)[indexOf(row, (current - age + width) % width)] ?? Number.NaN
    },
    read(row, into) {
      const block = blockOf(row)
      const first = indexOf(row, 0)
      // The slot after the current one is the oldest.
      let to = 0
      for (let slot = current + 1; slot < width; slot++) into[to++] = block[first + slot] ?? Number.NaN
      for (let slot = 0; slot <= current; slot++) into[to++] = block[first + slot] ?? Number.NaN
    },
    get rows() {
      return used - free.length
    }
  }
}
