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
 * next one is read and recorded along with the outcome of the one before.
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
    const [answered, prepared]: [SentLetter[], Prepared] = await Promise.all([send(current), prepare(settled)])
    onSent(answered)
    sent += answered.length
    const { next: following, unrecorded } = prepared
    const failure = prepared.failure ?? firstError(answered)
    if (failure === undefined && following !== undefined) {
      settled = answered
      if (dueInMs(sent) > 0) {
        // A pause is long enough to record what is known.
        await record(outcomesOf(settled, decider()))
        settled = []
        await pace(sent)
      }
      if (!isOver()) {
        current = following
        continue
      }
    } else settled = answered
    const known = [...outcomesOf(unrecorded, decider()), ...outcomesOf(settled, decider())]
    await record([...known, ...unsent(following ?? [], decider())])
    if (failure !== undefined) return { cutBy: 'refused', error: failure }
    return following === undefined ? undefined : { cutBy: 'time' }
  }

  /** Reads the next chunk, and records it together with the outcome of the last. Never rejects with an error of Kafka. */
  async function prepare(before: readonly SentLetter[]): Promise<Prepared> {
    let following: PlannedLetter[] | undefined
    let failure: KopsError | undefined
    try {
      following = await next()
    } catch (error) {
      if (!isKopsError(error)) throw error
      failure = error
    }
    try {
      await write([...outcomesOf(before, decider()), ...intentsOf(following ?? [], decider())])
    } catch (error) {
      if (!isKopsError(error)) throw error
      return { next: following, failure: error, unrecorded: before }
    }
    return { next: following, failure, unrecorded: [] }
  }

  /** What was written is written, whether it can be recorded or not. */
  async function record(entries: readonly DecisionEntry[]): Promise<void> {
    try {
      await write(entries)
    } catch (error) {
      if (!isKopsError(error)) throw error
      onUnrecorded(error)
    }
  }
}

interface Prepared {
  next: PlannedLetter[] | undefined
  failure: KopsError | undefined
  /** What could not be recorded with it. */
  unrecorded: readonly SentLetter[]
}

function firstError(letters: readonly SentLetter[]): KopsError | undefined {
  for (const { result } of letters) if (result.status !== 'acknowledged') return result.error
  return undefined
}
