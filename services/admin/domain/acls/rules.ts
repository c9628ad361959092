import type { Acl, NewAcl } from '#shared/contracts/acls.ts'
import { type FieldError, KopsError } from '#shared/errors/catalog.ts'

/** The operations that mean something for each kind of resource (kafka.security.authorizer.AclEntry.supportedOperations). */
const operationsOf: Record<Acl['resourceType'], readonly Acl['operation'][]> = {
  TOPIC: ['ALL', 'READ', 'WRITE', 'CREATE', 'DESCRIBE', 'DELETE', 'ALTER', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  GROUP: ['ALL', 'READ', 'DESCRIBE', 'DELETE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  CLUSTER: [
    'ALL',
    'CREATE',
    'CLUSTER_ACTION',
    'DESCRIBE_CONFIGS',
    'ALTER_CONFIGS',
    'IDEMPOTENT_WRITE',
    'ALTER',
    'DESCRIBE'
  ],
  TRANSACTIONAL_ID: ['ALL', 'DESCRIBE', 'WRITE'],
  DELEGATION_TOKEN: ['ALL', 'DESCRIBE'],
  USER: ['ALL', 'CREATE_TOKENS', 'DESCRIBE_TOKENS']
}

/** A complete ACL, with the defaults any host, literal name, and ALLOW. */
export function completeAcl({ patternType = 'LITERAL', host = '*', permission = 'ALLOW', ...acl }: NewAcl): Acl {
  return { ...acl, patternType, host, permission }
}

/**
 * Checks that an authorizer can apply the ACLs: Kafka also stores ineffective ones.
 * @throws KopsError validation_failed with `acls.<index>.<field>`
 */
export function assertMeaningful(acls: Acl[]): void {
  const errors = acls.flatMap((acl, index) =>
    objectionsTo(acl).map(({ field, message }) => ({ field: `acls.${index}.${field}`, message }))
  )
  if (errors.length === 0) return
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  throw new KopsError('validation_failed', `${detail}. Nothing was changed`, { errors })
}

function objectionsTo({ resourceType, resourceName, patternType, operation, host }: Acl): FieldError[] {
  const errors: FieldError[] = []
  const allowed = operationsOf[resourceType]
  if (!allowed.includes(operation)) {
    errors.push({ field: 'operation', message: `for ${resourceType} it is one of ${allowed.join(', ')}` })
  }
  if (resourceType === 'CLUSTER' && (resourceName !== 'kafka-cluster' || patternType !== 'LITERAL')) {
    errors.push({ field: 'resourceName', message: 'for CLUSTER it is kafka-cluster, LITERAL' })
  }
  if (patternType === 'PREFIXED' && resourceName === '*') {
    errors.push({
      field: 'resourceName',
      message: 'as a prefix, * matches a literal asterisk; for all resources use LITERAL *'
    })
  }
  if (host !== '*' && !isAddress(host)) errors.push({ field: 'host', message: 'must be an IP address or *' })
  return errors
}

/** A full IPv4 or IPv6 address: Kafka compares its text with the client's address. */
function isAddress(host: string): boolean {
  const octets = host.split('.')
  if (octets.length === 4) return octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) <= 255)
  return host.includes(':') && /^[0-9a-fA-F:.]{2,45}$/.test(host)
}
