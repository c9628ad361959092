import type { Caller } from '#shared/contracts/caller.ts'
import type { Route } from '../api/routes.ts'

/** Why somebody may not call a route; undefined if they may. */
export function refusalFor(caller: Caller | undefined, route: Route): string | undefined {
  if (caller === undefined) return 'who you are is not known yet'
  const permission = caller.permissions.find(({ endpoint }) => endpoint === route)
  if (permission === undefined || permission.allowed) return undefined
  const { name, role, topics } = caller
  if (!includes(role, permission.role)) return `needs ${permission.role}; you are ${role} (${name})`
  return `concerns more than single topics; you are limited to ${topics?.join(', ') ?? 'none'}`
}

/** From the least to the most, as far as people have them. */
const order = ['viewer', 'reader', 'operator', 'admin']

function includes(role: string, needed: string): boolean {
  const at = order.indexOf(needed)
  return at < 0 || order.indexOf(role) >= at
}
