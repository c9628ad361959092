import type { DecisionEntry } from '#shared/streams/dead-letters/decision-log.ts'
import { type Decision, decisionKey } from '#shared/streams/dead-letters/decisions.ts'
import type { PlannedLetter } from './replay-targets.ts'
import type { SentLetter } from './send-letters.ts'
import { runsOf } from './spans.ts'

/** Who decides, and when. */
export interface Decider {
  queue: string
  queueId: string | null
  at: string
  by: string
  reason: string | undefined
}

/** That letters are about to be handed to Kafka. Written before, so that whatever happens then, nothing is written twice unnoticed. */
export function intentsOf(letters: readonly PlannedLetter[], decider: Decider): DecisionEntry[] {
  return runsOf(letters, isLike).map(({ partition, from, to, items }) => {
    const [first] = items
    return entryOf(decider, {
      partition,
      from,
      to,
      status: 'unconfirmed',
      ...(first ? { replays: first.replays, target: first.target.topic } : {})
    })
  })
}

/** What is known once Kafka has answered; letters without a clear answer stay unconfirmed, as their intents say. */
export function outcomesOf(letters: readonly SentLetter[], decider: Decider): DecisionEntry[] {
  const answered = letters.filter(({ result }) => result.status !== 'indeterminate')
  const alike = (a: SentLetter, b: SentLetter) => isLike(a, b) && a.result.status === b.result.status
  return runsOf(answered, alike).map(({ partition, from, to, items }) => {
    const [first] = items
    if (first?.result.status !== 'acknowledged') return entryOf(decider, { partition, from, to, status: 'open' })
    const places = items.flatMap(({ result }) =>
      result.status === 'acknowledged' ? [{ partition: result.partition, offset: result.offset }] : []
    )
    const written = runsOf(places).map(({ partition, from, to }) => ({ partition, from, to }))
    const { replays, target } = first
    return entryOf(decider, { partition, from, to, status: 'replayed', replays, target: target.topic, written })
  })
}

/** Letters that were about to be sent, and were not. */
export function unsent(letters: readonly PlannedLetter[], decider: Decider): DecisionEntry[] {
  return runsOf(letters, isLike).map(({ partition, from, to }) =>
    entryOf(decider, { partition, from, to, status: 'open' })
  )
}

export function discarded(
  letters: readonly { partition: number; offset: number }[],
  decider: Decider
): DecisionEntry[] {
  return runsOf(letters).map(({ partition, from, to }) =>
    entryOf(decider, { partition, from, to, status: 'discarded' })
  )
}

/** Letters that one decision may be on. */
function isLike(a: PlannedLetter, b: PlannedLetter): boolean {
  return a.replays === b.replays && a.target.topic === b.target.topic
}

function entryOf(
  { queue, queueId, at, by, reason }: Decider,
  decided: Omit<Decision, 'queue' | 'queueId' | 'at' | 'by' | 'reason'>
): DecisionEntry {
  const decision: Decision = { queue, queueId, ...decided, at, by, ...(reason === undefined ? {} : { reason }) }
  return [decisionKey(decision), decision]
}
