import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Caller, callerEndpoints, type Permission } from '#shared/contracts/caller.ts'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { mayCall, type Principal } from '#shared/http/auth/roles.ts'
import { routeOf, topicGrants } from '#shared/http/route-of.ts'

export interface CallerRoutesOptions {
  /** Of kops. */
  version: string
}

export const callerRoutes: FastifyPluginAsyncTypebox<CallerRoutesOptions> = async (app, { version }) => {
  app.route({
    ...routeOf(callerEndpoints.whoAmI),
    handler: async ({ principal, session }): Promise<Caller> => {
      if (principal === null) throw new KopsError('unauthenticated', 'the caller is not known')
      const { name, role, how, topics, expiresAt } = principal
      return {
        name,
        role,
        how,
        topics: topics ? [...topics] : null,
        expiresAt: expiresAt?.toISOString() ?? null,
        sessionExpiresAt: session?.expiresAt.toISOString() ?? null,
        permissions: permissionsOf(principal),
        version
      }
    }
  })
}

/** What a caller may do, with every endpoint of the three services: they know the same tokens. */
export function permissionsOf({ role, topics }: Pick<Principal, 'role' | 'topics'>): Permission[] {
  return Object.values<Endpoint>(endpoints).map((endpoint) => ({
    endpoint: `${endpoint.method} ${endpoint.path}`,
    summary: endpoint.summary,
    role: endpoint.role,
    allowed:
      mayCall(role, endpoint.role) &&
      (topics === undefined || endpoint.role === 'public' || 'x-topic-grants' in topicGrants(endpoint))
  }))
}
