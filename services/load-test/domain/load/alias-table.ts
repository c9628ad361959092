import type { Random } from '#shared/seeded-random.ts'

/**
 * Draws an index with a probability in proportion to its weight, in constant time however many there are (the alias method;
 * the table after M. D. Vose, "A linear algorithm for generating random numbers with a given distribution", 1991).
 */
export function createAliasTable(weights: Float64Array, random: Random): () => number {
  const count = weights.length
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / count
  // The share of its own index in each column; its alias has the rest.
  const own = new Float64Array(count)
  const alias = new Int32Array(count)
  const shareOf = (index: number) => own[index] ?? 0
  const small: number[] = []
  const large: number[] = []

  function setShare(index: number, share: number): void {
    own[index] = share
    if (share < 1) small.push(index)
    else large.push(index)
  }

  for (let index = 0; index < count; index += 1) {
    alias[index] = index
    setShare(index, (weights[index] ?? 0) / mean)
  }
  for (;;) {
    const less = small.pop()
    const more = large.pop()
    // What is left over has a share of 1 but for rounding, and is its own alias.
    if (less === undefined || more === undefined) break
    alias[less] = more
    setShare(more, shareOf(more) + shareOf(less) - 1)
  }

  return () => {
    const column = Math.floor(random() * count)
    return random() < shareOf(column) ? column : (alias[column] ?? 0)
  }
}
