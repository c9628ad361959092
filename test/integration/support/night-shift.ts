import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { Agent, request } from 'undici'

const everyMs = 2000

/** Two of three: the ensemble has no quorum without them. */
export const quorumNodes = ['zookeeper-2', 'zookeeper-3']

/** The readings people use during an outage. */
export function lookedAt(
  { admin, health }: { admin: string; health: string },
  topic: string
): { readings: string[]; streams: string[] } {
  return {
    readings: [
      `${health}/api/health`,
      `${health}/api/health/groups`,
      `${admin}/api/topics`,
      `${admin}/api/topics/${topic}`,
      `${admin}/api/topics/${topic}/configs`,
      `${admin}/api/groups`,
      `${admin}/api/brokers`,
      `${admin}/api/brokers/1/configs`,
      `${admin}/api/reassignments`
    ],
    streams: [`${health}/api/health/stream`, `${admin}/api/topics/${topic}/messages/tail`]
  }
}

/**
 * Sends requests as people do during an outage: these readings every 2 s, whether or not the previous one was answered,
 * and the streams for the duration of the test. Ignores the answers.
 */
export function askAgainAndAgain(t: Test, { readings, streams }: { readings: string[]; streams: string[] }): void {
  const dispatcher = new Agent({ connections: 64 })
  const ended = new AbortController()
  const ask = async (url: string) => {
    const { body } = await request(url, { dispatcher, signal: ended.signal })
    await body.dump()
  }
  const stream = async (url: string) => {
    while (!ended.signal.aborted) {
      await ask(url).catch(() => undefined)
      await delay(500, undefined, { signal: ended.signal }).catch(() => undefined)
    }
  }
  for (const url of streams) void stream(url)
  const timer = setInterval(() => {
    for (const url of readings) ask(url).catch(() => undefined)
  }, everyMs)
  t.teardown(async () => {
    clearInterval(timer)
    ended.abort()
    await dispatcher.destroy()
  })
}
