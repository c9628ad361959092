/** How the values of a window become one number. Events without a value count for `count` alone. */
export type AggregateFunction = 'count' | 'sum' | 'min' | 'max' | 'mean'

/**
 * What is kept of a window, two numbers for each aggregate: the number of values and their sum, least or largest. JSON keeps them
 * exactly.
 */
export type Accumulator = number[]

export function emptyAccumulator(functions: readonly AggregateFunction[]): Accumulator {
  return functions.flatMap(() => [0, 0])
}

/** @param values one for each function; undefined where the event has none */
export function accumulate(
  functions: readonly AggregateFunction[],
  into: Accumulator,
  values: readonly (number | undefined)[]
): void {
  for (let nth = 0; nth < functions.length; nth += 1) {
    const name = functions[nth]
    const value = name === 'count' ? 0 : values[nth]
    if (value !== undefined && name !== undefined) put(name, into, nth * 2, 1, value)
  }
}

/** The events of another window, too. */
export function merge(functions: readonly AggregateFunction[], into: Accumulator, from: readonly number[]): void {
  for (const [nth, name] of functions.entries()) {
    const count = from[nth * 2] ?? 0
    if (count > 0) put(name, into, nth * 2, count, from[nth * 2 + 1] ?? 0)
  }
}

function put(name: AggregateFunction, into: Accumulator, at: number, count: number, value: number): void {
  const before = into[at] ?? 0
  const total = into[at + 1] ?? 0
  into[at] = before + count
  if (name === 'min') into[at + 1] = before === 0 ? value : Math.min(total, value)
  else if (name === 'max') into[at + 1] = before === 0 ? value : Math.max(total, value)
  // JSON has no infinity: what is too large stays the largest number.
  else into[at + 1] = Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, total + value))
}

/** The nth aggregate; null where no event had a value. A sum of nothing is 0. */
export function resultOf(name: AggregateFunction, from: readonly number[], nth: number): number | null {
  const count = from[nth * 2] ?? 0
  const total = from[nth * 2 + 1] ?? 0
  if (name === 'count') return count
  if (name === 'sum') return total
  if (count === 0) return null
  return name === 'mean' ? total / count : total
}
