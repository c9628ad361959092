import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { isKopsError } from '#shared/errors/catalog.ts'

export interface Tally {
  requests: number
  loadTests: number
  acknowledged: number
  /** By operation and error code. */
  failures: Map<string, number>
}

const readEveryMs = 2000
const eventCount = 10_000
/** An hour of load tests without a pause would be a measurement of the disk. */
const betweenLoadTestsMs = 10_000
/** How long a stream is watched before it is left, as by somebody who closes a page. */
const watchMs = 20_000

/**
 * What people, scripts and dashboards do all day, until the signal aborts: readings of every service, plans, a stream that is left and
 * opened again, and one load test after another on a topic. Counts what fails and goes on.
 */
export async function work(client: Client, topic: string, signal: AbortSignal): Promise<Tally> {
  const tally: Tally = { requests: 0, loadTests: 0, acknowledged: 0, failures: new Map() }
  const fail = (name: string) => tally.failures.set(name, (tally.failures.get(name) ?? 0) + 1)
  const attempt = async (name: string, call: () => Promise<void>) => {
    tally.requests++
    await call().catch((error: unknown) => {
      if (!signal.aborted) fail(`${name} ${isKopsError(error) ? error.code : String(error)}`)
    })
  }
  const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => {})
  const params = { topicName: topic }
  const readings: Record<string, () => Promise<unknown>> = {
    health: () => client.call(endpoints.health, { signal }),
    healthStatus: () => client.call(endpoints.healthStatus, { signal }),
    topicsHealth: () => client.call(endpoints.topicsHealth, { signal }),
    groupsHealth: () => client.call(endpoints.groupsHealth, { signal }),
    probe: () => client.call(endpoints.probe, { signal }),
    alerts: () => client.call(endpoints.alerts, { signal }),
    listTopics: () => client.call(endpoints.listTopics, { signal }),
    describeTopic: () => client.call(endpoints.describeTopic, { params, signal }),
    listTopicConfigs: () => client.call(endpoints.listTopicConfigs, { params, signal }),
    listGroups: () => client.call(endpoints.listGroups, { signal }),
    listBrokers: () => client.call(endpoints.listBrokers, { signal }),
    browse: () => client.call(endpoints.browseMessages, { params, query: { from: 'latest', limit: 20 }, signal }),
    planTopic: () =>
      client.call(endpoints.createTopic, {
        query: { topicName: `${topic}-plan`, partitions: 3, replicationFactor: 3, dryRun: true },
        signal
      }),
    loadTestStats: () => client.call(endpoints.loadTestStats, { signal })
  }

  async function read(): Promise<void> {
    while (!signal.aborted) {
      for (const [name, call] of Object.entries(readings)) await attempt(name, async () => void (await call()))
      await pause(readEveryMs)
    }
  }
  async function watch(): Promise<void> {
    while (!signal.aborted) {
      const until = AbortSignal.any([signal, AbortSignal.timeout(watchMs)])
      await attempt('watchHealth', async () => {
        try {
          for await (const _ of client.watch(endpoints.watchHealth, { signal: until })) if (until.aborted) break
        } catch (error) {
          if (!until.aborted) throw error
        }
      })
      await pause(readEveryMs)
    }
  }
  async function load(): Promise<void> {
    while (!signal.aborted) {
      await attempt('runLoadTest', async () => {
        const query = { eventCount, topic, confirmTopic: topic }
        // Not with the signal: it would run on, and its topic is deleted next.
        const { result, failure } = await client.call(endpoints.runLoadTest, { query, timeoutMs: 120_000 })
        tally.loadTests++
        tally.acknowledged += result?.acknowledged ?? 0
        if (result?.acknowledged !== eventCount) throw new Error(failure ?? 'not every event was acknowledged')
      })
      await pause(betweenLoadTestsMs)
    }
  }
  await Promise.all([read(), watch(), load()])
  return tally
}
