import { type Clock, systemClock } from './clock.ts'

export interface PollOptions {
  /** Total time limit; there is always at least one attempt. */
  timeoutMs: number
  /** Between an answer and the next question; the first of pauses that double up to the longest. */
  pauseMs: number | { first: number; longest: number }
  clock?: Pick<Clock, 'monotonicMs' | 'sleep'> | undefined
  signal?: AbortSignal | undefined
}

/**
 * Polls until an answer is accepted or the time is up, and resolves to the last answer. Starts no pause that would end
 * after the limit. Rejects like `ask`, and with the signal's reason.
 */
export async function poll<T>(
  ask: () => T | Promise<T>,
  willDo: (answer: T) => boolean,
  { timeoutMs, pauseMs, clock = systemClock, signal }: PollOptions
): Promise<{ done: boolean; answer: T }> {
  const endsAt = clock.monotonicMs() + timeoutMs
  const { first, longest } = typeof pauseMs === 'number' ? { first: pauseMs, longest: pauseMs } : pauseMs
  for (let pause = first; ; pause = Math.min(pause * 2, longest)) {
    signal?.throwIfAborted()
    const answer = await ask()
    const done = willDo(answer)
    if (done || clock.monotonicMs() + pause > endsAt) return { done, answer }
    await clock.sleep(pause, signal)
  }
}

/** Retries work while it fails with a transient error, and rejects with the last one when the time is up. */
export async function retry<T>(
  work: () => Promise<T>,
  mayPass: (error: unknown) => boolean,
  options: PollOptions
): Promise<T> {
  const attempt = async () => {
    try {
      return { value: await work() }
    } catch (error) {
      if (!mayPass(error)) throw error
      return { error }
    }
  }
  const { answer } = await poll(attempt, (outcome) => 'value' in outcome, options)
  if ('value' in answer) return answer.value
  throw answer.error
}
