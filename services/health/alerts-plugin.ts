import fp from 'fastify-plugin'
import type { Alertmanager } from '#shared/alertmanager/port.ts'
import type { Clock } from '#shared/clock.ts'
import { type AlertBook, type AlertWatch, createAlertBook, createAlertWatch } from './domain/alerts/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    alertBook: AlertBook
    /** undefined where no Alertmanager is configured: the book then holds what the webhook receives. */
    alertWatch: AlertWatch | undefined
  }
}

export interface AlertsPluginOptions {
  clock: Clock
  /** undefined: there is none to read. */
  alertmanager: Alertmanager | undefined
  /** Labels of this cluster's alerts there. */
  labels: readonly [name: string, value: string][]
  /** How people reach this service: runbooks are served there. */
  publicUrl: string
}

/** The alerts that Alertmanager has. */
export const alertsPlugin = fp<AlertsPluginOptions>(
  async (app, { clock, alertmanager, labels, publicUrl }) => {
    // Where Alertmanager is read, an alert that still fires is never forgotten for want of notifications.
    const book = createAlertBook({ clock, publicUrl, ...(alertmanager && { renewalMs: Number.POSITIVE_INFINITY }) })
    app.decorate('alertBook', book)
    // With every reading of the cluster, so that streams report an alert that is no longer renewed.
    const stop = app.monitor.subscribe(() => book.forget())
    app.addHook('onClose', async () => void stop())
    const watch =
      alertmanager &&
      createAlertWatch({
        alertmanager,
        book,
        clock,
        labels,
        onChange: (err) =>
          err === undefined
            ? app.log.info('Alertmanager can be read again')
            : app.log.warn({ err }, 'Alertmanager cannot be read')
      })
    app.decorate('alertWatch', watch)
    if (!watch) return
    app.addHook('onReady', async () => watch.start())
    app.addHook('onClose', async () => {
      await watch.close()
      await alertmanager.close()
    })
  },
  { name: 'alerts', dependencies: ['monitor'] }
)
