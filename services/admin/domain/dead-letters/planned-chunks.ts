import type { DecisionBook } from '#shared/streams/dead-letters/decisions.ts'
import type { PlannedLetter, Targets } from './replay-targets.ts'
import type { OpenQueue } from './select-letters.ts'
import type { createSkipped } from './skipped-letters.ts'

export interface ChunkOptions {
  queue: Pick<OpenQueue, 'letters'>
  targets: Targets
  book: DecisionBook
  /** How many letters to plan in all. */
  limit: number
  /** The most letters, and about the most bytes, of a chunk. */
  letters: number
  bytes: number
  skip: ReturnType<typeof createSkipped>['add']
  now: () => Date
}

/** Letters of one reading, also for a lower limit: many may be left out, and a reading costs as much as they do. */
const fewest = 200

/** Plans a queue's letters chunk by chunk, as they are asked for. Returns what ended it before the end of the queue. */
export async function* plannedChunks(options: ChunkOptions): AsyncGenerator<PlannedLetter[], 'limit' | 'time' | null> {
  const { queue, targets, book, limit, letters, bytes, skip, now } = options
  let planned = 0
  let chunk: PlannedLetter[] = []
  let weight = 0
  for await (const found of queue.letters(() => Math.max(fewest, limit - planned))) {
    if (found === 'time') {
      if (chunk.length > 0) yield chunk
      return 'time'
    }
    await targets.look(found)
    for (const letter of found) {
      if (planned >= limit) break
      const plan = targets.plan(letter, book, now().getTime())
      if ('reason' in plan) {
        skip(plan, letter)
        continue
      }
      chunk.push(plan)
      planned += 1
      weight += plan.bytes
      if (chunk.length < letters && weight < bytes) continue
      yield chunk
      chunk = []
      weight = 0
    }
    if (planned >= limit) {
      if (chunk.length > 0) yield chunk
      return 'limit'
    }
  }
  if (chunk.length > 0) yield chunk
  return null
}
