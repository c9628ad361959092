import type { RecordInput } from '#shared/contracts/messages.ts'
import { adminCommands } from './admin-commands.ts'
import { type CommandParts, dryRun, type Given, options, word } from './command-words.ts'
import { drillCommand, gameDayCommand } from './drill-command.ts'
import type { Parts, Route } from './routes.ts'

/** `key=value` of a map, and the names that it removes. */
function settings(configs: unknown): { set: string[]; unset: string[] } {
  const entries = Object.entries((configs ?? {}) as Record<string, string | null>)
  return {
    set: entries.filter(([, value]) => value !== null).map(([name, value]) => word(`${name}=${value}`)),
    unset: entries.filter(([, value]) => value === null).map(([name]) => word(name))
  }
}

/** A subcommand of `config` takes either new values or names, so a change of both is two commands, which this cannot show. */
function configChange(command: string[], configs: unknown): string[] | undefined {
  const { set, unset } = settings(configs)
  if (set.length > 0 && unset.length > 0) return undefined
  const [noun = '', target = ''] = command
  return set.length > 0 ? [noun, 'config', 'set', target, ...set] : [noun, 'config', 'unset', target, ...unset]
}

const troubles: Record<string, string> = {
  any: '--unhealthy',
  offline: '--offline',
  under_replicated: '--under-replicated'
}

const readFrom = ({ from, offset, timestamp }: Given): string[] => {
  if (from === 'offset') return ['--from', word(`offset:${offset}`)]
  if (from === 'timestamp') return ['--from', word(timestamp)]
  return from === undefined ? [] : ['--from', word(from)]
}

const contents = {
  partition: '--partition',
  keyContains: '--key-contains',
  valueContains: '--value-contains',
  format: '--format'
}

/** The command of each route that has one, without `kops`; undefined where no single command does the same. */
const commands: Partial<Record<Route, (parts: CommandParts) => string[] | undefined>> = {
  ...adminCommands,
  'GET /api/health': () => ['health'],
  'GET /api/health/stream': () => ['health', '--watch'],
  'GET /api/alerts': ({ query }) => [
    'alerts',
    ...(query['status'] === 'firing' ? [] : ['--all']),
    ...options(query, { severity: '--severity' })
  ],
  'GET /api/health/what-if': ({ query: { broker, node, ...query } }) => [
    'what-if',
    ...((node ?? broker) === undefined ? [] : [word(node ?? broker)]),
    ...options(query, { rack: '--rack', how: '--how', limit: '--limit' })
  ],
  'GET /api/topics': ({ query: { trouble, ...query } }) => [
    'topics',
    'list',
    ...(trouble === undefined ? [] : [troubles[String(trouble)] ?? '']),
    ...options(
      query,
      trouble === undefined
        ? {
            name: '--name',
            internal: '--internal',
            sort: '--sort',
            order: '--order',
            limit: '--limit',
            cursor: '--cursor'
          }
        : { name: '--name', limit: '--limit' }
    )
  ],
  'POST /api/topics': ({ query, body: { name, partitions, replicationFactor, configs } }) => [
    'topics',
    'create',
    word(name),
    ...options({ partitions, replicationFactor }, { partitions: '-p', replicationFactor: '-r' }),
    ...settings(configs).set.flatMap((setting) => ['-c', setting]),
    ...options(query, { ...dryRun, force: '--force', reason: '--reason' })
  ],
  'DELETE /api/topics/{topicName}': ({ params, query }) => [
    'topics',
    'delete',
    word(params['topicName']),
    ...options(query, { ...dryRun, grace: '--grace', force: '--force', reason: '--reason' })
  ],
  'GET /api/topics/deletions': ({ query }) => ['topics', 'deletions', 'list', ...options(query, { limit: '--limit' })],
  'DELETE /api/topics/deletions/{id}': ({ params }) => ['topics', 'deletions', 'cancel', word(params['id'])],
  'POST /api/topics/{topicName}/recreate': ({ params, query }) => [
    'topics',
    'recreate',
    word(params['topicName']),
    ...options(query, dryRun)
  ],
  'GET /api/topics/{topicName}': ({ params }) => ['topics', 'describe', word(params['topicName'])],
  'GET /api/topics/{topicName}/configs': ({ params }) => [
    'topics',
    'config',
    'get',
    word(params['topicName']),
    '--all'
  ],
  'PATCH /api/topics/{topicName}/configs': ({ params, query, body }) => {
    const change = configChange(['topics', word(params['topicName'])], body['configs'])
    return change && [...change, ...options(query, dryRun)]
  },
  'GET /api/topics/{topicName}/messages': ({ params, query }) => [
    'messages',
    'read',
    word(params['topicName']),
    ...readFrom(query),
    ...options(query, { ...contents, limit: '--limit', cursor: '--cursor' })
  ],
  'POST /api/topics/{topicName}/messages': ({ params, query, body: { records } }) => {
    const [record, ...others] = Array.isArray(records) ? (records as RecordInput[]) : []
    // What begins with a dash would be an option.
    if (typeof record?.value !== 'string' || others.length > 0 || /^-/.test(record.value)) return undefined
    const { key, partition, headers = [], value } = record
    return [
      'messages',
      'produce',
      word(params['topicName']),
      value === '' ? "''" : word(value),
      ...options({ key, partition }, { key: '--key', partition: '--partition' }),
      ...headers.flatMap((header) => ['--header', word(`${header.name}=${header.value}`)]),
      ...options(query, dryRun)
    ]
  },
  'GET /api/topics/{topicName}/messages/tail': ({ params, query }) => [
    'messages',
    'tail',
    word(params['topicName']),
    ...options(query, contents)
  ],
  'GET /api/brokers': () => ['brokers', 'list'],
  'GET /api/brokers/{brokerId}': ({ params }) => ['brokers', 'describe', word(params['brokerId'])],
  'GET /api/brokers/{brokerId}/configs': ({ params }) => [
    'brokers',
    'config',
    'get',
    word(params['brokerId']),
    '--all'
  ],
  'GET /api/health/groups': ({ query }) => [
    'groups',
    'list',
    ...options(query, { name: '--name', state: '--state', verdict: '--verdict', limit: '--limit', cursor: '--cursor' })
  ],
  'GET /api/health/groups/{group}': ({ params }) => ['groups', 'describe', word(params['group'])],
  'POST /api/groups/{group}/reset-offsets': ({ params, query, body: { to, timestamp, shiftBy, topics } }) => [
    'groups',
    'reset-offsets',
    word(params['group']),
    ...(to === 'timestamp'
      ? ['--to-time', word(timestamp)]
      : to === 'shiftBy'
        ? [`--shift-by=${shiftBy}`]
        : [`--to-${to}`]),
    ...(Array.isArray(topics) ? topics.flatMap(({ topic }) => ['--topic', word(topic)]) : []),
    ...options(query, dryRun)
  ],
  'GET /api/audit': ({ query }) => [
    'audit',
    'search',
    ...options(query, {
      actor: '--actor',
      action: '--action',
      target: '--target',
      outcome: '--outcome',
      requestId: '--request-id',
      from: '--from',
      to: '--to',
      limit: '--limit'
    })
  ],
  'GET /api/drills': ({ query }) => ['drill', 'list', ...options(query, { limit: '--limit' })],
  'GET /api/loadtest/runs': ({ query }) => ['load', 'list', ...options(query, { limit: '--limit' })],
  'GET /api/loadtest/compare': ({ query: { a, b, baseline, varying } }) => [
    'load',
    'compare',
    ...(a === undefined ? [] : [word(a)]),
    word(b),
    ...options({ baseline }, { baseline: '--baseline' }),
    ...(varying === undefined
      ? []
      : String(varying)
          .split(',')
          .flatMap((part) => ['--varying', word(part)]))
  ],
  'GET /api/capacity': () => ['capacity'],
  'GET /api/capacity/measurements': ({ query }) => ['capacity', 'list', ...options(query, { limit: '--limit' })],
  'DELETE /api/capacity/measurements/{id}': ({ params }) => ['capacity', 'stop', word(params['id'])],
  // Of another load than that of the workload `search`, the command is one with a file.
  'POST /api/capacity': ({ body: { oneBrokerDown, node, confirm: _, ...load } }) => {
    if (Object.keys(load).length > 0) return undefined
    return [
      'capacity',
      'measure',
      ...(oneBrokerDown ? ['--one-broker-down', ...options({ node }, { node: '--node' }), '--yes'] : [])
    ]
  },
  'GET /api/drills/{id}': ({ params }) => ['drill', 'show', word(params['id'])],
  'GET /api/drills/kinds': () => ['drill', 'kinds'],
  'GET /api/drills/scorecard': () => ['drill', 'scorecard'],
  'GET /api/drills/schedules': () => ['drill', 'schedules'],
  'GET /api/gamedays': ({ query }) => ['drill', 'gamedays', ...options(query, { limit: '--limit' })],
  'GET /api/gamedays/{id}': ({ params }) => ['drill', 'show', word(params['id'])],
  'POST /api/gamedays/plan': ({ files }) => gameDayCommand(files, true),
  'POST /api/gamedays': ({ query, files }) => gameDayCommand(files, query['dryRun'] === true),
  'POST /api/drills/plan': ({ body, files }) => drillCommand('plan', body, files),
  'POST /api/drills': ({ body, files }) => drillCommand('run', body, files),
  'POST /api/gamedays/{id}/abort': ({ params }) => ['drill', 'abort', word(params['id'])],
  'POST /api/drills/{id}/abort': ({ params }) => ['drill', 'abort', word(params['id'])],
  'GET /api/loadtest/runs/{id}': ({ params }) => ['load', 'show', word(params['id'])],
  'GET /api/loadtest/runs/{id}/report': ({ params }) => ['load', 'report', word(params['id']), '--format', 'json'],
  'DELETE /api/loadtest/runs/{id}': ({ params }) => ['load', 'stop', word(params['id'])]
}

/** A call as a command line of kops; undefined if none makes just this call. */
export function kopsCommand(
  route: Route,
  { params = {}, query = {}, body, files = {} }: Parts = {}
): string | undefined {
  const words = commands[route]?.({ params, query, body: (body ?? {}) as Given, files })
  return words && ['kops', ...words].join(' ')
}
