import { type Static, Type } from 'typebox'
import { aclOperations, aclPatternTypes, aclPermissions, aclResourceTypes } from './acl-names.ts'
import { TimestampSchema, WarningSchema } from './common.ts'
import { described, type Endpoint } from './endpoint.ts'

const resourceName = Type.String({
  minLength: 1,
  maxLength: 249,
  description: 'Resource name, or name prefix for PREFIXED; * for all resources of the type; kafka-cluster for CLUSTER',
  examples: ['log-events']
})
const principal = Type.String({
  minLength: 3,
  maxLength: 500,
  pattern: '^[^:\\s]+:\\S.*$',
  description: 'Principal as type:name, such as User:alice; User:* is everyone',
  examples: ['User:alice']
})
const host = Type.String({
  minLength: 1,
  maxLength: 45,
  pattern: '^(\\*|[0-9a-fA-F:.]+)$',
  description: 'client IP address, or * for any',
  examples: ['*']
})

/** One access control entry: a principal's permission for an operation on a resource, from a host. */
export const AclSchema = Type.Object(
  {
    resourceType: Type.Enum([...aclResourceTypes]),
    resourceName,
    patternType: Type.Enum([...aclPatternTypes]),
    principal,
    host,
    operation: Type.Enum([...aclOperations]),
    permission: Type.Enum([...aclPermissions])
  },
  { $id: 'Acl', additionalProperties: false }
)
export type Acl = Static<typeof AclSchema>

/** An ACL saved with a topic. It has no $id because it shares documents with others. */
export const KeptAclSchema = Type.Object(AclSchema.properties, { additionalProperties: false })

/** Defaults of a new ACL: any host, the literal name, ALLOW. */
export const NewAclSchema = Type.Object(
  {
    resourceType: Type.Enum([...aclResourceTypes]),
    resourceName,
    patternType: Type.Optional(Type.Enum([...aclPatternTypes], { default: 'LITERAL' })),
    principal,
    host: Type.Optional(Type.String({ ...host, default: '*' })),
    operation: Type.Enum([...aclOperations]),
    permission: Type.Optional(Type.Enum([...aclPermissions], { default: 'ALLOW' }))
  },
  { additionalProperties: false }
)
export type NewAcl = Static<typeof NewAclSchema>

export const CreateAclsSchema = Type.Object(
  { acls: Type.Array(NewAclSchema, { minItems: 1, maxItems: 1000 }) },
  { $id: 'CreateAcls', additionalProperties: false }
)
export type CreateAcls = Static<typeof CreateAclsSchema>

const filterProperties = {
  resourceType: Type.Optional(Type.Enum([...aclResourceTypes])),
  resourceName: Type.Optional(resourceName),
  patternType: Type.Optional(
    Type.Enum([...aclPatternTypes, 'ANY', 'MATCH'], {
      default: 'ANY',
      description: 'MATCH also finds the prefixes and the * that apply to resourceName'
    })
  ),
  principal: Type.Optional(principal),
  host: Type.Optional(host),
  operation: Type.Optional(Type.Enum([...aclOperations])),
  permission: Type.Optional(Type.Enum([...aclPermissions]))
}

export const AclFilterSchema = Type.Object(filterProperties, { additionalProperties: false })
/** Absent fields match everything. */
export type AclFilter = Static<typeof AclFilterSchema>

export const AclListQuerySchema = Type.Object(
  {
    ...filterProperties,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10000, default: 1000 })),
    cursor: Type.Optional(Type.String({ maxLength: 4000, description: 'nextCursor of the previous page' }))
  },
  { additionalProperties: false }
)
export type AclListQuery = Static<typeof AclListQuerySchema>

const change = {
  dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan without changing anything' })),
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'Reason, kept in the audit trail' }))
}

export const ChangeAclsQuerySchema = Type.Object(change, { additionalProperties: false })
export const DeleteAclsQuerySchema = Type.Object(
  { ...filterProperties, ...change },
  { additionalProperties: false, description: 'At least one filter: without any, all ACLs would be deleted' }
)
export type DeleteAclsQuery = Static<typeof DeleteAclsQuerySchema>

export const AclListSchema = Type.Object(
  {
    acls: Type.Array(AclSchema),
    nextCursor: Type.Optional(Type.String()),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'AclList', additionalProperties: false }
)
export type AclList = Static<typeof AclListSchema>

export const AclPlanSchema = Type.Object(
  {
    action: Type.Enum(['create', 'delete']),
    dryRun: Type.Boolean(),
    changes: Type.Array(
      Type.Object(
        {
          acl: AclSchema,
          action: Type.Enum(['create', 'delete', 'none'], { description: 'none: it already exists' }),
          applied: Type.Boolean()
        },
        { additionalProperties: false }
      )
    ),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'AclPlan', additionalProperties: false }
)
export type AclPlan = Static<typeof AclPlanSchema>

export const aclEndpoints = {
  listAcls: {
    service: 'admin',
    method: 'GET',
    path: '/api/acls',
    role: 'viewer',
    tag: 'acls',
    summary: 'List the ACLs that a filter matches',
    query: AclListQuerySchema,
    answers: { 200: AclListSchema }
  },
  createAcls: {
    service: 'admin',
    method: 'POST',
    path: '/api/acls',
    role: 'admin',
    audit: 'acl.create',
    tag: 'acls',
    summary: 'Create ACLs',
    description: 'Answers once every live broker enforces the ACLs. Existing ACLs are unchanged.',
    query: ChangeAclsQuerySchema,
    body: CreateAclsSchema,
    answers: {
      200: described(AclPlanSchema, 'What the call would do (dryRun), or nothing to do'),
      201: described(AclPlanSchema, 'They are enforced')
    }
  },
  deleteAcls: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/acls',
    role: 'admin',
    audit: 'acl.delete',
    tag: 'acls',
    summary: 'Delete the ACLs that a filter matches',
    description: 'dryRun lists them. At least one filter is required: without any, all ACLs would be deleted.',
    query: DeleteAclsQuerySchema,
    answers: { 200: AclPlanSchema }
  }
} as const satisfies Record<string, Endpoint>
