/** What a caller may do. Each role may do what the one before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]

/** What a route asks of its caller; `public` asks nothing, not even who it is. */
export type RouteRole = Role | 'public'

/** Who makes a request. */
export interface Principal {
  name: string
  role: Role
  how: 'anonymous' | 'token' | 'jwt'
}

/** Whether a role is enough for what a route asks. */
export function mayCall(role: Role, needed: RouteRole): boolean {
  return needed === 'public' || roles.indexOf(role) >= roles.indexOf(needed)
}

export function isRole(value: unknown): value is Role {
  return roles.some((role) => role === value)
}
