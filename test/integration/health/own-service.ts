import type { Test } from 'tap'
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import { loadDefinition } from '#shared/cluster/definition.ts'
import type { ClusterHealth } from '#shared/contracts/health.ts'
import { eventually } from '../support/eventually.ts'
import { testMode } from '../support/test-cluster.ts'

const definition = await loadDefinition(process.env['KOPS_TEST_STATE_DIR'] ?? '')
if (!definition) throw new Error('there is no cluster under test')
const { ports } = definition
const listOf = (numbers: number[]) => numbers.map((port) => `127.0.0.1:${port}`).join(',')
export const bootstrapServers = listOf(ports.kafka)
/** Sweeps are as far apart as they are by default: what is noticed in seconds is noticed by the pulse. */
const sweepMs = 30_000
/** What a busy machine may add. */
export const busyMs = 3000

/** A health-service of the test's own, with every time as it ships. @param settings in the place of those */
export async function ownService(t: Test, settings: Record<string, string> = {}) {
  const app = await buildApp(
    loadConfig({
      KOPS_LOG_LEVEL: 'silent',
      KOPS_BOOTSTRAP_SERVERS: bootstrapServers,
      KOPS_ZOOKEEPER_SERVERS: testMode === 'kraft' ? '' : listOf(ports.zookeeper),
      KOPS_JMX_TARGETS: listOf(ports.jmx),
      KOPS_POLL_INTERVAL_MS: String(sweepMs),
      ...settings
    })
  )
  t.teardown(() => app.close())
  await app.ready()
  const ask = async () => (await app.inject('/api/health')).json<ClusterHealth>()
  /** NaN where there is no such series. */
  const metric = async (name: string) => {
    const { body } = await app.inject('/metrics')
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1] ?? Number.NaN)
  }
  return { app, ask, metric }
}

/** Asks again and again. @returns how long it took, and the answer that will do */
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
