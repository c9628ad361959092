import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { loadCatalogs } from '#shared/catalog/load-catalog.ts'
import {
  ApplyCatalogQuerySchema,
  type Catalog,
  type CatalogResult,
  CatalogResultSchema,
  CatalogSchema,
  PlanCatalogQuerySchema
} from '#shared/contracts/catalog.ts'
import { problemResponses } from '#shared/contracts/common.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { mayCall } from '#shared/http/auth/roles.ts'
import { applyCatalog } from '../domain/catalog/apply.ts'
import { guardedRemoval } from '../domain/catalog/remove.ts'
import { assertReasoned } from '../domain/topics/topic-usage.ts'

interface ApplyOptions {
  dryRun: boolean
  allowDelete: boolean
  force: boolean
  reason?: string | undefined
}

export interface CatalogRoutesOptions {
  /** Where the installed catalogs are. */
  folder: string
  /** Globs that name the topics that kops keeps for itself. */
  ownPatterns: readonly string[]
}

const tags = ['catalog']

export const catalogRoutes: FastifyPluginAsyncTypebox<CatalogRoutesOptions> = async (app, { folder, ownPatterns }) => {
  async function apply(
    request: FastifyRequest,
    catalog: Catalog,
    { force, reason, ...options }: ApplyOptions
  ): Promise<CatalogResult> {
    request.audit({ target: catalog.name, after: catalog, ...(reason === undefined ? {} : { reason }) })
    assertReasoned({ force, ...(reason === undefined ? {} : { reason }) })
    if (options.allowDelete) assertMayDelete(request)
    const ports = {
      reader: app.kafka.reader,
      batches: app.batches,
      ownPatterns,
      installed: () => loadCatalogs(folder),
      remove: guardedRemoval(app.topics.ports, { force, ...(reason === undefined ? {} : { reason }) }, app.timing)
    }
    const result = await app.changes.catalog(applyCatalog(ports, catalog, { ...app.timing, ...options }))
    request.audit({ after: { changes: result.changes } })
    return result
  }

  app.post(
    '/api/catalog/plan',
    {
      schema: {
        'x-role': 'viewer',
        'x-audit': 'catalog.plan',
        tags,
        summary: 'The difference between a catalog and the cluster',
        description:
          'What applying it would do, overrides that it does not name (drift), and topics that no installed catalog names: ' +
          'those of kops itself (own) and all others (unmanaged). Kafka has validated the plan. Changes nothing.',
        querystring: PlanCatalogQuerySchema,
        body: CatalogSchema,
        response: { 200: CatalogResultSchema, ...problemResponses }
      }
    },
    async (request) =>
      apply(request, request.body, { dryRun: true, allowDelete: request.query.allowDelete ?? false, force: false })
  )

  app.post(
    '/api/catalog/apply',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'catalog.apply',
        tags,
        summary: 'Make the cluster have the topics of a catalog',
        description:
          'Idempotent: creates what is missing, adds partitions, sets overrides that differ, refuses the rest. Deletes the ' +
          'topics under `remove` with allowDelete only. When it breaks off in the middle the error tells what was done and ' +
          'what was not; applying the same catalog again goes on from there.',
        querystring: ApplyCatalogQuerySchema,
        body: CatalogSchema,
        response: { 200: CatalogResultSchema, ...problemResponses }
      }
    },
    async (request) =>
      apply(request, request.body, {
        dryRun: request.query.dryRun ?? false,
        allowDelete: request.query.allowDelete ?? false,
        force: request.query.force ?? false,
        reason: request.query.reason
      })
  )
}

function assertMayDelete({ principal }: FastifyRequest): void {
  if (principal && mayCall(principal.role, 'admin')) return
  throw new KopsError('forbidden', 'allowDelete deletes topics, which needs the role admin')
}
