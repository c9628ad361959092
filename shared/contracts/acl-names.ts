/** Kafka's names (org.apache.kafka.common.resource, org.apache.kafka.common.acl); the console imports them without the schemas. */
export const aclResourceTypes = ['TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID', 'DELEGATION_TOKEN', 'USER'] as const
export const aclPatternTypes = ['LITERAL', 'PREFIXED'] as const
export const aclOperations = [
  'ALL',
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
  'IDEMPOTENT_WRITE',
  'CREATE_TOKENS',
  'DESCRIBE_TOKENS'
] as const
export const aclPermissions = ['ALLOW', 'DENY'] as const
