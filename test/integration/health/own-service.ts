import type { Test } from 'tap'
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import { loadDefinition } from '#shared/cluster/definition.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { eventually } from '../support/eventually.ts'
import { testMode } from '../support/test-cluster.ts'
import { kafkaSettings } from '../support/under-test.ts'

const definition = await loadDefinition(process.env['KOPS_TEST_STATE_DIR'] ?? '')
if (!definition) throw new Error('there is no cluster under test')
const { ports } = definition
const listOf = (numbers: number[]) => numbers.map((port) => `127.0.0.1:${port}`).join(',')
const bootstrapServers = listOf(ports.kafka)
/** Sweeps have their default interval: what is noticed within seconds is noticed by the pulse. */
const sweepMs = 30_000
/** Allowance for a busy machine. */
export const busyMs = 3000

/** A separate health-service for the test, with default timings. @param settings override the defaults */
export async function ownService(t: Test, settings: Record<string, string> = {}) {
  const app = await buildApp(
    loadConfig({
      KOPS_LOG_LEVEL: 'silent',
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers,
      ...kafkaSettings,
      KOPS_ZOOKEEPER_SERVERS: testMode === 'kraft' ? '' : listOf(ports.zookeeper),
      KOPS_JMX_TARGETS: listOf(ports.jmx),
      KOPS_POLL_INTERVAL_MS: String(sweepMs),
      ...settings
    })
  )
  t.teardown(() => app.close())
  await app.ready()
  const ask = async () => (await app.inject('/api/health')).json<ClusterHealth>()
  /** NaN without such a series. */
  const metric = async (name: string) => {
    const { body } = await app.inject('/metrics')
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1] ?? Number.NaN)
  }
  return { app, ask, metric }
}

/** Polls repeatedly. @returns the duration, and the accepted answer */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  enough: (answer: T) => boolean,
  timeoutMs: number
): Promise<{ answer: T; tookMs: number }> {
  const startedAt = performance.now()
  const answer = await eventually(what, ask, enough, timeoutMs)
  return { answer, tookMs: performance.now() - startedAt }
}
