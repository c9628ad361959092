import fp from 'fastify-plugin'
import type { Alertmanager } from '#shared/alertmanager/port.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** undefined: none is configured. */
    alertmanager: Alertmanager | undefined
  }
}

export interface AlertmanagerPluginOptions {
  alertmanager: Alertmanager | undefined
}

/** The maintenance windows, for as long as the app runs. */
export const alertmanagerPlugin = fp<AlertmanagerPluginOptions>(
  async (app, { alertmanager }) => {
    app.decorate('alertmanager', alertmanager)
    app.addHook('onClose', async () => alertmanager?.close())
  },
  { name: 'alertmanager' }
)
