import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { Agent, request } from 'undici'

const everyMs = 2000

/**
 * Asks as people do on a bad night: these readings every 2 s, each whether or not the one before was answered, and the streams for as
 * long as the test lasts. What they answer is not looked at.
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
