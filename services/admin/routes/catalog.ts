import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CatalogResultSchema, CatalogSchema } from '../../../shared/contracts/catalog.ts'
import { problemResponses } from '../../../shared/contracts/common.ts'
import { DryRunQuerySchema } from '../../../shared/contracts/topics.ts'
import { applyCatalog } from '../domain/catalog/apply.ts'

export const catalogRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/api/catalog/apply',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'catalog.apply',
        tags: ['catalog'],
        summary: 'Make the cluster have the topics of a catalog',
        description:
          'Idempotent: creates what is missing, sets overrides that differ, refuses the rest, deletes nothing.',
        querystring: DryRunQuerySchema,
        body: CatalogSchema,
        response: { 200: CatalogResultSchema, ...problemResponses }
      }
    },
    async (request) =>
      app.changes.catalog(
        applyCatalog(app.kafka, request.body, { ...app.timing, dryRun: request.query.dryRun ?? false })
      )
  )
}
