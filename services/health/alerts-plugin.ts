import fp from 'fastify-plugin'
import type { Alertmanager } from '#shared/alertmanager/port.ts'
import type { Clock } from '#shared/clock.ts'
import { type AlertBook, type AlertWatch, createAlertBook, createAlertWatch } from './domain/alerts/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    alertBook: AlertBook
    /** undefined if no Alertmanager is configured: the book then holds what the webhook receives. */
    alertWatch: AlertWatch | undefined
  }
}

export interface AlertsPluginOptions {
  clock: Clock
  /** undefined: there is none to read. */
  alertmanager: Alertmanager | undefined
  /** Labels of this cluster's alerts there. */
  labels: readonly [name: string, value: string][]
  /** Public address of this service, which serves runbooks. */
  publicUrl: string
}

/** The alerts that Alertmanager has. */
export const alertsPlugin = fp<AlertsPluginOptions>(
  async (app, { clock, alertmanager, labels, publicUrl }) => {
    // While Alertmanager is readable, a firing alert never expires for lack of notifications.
    const book = createAlertBook({ clock, publicUrl, ...(alertmanager && { renewalMs: Number.POSITIVE_INFINITY }) })
    app.decorate('alertBook', book)
    // On every reading of the cluster, so that streams report an alert that is no longer repeated.
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
