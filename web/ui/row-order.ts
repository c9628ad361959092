/**
 * Rows in the order in which somebody is reading them: what they are about to click must not move away. Values change in place, new
 * rows come last, rows that are gone disappear.
 * @param frozen keys in the order that is shown
 * @returns the rows, and how many stand elsewhere than they would
 */
export function inFrozenOrder<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  frozen: readonly string[]
): { rows: T[]; moved: number } {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]))
  const kept = frozen.flatMap((key) => {
    const row = byKey.get(key)
    byKey.delete(key)
    return row === undefined ? [] : [row]
  })
  const ordered = [...kept, ...byKey.values()]
  const moved = ordered.filter((row, index) => rows[index] !== row).length
  return { rows: ordered, moved }
}
