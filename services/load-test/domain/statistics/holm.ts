/**
 * Holm's step-down adjusted p-values, in the order given: rejecting those up to `alpha` rejects any true hypothesis
 * with a chance of `alpha` at most, however the tests depend on each other.
 *
 * Source: Holm (1979), "A simple sequentially rejective multiple test procedure".
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const adjusted = pValues.map(() => 1)
  const ascending = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p)
  let largest = 0
  for (const [rank, { p, index }] of ascending.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * p))
    adjusted[index] = largest
  }
  return adjusted
}
