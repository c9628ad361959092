import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Catalog, type CatalogResult, catalogEndpoints } from '#shared/contracts/catalog.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { mayCall } from '#shared/http/auth/roles.ts'
import { routeOf } from '#shared/http/route-of.ts'
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
  /** Globs that name the topics that kops keeps for itself. */
  ownPatterns: readonly string[]
}

export const catalogRoutes: FastifyPluginAsyncTypebox<CatalogRoutesOptions> = async (app, { ownPatterns }) => {
  async function apply(
    request: FastifyRequest,
    catalog: Catalog,
    { force, reason, ...options }: ApplyOptions
  ): Promise<CatalogResult> {
    request.audit({ target: catalog.name, after: catalog, ...(reason === undefined ? {} : { reason }) })
    assertReasoned({ force, ...(reason === undefined ? {} : { reason }) })
    if (options.allowDelete) assertMayDelete(request)
    const ports = {
      ...app.topics.ports,
      ownPatterns,
      installed: app.installedCatalogs,
      remove: guardedRemoval(app.topics.ports, { force, ...(reason === undefined ? {} : { reason }) }, app.timing)
    }
    const result = await app.changes.catalog(applyCatalog(ports, catalog, { ...app.timing, ...options, force }))
    request.audit({ after: { changes: result.changes } })
    return result
  }

  app.route({
    ...routeOf(catalogEndpoints.listCatalogs),
    handler: async () => ({ ...(await app.installedCatalogs()), asOf: app.timing.now().toISOString() })
  })

  app.route({
    ...routeOf(catalogEndpoints.planCatalog),
    handler: async (request) =>
      apply(request, request.body, { dryRun: true, allowDelete: request.query.allowDelete ?? false, force: false })
  })

  app.route({
    ...routeOf(catalogEndpoints.applyCatalog),
    handler: async (request) =>
      apply(request, request.body, {
        dryRun: request.query.dryRun ?? false,
        allowDelete: request.query.allowDelete ?? false,
        force: request.query.force ?? false,
        reason: request.query.reason
      })
  })
}

function assertMayDelete({ principal }: FastifyRequest): void {
  if (principal && mayCall(principal.role, 'admin')) return
  throw new KopsError('forbidden', 'allowDelete requires the role admin')
}
