import fp from 'fastify-plugin'
import { createClient } from '#shared/client/client.ts'
import type { Clock } from '#shared/clock.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { readSecret } from '#shared/secret-settings.ts'
import type { HealthConfig } from './config.ts'
import { createDrillWatch, type DrillSource, type DrillWatch } from './domain/drill-watch.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** undefined if no load-test-service is configured. */
    drillWatch: DrillWatch | undefined
  }
}

export interface DrillsPluginOptions {
  source: DrillSource | undefined
  clock: Clock
}

/** What load-test-service says of drills. */
export const drillsPlugin = fp<DrillsPluginOptions>(
  async (app, { source, clock }) => {
    const watch =
      source &&
      createDrillWatch({
        source,
        clock,
        onChange: (err) =>
          err === undefined
            ? app.log.info('load-test-service answers again')
            : app.log.warn({ err }, 'load-test-service does not say which drill is under way')
      })
    app.decorate('drillWatch', watch)
    if (!watch) return
    app.addHook('onReady', async () => watch.start())
    app.addHook('onClose', () => watch.close())
  },
  { name: 'drills' }
)

/** A drill is known within this time, or not at all. */
const runningMs = 2000
/** A service whose brokers do not answer needs five seconds. */
const scorecardMs = 10_000

/** load-test-service at the configured address; undefined if there is none. @throws Error if its token cannot be read */
export function drillSourceOf({
  KOPS_LOADTEST_URL: url,
  KOPS_LOADTEST_TOKEN_FILE: file
}: Pick<HealthConfig, 'KOPS_LOADTEST_URL' | 'KOPS_LOADTEST_TOKEN_FILE'>): DrillSource | undefined {
  if (url === '') return undefined
  const token = file === '' ? undefined : readSecret('KOPS_LOADTEST_TOKEN_FILE', file)
  const { call } = createClient({ urls: { loadTest: url.replace(/\/+$/, ''), admin: '', health: '' }, token })
  return {
    running: async (signal) => (await call(endpoints.runningDrill, { timeoutMs: runningMs, signal })).drill,
    scorecard: (signal) => call(endpoints.scorecard, { timeoutMs: scorecardMs, signal })
  }
}
