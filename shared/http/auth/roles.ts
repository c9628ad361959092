import { type EndpointRole, type Role, roles } from '../../contracts/endpoint.ts'

/** The roles whose endpoints each role may call. */
const included: Record<Role, readonly Role[]> = {
  viewer: ['viewer', 'metrics'],
  reader: ['viewer', 'reader', 'metrics'],
  operator: ['viewer', 'reader', 'operator', 'metrics', 'webhook'],
  admin: ['viewer', 'reader', 'operator', 'admin', 'metrics', 'webhook'],
  metrics: ['metrics'],
  webhook: ['webhook']
}

/** The caller of a request. */
export interface Principal {
  name: string
  role: Role
  how: 'anonymous' | 'token' | 'jwt'
  /** Globs of the only topics that the caller may use; absent: every topic, and the cluster as a whole. */
  topics?: readonly string[]
  /** When the token or JWT expires; absent: never. */
  expiresAt?: Date
}

export function hasExpired({ expiresAt }: Principal, now: Date): boolean {
  return expiresAt !== undefined && expiresAt <= now
}

/** Whether a role satisfies an endpoint's requirement. */
export function mayCall(role: Role, needed: EndpointRole): boolean {
  return needed === 'public' || included[role].includes(needed)
}

export function isRole(value: unknown): value is Role {
  return roles.some((role) => role === value)
}
