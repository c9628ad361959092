import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  AclListQuerySchema,
  AclListSchema,
  AclPlanSchema,
  ChangeAclsQuerySchema,
  CreateAclsSchema,
  DeleteAclsQuerySchema
} from '#shared/contracts/acls.ts'
import { problemResponses } from '#shared/contracts/common.ts'
import type { AclAdmin } from '#shared/kafka/acls-port.ts'
import { createAcls, deleteAcls } from '../domain/acls/change.ts'
import { listAcls } from '../domain/acls/list.ts'

export interface AclRoutesOptions {
  acls: AclAdmin
}

const tags = ['acls']

/** Routes on the ACLs of a cluster with an authorizer. On any other all of them answer 409 acls_unavailable. */
export const aclRoutes: FastifyPluginAsyncTypebox<AclRoutesOptions> = async (app, { acls }) => {
  app.addHook('onClose', () => acls.close())

  app.get(
    '/api/acls',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'List the ACLs that a filter matches',
        querystring: AclListQuerySchema,
        response: { 200: AclListSchema, ...problemResponses }
      }
    },
    async (request) => listAcls(acls, request.query, app.timing)
  )

  app.post(
    '/api/acls',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'acl.create',
        tags,
        summary: 'Create ACLs',
        description: 'Answers when every broker that answers enforces them. Those that exist stay as they are.',
        querystring: ChangeAclsQuerySchema,
        body: CreateAclsSchema,
        response: {
          200: { ...AclPlanSchema, description: 'What would be done (dryRun), or nothing was left to do' },
          201: { ...AclPlanSchema, description: 'They are enforced' },
          ...problemResponses
        }
      }
    },
    async (request, reply) => {
      const { dryRun = false, reason } = request.query
      request.audit({ target: 'acls', after: request.body.acls, ...(reason === undefined ? {} : { reason }) })
      const plan = await createAcls(acls, request.body.acls, { ...app.timing, dryRun })
      request.audit({ after: plan.changes })
      if (plan.changes.some(({ applied }) => applied)) reply.code(201)
      return plan
    }
  )

  app.delete(
    '/api/acls',
    {
      schema: {
        'x-role': 'admin',
        'x-audit': 'acl.delete',
        tags,
        summary: 'Delete the ACLs that a filter matches',
        description: 'dryRun shows which. At least one filter is required: without any, all ACLs would go.',
        querystring: DeleteAclsQuerySchema,
        response: { 200: AclPlanSchema, ...problemResponses }
      }
    },
    async (request) => {
      const { dryRun = false, reason, ...filter } = request.query
      request.audit({ target: 'acls', before: filter, ...(reason === undefined ? {} : { reason }) })
      const plan = await deleteAcls(acls, filter, { ...app.timing, dryRun })
      request.audit({ before: plan.changes.map(({ acl }) => acl), after: null })
      return plan
    }
  )
}
