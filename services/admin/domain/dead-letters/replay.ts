import type { Replay, ReplayResult } from '#shared/contracts/dead-letter-changes.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { RecordWriter } from '#shared/kafka/records/port.ts'
import type { ReservedTopics } from '#shared/reserved-topics.ts'
import { assertReasoned } from '../topics/topic-usage.ts'
import { distinctWarnings } from '../warnings.ts'
import { type DecisionOptions, type DiscardPorts, defaultLimit, spansOf } from './discard.ts'
import { plannedChunks } from './planned-chunks.ts'
import { runReplay } from './replay-run.ts'
import { openTargets, type PlannedLetter } from './replay-targets.ts'
import { openQueue } from './select-letters.ts'
import { type SentLetter, sendLetters } from './send-letters.ts'
import { createSkipped } from './skipped-letters.ts'

export interface ReplayPorts extends DiscardPorts {
  reader: Pick<ClusterReader, 'metadata' | 'offsets' | 'topicConfigs'>
  writer: Pick<RecordWriter, 'write'>
  reserved: Pick<ReservedTopics, 'refusal'>
}

export interface ReplayOptions extends DecisionOptions {
  /** Globs of the only topics that the caller may write to; undefined: all. */
  granted: readonly string[] | undefined
  /** How often a letter may be replayed. */
  mostReplays: number
  /** Ends the replay after the chunk that is under way. */
  signal: AbortSignal
}

const defaultPerSecond = 1000
/** The most of a chunk. While one is written the next is recorded, so that three may be unconfirmed after a crash. */
const chunkLetters = 4000
const chunkBytes = 2_097_152

/**
 * Writes letters to the topics they came from. A letter that a killed service had in hand is `unconfirmed`: it was written once, or
 * not at all, and is not written again unless the request says so.
 * @throws KopsError topic_not_found, topic_protected, validation_failed, cluster_unreachable; Kafka's error if nothing can be
 * recorded: then nothing was written
 */
export async function replayLetters(
  ports: ReplayPorts,
  topic: string,
  request: Replay,
  { dryRun, by, rules, passBytes, maxMs, timing, granted, mostReplays, signal }: ReplayOptions
): Promise<ReplayResult> {
  assertReasoned(request)
  const { limit = defaultLimit, force = false, includeUnconfirmed = false, to, reason } = request
  const perSecond = request.maxPerSecond ?? defaultPerSecond
  const { deadlineMs } = timing
  const startedAt = timing.monotonicMs()
  const leftMs = () => (signal.aborted ? 0 : maxMs - (timing.monotonicMs() - startedAt))
  const guards = { queue: topic, to, reserved: ports.reserved, granted, mostReplays, force, includeUnconfirmed }
  const targets = await openTargets(ports.reader, guards, { deadlineMs })
  const queue = await openQueue(ports, topic, request, { rules, passBytes, leftMs, deadlineMs })
  const skipped = createSkipped()
  const chunks = plannedChunks({
    queue,
    targets,
    book: ports.decisions.book,
    limit,
    // Half a second at the rate: the pauses between chunks keep it.
    letters: Math.max(1, Math.min(chunkLetters, Math.ceil(perSecond / 2))),
    bytes: chunkBytes,
    skip: skipped.add,
    now: timing.now
  })
  const tally = createTally()
  const warnings: ReplayResult['warnings'] = []
  let endedBy: 'limit' | 'time' | null = null

  async function next(): Promise<PlannedLetter[] | undefined> {
    const step = await chunks.next()
    if (!step.done) return step.value
    endedBy = step.value
    return undefined
  }

  async function plan(): Promise<undefined> {
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) tally.plan(chunk)
  }

  const dueInMs = (sent: number) => startedAt + (1000 * sent) / perSecond - timing.monotonicMs()
  const run = () =>
    runReplay({
      next,
      send: (letters) => sendLetters(ports.writer, letters, timing.changeTimeoutMs),
      write: ports.write,
      decider: () => ({ queue: topic, queueId: queue.queueId, at: timing.now().toISOString(), by, reason }),
      pace: (sent) => timing.sleep(Math.max(0, Math.min(dueInMs(sent), leftMs()))),
      dueInMs,
      isOver: () => leftMs() <= 0,
      onSent: tally.sent,
      onUnrecorded: ({ code, message }) => {
        const what = 'Letters were written, but could not be recorded as replayed: they show as unconfirmed'
        warnings.push({ code, message: `${what}. ${message}`, target: topic })
      }
    })
  const end = await (dryRun ? plan() : run()).finally(() => chunks.return(null))
  const counts = tally.result()
  return {
    topic,
    action: 'replay',
    dryRun,
    applied: !dryRun && counts.replayed === counts.selected,
    ...counts,
    skipped: skipped.list(),
    cutBy: end?.cutBy ?? endedBy,
    ...(end?.cutBy === 'refused' ? { error: { code: end.error.code, detail: end.error.message } } : {}),
    durationMs: Math.max(0, Math.round(timing.monotonicMs() - startedAt)),
    warnings: distinctWarnings([...queue.warnings, ...targets.warnings, ...warnings])
  }
}

type Counts = Pick<ReplayResult, 'selected' | 'targets' | 'spans' | 'replayed' | 'refused' | 'unconfirmed'>

/** Counts what is planned, or what became of it. */
function createTally() {
  const targets = new Map<string, Counts['targets'][number]>()
  const places: { partition: number; offset: number }[] = []
  const outcomes = { acknowledged: 0, refused: 0, indeterminate: 0 }

  function plan(letters: readonly PlannedLetter[]): void {
    for (const { partition, offset, target, bytes, retimed } of letters) {
      const { topic } = target
      const known = targets.get(topic) ?? { topic, letters: 0, bytes: 0, retimed: 0 }
      targets.set(topic, known)
      known.letters += 1
      known.bytes += bytes
      known.retimed += Number(retimed)
      places.push({ partition, offset })
    }
  }

  return {
    plan,
    sent(letters: readonly SentLetter[]): void {
      plan(letters)
      for (const { result } of letters) outcomes[result.status] += 1
    },
    result: (): Counts => ({
      selected: places.length,
      targets: [...targets.values()].sort((a, b) => b.letters - a.letters),
      spans: spansOf(places),
      replayed: outcomes.acknowledged,
      refused: outcomes.refused,
      unconfirmed: outcomes.indeterminate
    })
  }
}
