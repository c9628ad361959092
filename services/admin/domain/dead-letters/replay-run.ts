import { isKopsError, type KopsError } from '#shared/errors/catalog.ts'
import type { DecisionEntry, WriteDecisions } from '#shared/streams/dead-letters/decision-log.ts'
import { type Decider, intentsOf, outcomesOf, unsent } from './letter-runs.ts'
import type { PlannedLetter } from './replay-targets.ts'
import type { SentLetter } from './send-letters.ts'

export interface RunPorts {
  /** The next chunk of letters; undefined at the end. */
  next: () => Promise<PlannedLetter[] | undefined>
  /** Never rejects. */
  send: (letters: readonly PlannedLetter[]) => Promise<SentLetter[]>
  write: WriteDecisions
  decider: () => Decider
  /** Waits until the rate allows more, or the time is over. @param sent how many have been sent */
  pace: (sent: number) => Promise<void>
  /** Milliseconds until the rate allows more. */
  dueInMs: (sent: number) => number
  isOver: () => boolean
  /** Hears of each chunk, once it was sent. */
  onSent: (letters: readonly SentLetter[]) => void
  /** Hears of letters that were written and could not be recorded as such. */
  onUnrecorded: (error: KopsError) => void
}

/** What ended a run before the last chunk: the time, or an error. */
export type RunEnd = { cutBy: 'time' } | { cutBy: 'refused'; error: KopsError } | undefined

/**
 * Sends chunks of letters. What is about to be sent is recorded first, and what became of it afterwards: whenever the process is
 * killed, each letter is undecided and was not written, or replayed and was written, or unconfirmed. While a chunk is sent, the
 * next one is read and, unless the rate asks for a pause before it, recorded along with the outcome of the one before.
 * @throws KopsError if nothing could be recorded or read: then nothing was sent
 */
export async function runReplay(ports: RunPorts): Promise<RunEnd> {
  const { next, send, write, decider, pace, dueInMs, isOver, onSent, onUnrecorded } = ports
  const first = await next()
  if (first === undefined) return undefined
  let current: PlannedLetter[] = first
  await write(intentsOf(current, decider()))
  let sent = 0
  /** Sent, and not recorded yet. */
  let settled: SentLetter[] = []
  for (;;) {
    const [answered, prepared]: [SentLetter[], Prepared] = await Promise.all([
      send(current),
      prepare(settled, dueInMs(sent + current.length) <= 0)
    ])
    onSent(answered)
    sent += answered.length
    settled = [...prepared.unrecorded, ...answered]
    const { next: following } = prepared
    let failure = prepared.failure ?? firstError(answered)
    let isRecorded = prepared.isRecorded
    if (failure === undefined && following !== undefined) {
      if (!isRecorded) {
        // Nothing is unconfirmed during a pause.
        await record(outcomesOf(settled, decider()))
        settled = []
        await pace(sent)
      }
      if (!isOver()) {
        if (!isRecorded) failure = await failureOf(() => write(intentsOf(following, decider())))
        isRecorded = true
        if (failure === undefined) {
          current = following
          continue
        }
      }
    }
    const left = following !== undefined && isRecorded ? unsent(following, decider()) : []
    await record([...outcomesOf(settled, decider()), ...left])
    if (failure !== undefined) return { cutBy: 'refused', error: failure }
    return following === undefined ? undefined : { cutBy: 'time' }
  }

  /**
   * Reads the next chunk, and records the outcome of the last. Never rejects with an error of Kafka.
   * @param isNext whether the next chunk is sent at once, so that it is recorded, too
   */
  async function prepare(before: readonly SentLetter[], isNext: boolean): Promise<Prepared> {
    let following: PlannedLetter[] | undefined
    const unread = await failureOf(async () => {
      following = await next()
    })
    const intents = isNext && following !== undefined ? intentsOf(following, decider()) : []
    const unwritten = await failureOf(() => write([...outcomesOf(before, decider()), ...intents]))
    return {
      next: following,
      isRecorded: intents.length > 0,
      failure: unread ?? unwritten,
      unrecorded: unwritten ? before : []
    }
  }

  /** What was written is written, whether it can be recorded or not. */
  async function record(entries: readonly DecisionEntry[]): Promise<void> {
    const error = await failureOf(() => write(entries))
    if (error) onUnrecorded(error)
  }
}

/** The error of Kafka that work fails with. @throws any other one */
async function failureOf(work: () => Promise<void>): Promise<KopsError | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!isKopsError(error)) throw error
    return error
  }
}

interface Prepared {
  next: PlannedLetter[] | undefined
  /** It is recorded that the next chunk is about to be sent, or may be. */
  isRecorded: boolean
  failure: KopsError | undefined
  /** What could not be recorded with it. */
  unrecorded: readonly SentLetter[]
}

function firstError(letters: readonly SentLetter[]): KopsError | undefined {
  for (const { result } of letters) if (result.status !== 'acknowledged') return result.error
  return undefined
}
