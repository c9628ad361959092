import { aclOperations, aclPatternTypes, aclPermissions, aclResourceTypes } from '#shared/contracts/acl-names.ts'
import type { Acl, AclFilter, CreateAcls } from '#shared/contracts/acls.ts'
import type { Asked, FieldText } from '../format/asked.ts'

/** What a list of ACLs is filtered by, as the page's address names it. */
export function aclFilter(search: URLSearchParams): AclFilter {
  const text = (name: string) => search.get(name)?.trim() || undefined
  const one = <T extends string>(values: readonly T[], name: string) => values.find((each) => each === search.get(name))
  const [resourceType, operation] = [one(aclResourceTypes, 'type'), one(aclOperations, 'operation')]
  const permission = one(aclPermissions, 'permission')
  const patternType = one([...aclPatternTypes, 'MATCH'] as const, 'pattern')
  const [resourceName, principal, host] = [text('name'), text('principal'), text('host')]
  return {
    ...(resourceType && { resourceType }),
    ...(resourceName && { resourceName }),
    ...(resourceName && patternType && { patternType }),
    ...(principal && { principal }),
    ...(host && { host }),
    ...(operation && { operation }),
    ...(permission && { permission })
  }
}

/** A kind of resource in words: `transactional id`. */
export function typeInWords(resourceType: Acl['resourceType']): string {
  return resourceType.toLowerCase().replace('_', ' ')
}

/** The resource in words: `topic orders`, `topics orders-…`, `every topic`, `the cluster`. */
export function resourceInWords({ resourceType, resourceName, patternType }: Acl): string {
  const type = typeInWords(resourceType)
  if (resourceType === 'CLUSTER') return 'the cluster'
  if (patternType === 'PREFIXED') return `${type}s ${resourceName}…`
  return resourceName === '*' ? `every ${type}` : `${type} ${resourceName}`
}

/** One ACL as a line. */
export function aclInWords(acl: Acl): string {
  return `${acl.principal} ${acl.permission} ${acl.operation} ${resourceInWords(acl)}${acl.host === '*' ? '' : ` from ${acl.host}`}`
}

/** What Kafka's authorizer takes as included in another operation (org.apache.kafka.security.authorizer.AclAuthorizer). */
const includedIn: Partial<Record<Acl['operation'], readonly Acl['operation'][]>> = {
  DESCRIBE: ['READ', 'WRITE', 'DELETE', 'ALTER'],
  DESCRIBE_CONFIGS: ['ALTER_CONFIGS']
}

/** Operations that a resource of a kind has. */
const operationsOf: Partial<Record<Acl['resourceType'], readonly Acl['operation'][]>> = {
  TOPIC: ['READ', 'WRITE', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  GROUP: ['READ', 'DELETE', 'DESCRIBE'],
  CLUSTER: ['CREATE', 'ALTER', 'DESCRIBE', 'CLUSTER_ACTION', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'IDEMPOTENT_WRITE'],
  TRANSACTIONAL_ID: ['DESCRIBE', 'WRITE'],
  DELEGATION_TOKEN: ['DESCRIBE'],
  USER: ['CREATE_TOKENS', 'DESCRIBE_TOKENS']
}

/** What a principal may do with a resource from a host. */
export interface Rights {
  principal: string
  /** `*`: from any. */
  host: string
  may: Acl['operation'][]
  /** Denied, although something else may allow them: a denial always wins. */
  denied: Acl['operation'][]
}

/**
 * Who may do what with one resource, from all ACLs that apply to it (patternType=MATCH), by Kafka's rules: a denial wins over any
 * permission; ALL is every operation; reading, writing, deleting and altering include describing. Each principal also has what User:*
 * has, and each host what any host has.
 */
export function rightsOn(resourceType: Acl['resourceType'], acls: readonly Acl[]): Rights[] {
  const possible = operationsOf[resourceType] ?? []
  const callers = new Map(acls.map(({ principal, host }) => [JSON.stringify([principal, host]), { principal, host }]))
  return [...callers.values()]
    .map(({ principal, host }): Rights => {
      const own = acls.filter((acl) => [principal, 'User:*'].includes(acl.principal) && [host, '*'].includes(acl.host))
      const has = (operation: Acl['operation'], permission: Acl['permission'], including: readonly string[]) =>
        own.some((acl) => acl.permission === permission && ['ALL', operation, ...including].includes(acl.operation))
      const denied = possible.filter((operation) => has(operation, 'DENY', []))
      const may = possible.filter(
        (operation) => !denied.includes(operation) && has(operation, 'ALLOW', includedIn[operation] ?? [])
      )
      return { principal, host, may, denied }
    })
    .sort((a, b) => (a.principal < b.principal ? -1 : a.principal > b.principal ? 1 : a.host < b.host ? -1 : 1))
}

/** What a form asks to be created: one ACL for each operation. */
export function newAcls(text: FieldText): Asked<{ query: { reason?: string }; body: CreateAcls }> {
  const resourceType = aclResourceTypes.find((each) => each === text('type'))
  const chosen = aclOperations.filter((each) => text('operation').split('\n').includes(each))
  const principal = text('principal')
  if (resourceType === undefined) return { message: 'the kind of resource is missing' }
  if (!/^[^:\s]+:\S.*$/.test(principal)) return { message: 'the principal is not type:name, such as User:alice' }
  const resourceName = resourceType === 'CLUSTER' ? 'kafka-cluster' : text('name')
  if (resourceName === '') return { message: 'the name of the resource is missing; * is all of them' }
  if (chosen.length === 0) return { message: 'choose at least one operation' }
  const host = text('host') || '*'
  const patternType = text('prefix') === '' ? ('LITERAL' as const) : ('PREFIXED' as const)
  const permission = text('permission') === 'DENY' ? ('DENY' as const) : ('ALLOW' as const)
  const acls = chosen.map((operation) => ({
    ...{ resourceType, resourceName, patternType, principal, host },
    ...{ operation, permission }
  }))
  const reason = text('reason')
  return { asked: { query: { ...(reason !== '' && { reason }) }, body: { acls } } }
}
