import { poll } from '#shared/poll.ts'

/**
 * Polls until an answer is accepted, and resolves to it. @throws Error with the missing condition and the last answer
 */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  willDo: (answer: T) => boolean,
  timeoutMs = 20_000
): Promise<T> {
  const { done, answer } = await poll(ask, willDo, { timeoutMs, pauseMs: 200 })
  if (!done) throw new Error(`${what}: not within ${timeoutMs} ms; the last answer was ${JSON.stringify(answer)}`)
  return answer
}
