import { type EndpointRole, type Role, roles } from '../../contracts/endpoint.ts'

/** Who makes a request. */
export interface Principal {
  name: string
  role: Role
  how: 'anonymous' | 'token' | 'jwt'
}

/** Whether a role is enough for what an endpoint asks. */
export function mayCall(role: Role, needed: EndpointRole): boolean {
  return needed === 'public' || roles.indexOf(role) >= roles.indexOf(needed)
}

export function isRole(value: unknown): value is Role {
  return roles.some((role) => role === value)
}
