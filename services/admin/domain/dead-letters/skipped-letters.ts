import type { ReplayResult } from '#shared/contracts/dead-letter-changes.ts'
import type { Obstacle } from './replay-targets.ts'

type Skipped = ReplayResult['skipped'][number]

const mostExamples = 5
/** Details name topics, which headers choose. */
const mostKinds = 50

/** Counts letters that are left out, by what stands in their way. */
export function createSkipped() {
  const kinds = new Map<string, Skipped>()
  return {
    add({ reason, detail }: Obstacle, { partition, offset }: { partition: number; offset: number }): void {
      const key = kinds.has(`${reason} ${detail}`) || kinds.size < mostKinds ? `${reason} ${detail}` : reason
      const kind = kinds.get(key) ?? { reason, detail, letters: 0, examples: [] }
      kinds.set(key, kind)
      kind.letters += 1
      if (kind.examples.length < mostExamples) kind.examples.push({ partition, offset })
    },
    list: (): Skipped[] => [...kinds.values()].sort((a, b) => b.letters - a.letters)
  }
}
