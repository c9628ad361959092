/** What a run with some of the steps showed: the failure again, none, or nothing that can be judged. */
export type Trial = 'failed' | 'passed' | 'unclear'

export interface Shrunk<T> {
  /** The smallest list of steps found that fails. */
  steps: T[]
  runs: number
  /** Whether leaving out any one of the steps was tried, and did not fail: otherwise runs had ended before. */
  minimal: boolean
}

/**
 * Shrinks a list that fails to one that fails still and no step of which can be left out (delta debugging, ddmin: Zeller and
 * Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002). Keeps the order. The last step alone is tried first,
 * since it is the one that failed. What is unclear counts as not failed. Asks about no list twice.
 * @param failing steps of which the last one failed when all of them were carried out
 * @param maxRuns how many lists are tried at most
 */
export async function shrink<T>(
  failing: readonly T[],
  attempt: (steps: T[], run: number) => Promise<Trial>,
  maxRuns: number
): Promise<Shrunk<T>> {
  const known = new Map<string, Trial>()
  let runs = 0

  /** undefined: there are no runs left. */
  async function fails(indices: number[]): Promise<boolean | undefined> {
    const key = indices.join(',')
    const answer = known.get(key)
    if (answer !== undefined) return answer === 'failed'
    if (runs >= maxRuns) return undefined
    runs += 1
    const trial = await attempt(pick(failing, indices), runs)
    known.set(key, trial)
    return trial === 'failed'
  }

  let current = failing.map((_, index) => index)
  const conclude = (minimal: boolean) => ({ steps: pick(failing, current), runs, minimal })
  if (current.length < 2) return conclude(true)
  const last = current.slice(-1)
  const alone = await fails(last)
  if (alone === undefined) return conclude(false)
  if (alone) {
    current = last
    return conclude(true)
  }
  for (let pieces = 2; current.length > 1; ) {
    const chunks = split(current, pieces)
    // Pieces alone, then all without one piece.
    const candidates = [...chunks, ...chunks.map((chunk) => current.filter((index) => !chunk.includes(index)))]
    let smaller: number[] | undefined
    for (const candidate of candidates) {
      if (candidate.length === 0 || candidate.length === current.length) continue
      const outcome = await fails(candidate)
      if (outcome === undefined) return conclude(false)
      if (outcome) {
        smaller = candidate
        break
      }
    }
    if (smaller) {
      pieces = chunks.includes(smaller) ? 2 : Math.max(2, pieces - 1)
      current = smaller
    } else if (pieces >= current.length) break
    else pieces = Math.min(current.length, pieces * 2)
  }
  return conclude(true)
}

function pick<T>(items: readonly T[], indices: readonly number[]): T[] {
  return indices.flatMap((index) => {
    const item = items[index]
    return item === undefined ? [] : [item]
  })
}

/** A list in so many pieces of nearly equal length. */
function split(indices: readonly number[], pieces: number): number[][] {
  const size = indices.length / pieces
  return Array.from({ length: pieces }, (_, nth) => indices.slice(Math.round(nth * size), Math.round((nth + 1) * size)))
}
