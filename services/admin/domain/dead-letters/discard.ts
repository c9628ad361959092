import type { Discard, DiscardResult } from '#shared/contracts/dead-letter-changes.ts'
import type { WriteDecisions } from '#shared/streams/dead-letters/decision-log.ts'
import type { MaskingRules } from '../messages/masking-rules.ts'
import type { ChangeTiming } from '../timing.ts'
import { assertReasoned } from '../topics/topic-usage.ts'
import { distinctWarnings } from '../warnings.ts'
import { discarded } from './letter-runs.ts'
import { decisionObstacle } from './replay-targets.ts'
import { type FoundLetter, openQueue, type SelectionPorts } from './select-letters.ts'
import { createSkipped } from './skipped-letters.ts'
import { runsOf } from './spans.ts'

export interface DiscardPorts extends SelectionPorts {
  write: WriteDecisions
}

export interface DecisionOptions {
  dryRun: boolean
  /** Who decides. */
  by: string
  rules: MaskingRules
  passBytes: number
  /** The longest that a call takes. */
  maxMs: number
  timing: ChangeTiming
}

/** Letters of one reading, also for a lower limit: many may be left out. */
const fewest = 200
export const defaultLimit = 1000
/** How many spans of letters an answer names. */
export const mostSpans = 1000

/**
 * Marks letters as discarded, reading by reading.
 * @throws KopsError topic_not_found, validation_failed, cluster_unreachable; Kafka's error if the decisions cannot be recorded
 */
export async function discardLetters(
  ports: DiscardPorts,
  topic: string,
  request: Discard,
  { dryRun, by, rules, passBytes, maxMs, timing }: DecisionOptions
): Promise<DiscardResult> {
  assertReasoned(request)
  const { limit = defaultLimit, force = false, reason } = request
  const endsAt = timing.monotonicMs() + maxMs
  const { deadlineMs } = timing
  const leftMs = () => endsAt - timing.monotonicMs()
  const queue = await openQueue(ports, topic, request, { rules, passBytes, leftMs, deadlineMs })
  const decider = { queue: topic, queueId: queue.queueId, by, reason }
  const skipped = createSkipped()
  const chosen: { partition: number; offset: number }[] = []
  let cutBy: DiscardResult['cutBy'] = null
  for await (const found of queue.letters(() => Math.max(fewest, limit - chosen.length))) {
    if (found === 'time') {
      cutBy = 'time'
      break
    }
    const letters = found.filter((letter) => isFree(letter)).slice(0, limit - chosen.length)
    if (!dryRun) await ports.write(discarded(letters, { ...decider, at: timing.now().toISOString() }))
    chosen.push(...letters.map(({ partition, offset }) => ({ partition, offset })))
    if (chosen.length >= limit) {
      cutBy = 'limit'
      break
    }
  }
  return {
    topic,
    action: 'discard',
    dryRun,
    applied: !dryRun,
    selected: chosen.length,
    skipped: skipped.list(),
    spans: spansOf(chosen),
    cutBy,
    warnings: distinctWarnings(queue.warnings)
  }

  function isFree(letter: FoundLetter): boolean {
    // Whether it was written or not: nobody wants it.
    const obstacle = decisionObstacle(letter.decision, {
      force,
      includeUnconfirmed: request.includeUnconfirmed ?? false
    })
    if (obstacle) skipped.add(obstacle, letter)
    return obstacle === undefined
  }
}

export function spansOf(places: readonly { partition: number; offset: number }[]): DiscardResult['spans'] {
  const runs = runsOf(places).map(({ partition, from, to }) => ({ partition, from, to }))
  return runs.slice(0, mostSpans)
}
