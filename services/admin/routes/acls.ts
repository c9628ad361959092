import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { aclEndpoints } from '#shared/contracts/acls.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { createAcls, deleteAcls } from '../domain/acls/change.ts'
import { listAcls } from '../domain/acls/list.ts'

/** Routes for the ACLs of a cluster with an authorizer. Without one, all of them answer 409 acls_unavailable. */
export const aclRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { acls } = app.kafka

  app.route({
    ...routeOf(aclEndpoints.listAcls),
    handler: async (request) => listAcls(acls, request.query, app.timing)
  })

  app.route({
    ...routeOf(aclEndpoints.createAcls),
    handler: async (request, reply) => {
      const { dryRun = false, reason } = request.query
      request.audit({ target: 'acls', after: request.body.acls, ...(reason === undefined ? {} : { reason }) })
      const plan = await createAcls(acls, request.body.acls, { ...app.timing, dryRun })
      request.audit({ after: plan.changes })
      if (plan.changes.some(({ applied }) => applied)) reply.code(201)
      return plan
    }
  })

  app.route({
    ...routeOf(aclEndpoints.deleteAcls),
    handler: async (request) => {
      const { dryRun = false, reason, ...filter } = request.query
      request.audit({ target: 'acls', before: filter, ...(reason === undefined ? {} : { reason }) })
      const plan = await deleteAcls(acls, filter, { ...app.timing, dryRun })
      request.audit({ before: plan.changes.map(({ acl }) => acl), after: null })
      return plan
    }
  })
}
