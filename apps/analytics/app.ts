import { type App, createApp } from '#shared/http/create-app.ts'
import { analyticsPlugin } from './analytics-plugin.ts'
import type { AnalyticsConfig } from './config.ts'
import type { Analytics } from './definition.ts'

/** Builds the application. It starts to process when it is ready, and commits what it has when it is closed. */
export async function buildApp(config: AnalyticsConfig, analytics: Analytics): Promise<App> {
  const app = await createApp({
    title: 'kops analytics',
    description: 'Computes windows over a topic of events, exactly once.',
    config
  })
  await app.register(analyticsPlugin, { config, analytics })
  return app
}
