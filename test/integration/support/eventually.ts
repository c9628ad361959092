import { poll } from '#shared/poll.ts'

/** Asks until an answer will do, and resolves to it. @throws Error that says what did not come about, with the last answer */
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
