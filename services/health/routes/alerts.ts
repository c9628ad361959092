import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  AlertListSchema,
  AlertNotificationSchema,
  AlertQuerySchema,
  AlertReceiptSchema
} from '#shared/contracts/alerts.ts'
import { problemResponses } from '#shared/contracts/common.ts'

const tags = ['alerts']

export const alertRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/api/alerts',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'Alerts that fire now, and those that ended within the last hour',
        description:
          'Read from Alertmanager (KOPS_ALERTMANAGER_URL) every 2 s and whenever it sends a notification, so that they survive a restart of this service; those that ended are kept in memory. Alerts that a maintenance window or another alert holds back are marked. Without that setting: what the webhook has received; an alert that is not renewed for 5 minutes is forgotten.',
        querystring: AlertQuerySchema,
        response: { 200: AlertListSchema, ...problemResponses }
      }
    },
    async (request) => {
      await app.alertWatch?.ready()
      const list = app.alertBook.list(request.query)
      const warning = app.alertWatch?.maintenance().warning
      return warning ? { ...list, warnings: [...list.warnings, warning] } : list
    }
  )

  app.post(
    '/api/alerts/webhook',
    {
      schema: {
        'x-role': 'operator',
        tags,
        summary: 'Receive a notification of Alertmanager (its webhook, version 4)',
        description:
          'The same notification again changes nothing. Where tokens are configured, Alertmanager sends one by http_config.authorization.',
        querystring: Type.Object({}, { additionalProperties: false }),
        body: AlertNotificationSchema,
        response: { 200: AlertReceiptSchema, ...problemResponses }
      },
      logLevel: 'warn'
    },
    async (request) => {
      const receipt = app.alertBook.receive(request.body)
      app.alertWatch?.prompt()
      return receipt
    }
  )
}
