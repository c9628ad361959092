import { KopsError } from '#shared/errors/catalog.ts'
import type { GroupDescription } from '#shared/kafka/groups/port.ts'

const inactive = new Set(['empty', 'dead'])
const named = 5

/** @throws KopsError group_active, naming the members, unless the group has none */
export function assertInactive({ group, state, members }: Pick<GroupDescription, 'group' | 'state' | 'members'>): void {
  if (inactive.has(state.toLowerCase())) return
  const who = (members ?? []).map(({ clientId, host }) => `${clientId} (${host})`)
  const some = who.slice(0, named).join(', ')
  const more = who.length > named ? ` and ${who.length - named} more` : ''
  const list = who.length === 0 ? '' : `: ${some}${more}`
  throw new KopsError('group_active', `${group} is ${state}; stop its members first${list}`)
}
