import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  AlertListSchema,
  AlertNotificationSchema,
  AlertQuerySchema,
  AlertReceiptSchema
} from '../../../shared/contracts/alerts.ts'
import { problemResponses } from '../../../shared/contracts/common.ts'

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
          'What Alertmanager has told this service, kept in memory. Alerts that it holds back are not among them. One that it has not told of for 5 minutes is forgotten.',
        querystring: AlertQuerySchema,
        response: { 200: AlertListSchema, ...problemResponses }
      }
    },
    async (request) => app.alertBook.list(request.query)
  )

  app.post(
    '/api/alerts/webhook',
    {
      schema: {
        'x-role': 'operator',
        tags,
        summary: 'Alertmanager tells of alerts (its webhook, version 4)',
        description:
          'The same notification again changes nothing. Where tokens are configured, Alertmanager sends one by http_config.authorization.',
        querystring: Type.Object({}, { additionalProperties: false }),
        body: AlertNotificationSchema,
        response: { 200: AlertReceiptSchema, ...problemResponses }
      },
      logLevel: 'warn'
    },
    async (request) => app.alertBook.receive(request.body)
  )
}
