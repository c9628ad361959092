import fp from 'fastify-plugin'
import { type AlertBook, createAlertBook } from './domain/alerts/index.ts'
import type { Clock } from './domain/clock.ts'

declare module 'fastify' {
  interface FastifyInstance {
    alertBook: AlertBook
  }
}

/** The alerts that Alertmanager tells this service. */
export const alertsPlugin = fp<{ clock: Clock }>(
  async (app, { clock }) => {
    const book = createAlertBook({ clock })
    app.decorate('alertBook', book)
    // With every reading of the cluster, so that those who watch are told that an alert is no longer heard of.
    const stop = app.monitor.subscribe(() => book.forget())
    app.addHook('onClose', async () => void stop())
  },
  { name: 'alerts', dependencies: ['monitor'] }
)
