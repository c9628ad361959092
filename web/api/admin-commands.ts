import { type CommandParts, dryRun, type Given, options, word } from './command-words.ts'
import type { Route } from './routes.ts'

const several = (values: unknown, option: string) =>
  Array.isArray(values) ? values.flatMap((value) => [option, word(value)]) : []

/** `topic:orders`, as `--resource` takes it; `cluster` alone. */
function resourceOf({ resourceType, resourceName }: Given): string[] | undefined {
  if (resourceType === undefined) return resourceName === undefined ? [] : undefined
  if (resourceType === 'CLUSTER') return ['--resource', 'cluster']
  // The command has no filter by the type alone.
  if (resourceName === undefined) return undefined
  return ['--resource', word(`${String(resourceType).toLowerCase()}:${resourceName}`)]
}

function aclFilter(query: Given): string[] | undefined {
  const resource = resourceOf(query)
  return (
    resource && [
      ...resource,
      ...options(query, {
        patternType: '--pattern',
        principal: '--principal',
        host: '--host',
        operation: '--operation',
        permission: '--permission'
      })
    ]
  )
}

/** A command creates ACLs that differ in their operation only. */
function createdAcls({ query, body }: CommandParts): string[] | undefined {
  const acls: Given[] = Array.isArray(body['acls']) ? body['acls'] : []
  const [first, ...rest] = acls
  if (first === undefined) return undefined
  const restOf = ({ operation: _, ...others }: Given) => JSON.stringify(others)
  const resource = resourceOf(first)
  if (resource === undefined || rest.some((acl) => restOf(acl) !== restOf(first))) return undefined
  return [
    'acls',
    'create',
    ...options(first, { principal: '--principal' }),
    ...resource,
    '--operation',
    ...acls.map(({ operation }) => word(operation)),
    ...(first['patternType'] === 'PREFIXED' ? ['--prefix'] : []),
    ...(first['host'] === '*' ? [] : options(first, { host: '--host' })),
    ...(first['permission'] === 'DENY' ? ['--deny'] : []),
    ...options(query, { ...dryRun, reason: '--reason' })
  ]
}

/** The letters of a decision, before the options that choose among them. */
function chosenLetters({ params, query, body }: CommandParts): string[] {
  const spans: Given[] = Array.isArray(body['letters']) ? body['letters'] : []
  return [
    word(params['topicName']),
    ...spans.map(({ partition, from, to = from }) => `${partition}:${from}${to === from ? '' : `-${to}`}`),
    ...options(body, {
      partition: '--partition',
      originTopic: '--origin',
      error: '--error',
      limit: '--limit',
      includeUnconfirmed: '--include-unconfirmed',
      force: '--force',
      reason: '--reason'
    }),
    ...options(query, dryRun)
  ]
}

const moving = ({ query, body }: CommandParts) => [
  ...several(body['topics'], '--topic'),
  ...options(body, { throttleBytesPerSec: '--throttle' }),
  ...options(query, dryRun)
]

function election({ query, body: { kind, partitions, reason } }: CommandParts): string[] {
  const named: Given[] = Array.isArray(partitions) ? partitions : []
  const byTopic = Map.groupBy(named, ({ topic }) => topic)
  return [
    'brokers',
    'elect-leaders',
    ...(kind === 'unclean' ? ['--unclean'] : []),
    ...[...byTopic].flatMap(([topic, rows]) => [
      '--partition',
      word(`${topic}:${rows.map(({ partition }) => partition).join(',')}`)
    ]),
    ...options({ reason, ...query }, { reason: '--reason', ...dryRun })
  ]
}

const connector =
  (verb: string) =>
  ({ params, query }: CommandParts): string[] => ['connect', verb, word(params['name']), ...options(query, dryRun)]

/** The commands of catalogs, ACLs, dead letters, reassignments and connectors. */
export const adminCommands: Partial<Record<Route, (parts: CommandParts) => string[] | undefined>> = {
  'GET /api/catalog': () => ['catalog', 'list'],
  // A catalog's file has its name.
  'POST /api/catalog/plan': ({ query, body }) => [
    'catalog',
    'plan',
    word(body['name']),
    ...options(query, { allowDelete: '--allow-delete' })
  ],
  'POST /api/catalog/apply': ({ query, body }) => [
    'catalog',
    'apply',
    word(body['name']),
    ...options(query, { allowDelete: '--allow-delete', force: '--force', reason: '--reason', ...dryRun })
  ],
  'GET /api/acls': ({ query }) => {
    const filter = aclFilter(query)
    return filter && ['acls', 'list', ...filter, ...options(query, { limit: '--limit', cursor: '--cursor' })]
  },
  'POST /api/acls': createdAcls,
  'DELETE /api/acls': ({ query }) => {
    const filter = aclFilter(query)
    return filter && ['acls', 'delete', ...filter, ...options(query, { ...dryRun, reason: '--reason' })]
  },
  'GET /api/dead-letters': () => ['dlq', 'list'],
  'GET /api/dead-letters/{topicName}/letters': ({ params, query: { from, offset, timestamp, ...query } }) => [
    'dlq',
    'read',
    word(params['topicName']),
    ...options(
      { ...query, from: from === 'offset' ? offset : from === 'timestamp' ? timestamp : from },
      {
        status: '--status',
        partition: '--partition',
        originTopic: '--origin',
        error: '--error',
        from: '--from',
        limit: '--limit',
        cursor: '--cursor'
      }
    )
  ],
  'POST /api/dead-letters/{topicName}/replay': (parts) => [
    'dlq',
    'replay',
    ...chosenLetters(parts),
    ...options(parts.body, { to: '--to', maxPerSecond: '--rate' })
  ],
  'POST /api/dead-letters/{topicName}/discard': (parts) => ['dlq', 'discard', ...chosenLetters(parts)],
  'GET /api/reassignments': () => ['reassignments', 'list'],
  'POST /api/reassignments/plan': ({ body: { topics, brokers } }) => [
    'reassignments',
    'plan',
    ...several(topics, '--topic'),
    ...(Array.isArray(brokers) ? ['--broker', brokers.join(',')] : [])
  ],
  'DELETE /api/reassignments': ({ query }) => [
    'reassignments',
    'cancel',
    ...options(query, { topic: '--topic', partition: '--partition', ...dryRun })
  ],
  'POST /api/brokers/{brokerId}/drain': (parts) => [
    'brokers',
    'drain',
    word(parts.params['brokerId']),
    ...options(parts.body, { mode: '--mode' }),
    ...moving(parts),
    ...options(parts.body, { force: '--force', reason: '--reason' })
  ],
  'POST /api/brokers/{brokerId}/refill': (parts) => [
    'brokers',
    'refill',
    word(parts.params['brokerId']),
    ...moving(parts)
  ],
  'PUT /api/topics/{topicName}/replication-factor': ({ params, query }) => [
    'topics',
    'set-replication-factor',
    word(params['topicName']),
    word(query['replicationFactor']),
    ...options(query, { throttleBytesPerSec: '--throttle', ...dryRun })
  ],
  'POST /api/elections': election,
  'GET /api/connectors': () => ['connect', 'list'],
  'GET /api/connectors/{name}': connector('describe'),
  'POST /api/connectors/{name}/pause': connector('pause'),
  'POST /api/connectors/{name}/resume': connector('resume'),
  'DELETE /api/connectors/{name}': connector('delete'),
  'POST /api/connectors/{name}/restart': ({ params, query }) => [
    'connect',
    'restart',
    word(params['name']),
    ...(query['onlyFailed'] === false ? ['--all'] : []),
    ...options(query, dryRun)
  ],
  'POST /api/connectors/{name}/tasks/{task}/restart': ({ params, query }) => [
    'connect',
    'restart',
    word(params['name']),
    '--task',
    word(params['task']),
    ...options(query, dryRun)
  ]
}
