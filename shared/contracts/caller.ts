import { type Static, Type } from 'typebox'
import { TimestampSchema } from './common.ts'
import { type Endpoint, NoQuerySchema, roles } from './endpoint.ts'

/** Whether the caller may call an endpoint of any of the three services. */
export const PermissionSchema = Type.Object(
  {
    endpoint: Type.String({ description: 'Its method and path', examples: ['POST /api/topics'] }),
    summary: Type.String({ examples: ['Create a topic'] }),
    role: Type.Enum([...roles, 'public'], { description: 'What it requires', examples: ['operator'] }),
    allowed: Type.Boolean({
      description: 'With a caller who is limited to topics: for these topics'
    })
  },
  { $id: 'Permission', additionalProperties: false }
)
export type Permission = Static<typeof PermissionSchema>

/** `GET /api/caller`: who calls, and what they may do. */
export const CallerSchema = Type.Object(
  {
    name: Type.String({ description: 'As in the audit trail', examples: ['alice'] }),
    role: Type.Enum([...roles], { examples: ['operator'] }),
    how: Type.Enum(['anonymous', 'token', 'jwt'], {
      description: 'anonymous: the service requires no authentication of this caller'
    }),
    topics: Type.Union([Type.Array(Type.String({ examples: ['orders-*'] })), Type.Null()], {
      description: 'Globs of the only topics that the caller may use; null: no such limit',
      examples: [null]
    }),
    expiresAt: Type.Union([TimestampSchema, Type.Null()], { description: 'Of the token or JWT; null: never' }),
    sessionExpiresAt: Type.Union([TimestampSchema, Type.Null()], {
      description: 'Of the session of a browser; null: the call was made without one'
    }),
    permissions: Type.Array(PermissionSchema),
    version: Type.String({ description: 'Of kops', examples: ['0.1.0'] })
  },
  { $id: 'Caller', additionalProperties: false }
)
export type Caller = Static<typeof CallerSchema>

export const callerEndpoints = {
  whoAmI: {
    service: 'admin',
    method: 'GET',
    path: '/api/caller',
    role: 'viewer',
    filtersTopics: true,
    tag: 'caller',
    summary: 'Show who the caller is, and what they may do',
    query: NoQuerySchema,
    answers: { 200: CallerSchema }
  }
} as const satisfies Record<string, Endpoint>
