import { join } from 'node:path'
import t from 'tap'
import { CallPrinted } from '#cli/call-printed.ts'
import type { Output } from '#cli/output.ts'
import { buildProgram } from '#cli/program.ts'
import { loadCatalog } from '#shared/catalog/load-catalog.ts'
import { loadGameDay } from '#shared/gamedays/load-gameday.ts'
import { loadWorkload } from '#shared/workloads/load-workload.ts'
import { copyAs } from '../../../../web/api/copy-as.ts'
import type { Parts, Route } from '../../../../web/api/routes.ts'

const origin = 'http://localhost:8081'
const projectRoot = join(import.meta.dirname, '../../../..')
const catalog = await loadCatalog(join(projectRoot, 'catalog/log-streaming.yaml'))
const first = await loadGameDay(join(projectRoot, 'gamedays/first.yaml'), join(projectRoot, 'workloads'))
const steady = await loadWorkload(join(projectRoot, 'workloads/steady.yaml'))

/** `first`: where the command reads something else before, that call. */
const calls: [route: Route, parts: Parts, first?: { method?: string; path: string }][] = [
  ['GET /api/health', {}],
  ['GET /api/health/stream', {}],
  ['GET /api/alerts', { query: { status: 'firing', severity: 'critical' } }],
  ['GET /api/alerts', {}],
  ['GET /api/health/what-if', { query: { how: 'pause', limit: 10 } }],
  ['GET /api/topics', { query: { name: "it's", sort: 'trouble', order: 'desc', internal: true, limit: 5 } }],
  [
    'POST /api/topics',
    { body: { name: 'orders', partitions: 6, replicationFactor: 2, configs: { 'retention.ms': '1000', x: "it's" } } }
  ],
  [
    'DELETE /api/topics/{topicName}',
    { params: { topicName: 'orders' }, query: { grace: '15m', force: true, reason: 'moved to v2' } }
  ],
  ['DELETE /api/topics/{topicName}', { params: { topicName: 'orders' } }],
  ['GET /api/topics/deletions', { query: { limit: 5 } }],
  ['DELETE /api/topics/deletions/{id}', { params: { id: 'a-1' } }],
  ['POST /api/topics/{topicName}/recreate', { params: { topicName: 'orders' } }],
  ['GET /api/topics/{topicName}', { params: { topicName: 'orders' } }],
  ['GET /api/topics/{topicName}/configs', { params: { topicName: 'orders' }, query: {} }],
  [
    'PATCH /api/topics/{topicName}/configs',
    { params: { topicName: 'orders' }, body: { configs: { 'retention.ms': '1000', a: 'b c' } } }
  ],
  [
    'PATCH /api/topics/{topicName}/configs',
    { params: { topicName: 'orders' }, body: { configs: { 'retention.ms': null } } }
  ],
  [
    'GET /api/topics/{topicName}/messages',
    {
      params: { topicName: 'orders' },
      query: { from: 'earliest', partition: 1, keyContains: '$HOME', limit: 20, format: 'text' }
    }
  ],
  [
    'GET /api/topics/{topicName}/messages/tail',
    { params: { topicName: 'orders' }, query: { partition: 1, valueContains: 'a b' } }
  ],
  [
    'POST /api/topics/{topicName}/messages',
    {
      params: { topicName: 'orders' },
      body: {
        records: [{ key: 'k 1', value: '{"id":"it\'s"}', headers: [{ name: 'source', value: 'kops' }], partition: 2 }]
      }
    }
  ],
  ['GET /api/brokers', {}],
  ['GET /api/brokers/{brokerId}', { params: { brokerId: 2 } }],
  ['GET /api/brokers/{brokerId}/configs', { params: { brokerId: 2 } }],
  ['GET /api/health/groups', { query: { name: 'x', verdict: 'STOP', limit: 7 } }],
  ['POST /api/groups/{group}/reset-offsets', { params: { group: 'g' }, body: { to: 'shiftBy', shiftBy: -5 } }],
  [
    'POST /api/groups/{group}/reset-offsets',
    {
      params: { group: 'g' },
      body: { to: 'timestamp', timestamp: '2026-01-31T12:00:00.000Z', topics: [{ topic: 'orders' }] }
    }
  ],
  ['GET /api/health/groups/{group}', { params: { group: 'a b; rm' } }, { path: '/api/groups/a%20b%3B%20rm' }],
  ['GET /api/audit', { query: { actor: 'alice', outcome: 'applied', from: '2026-01-31T12:00:00.000Z', limit: 50 } }],
  ['GET /api/drills', { query: { limit: 5 } }],
  ['GET /api/loadtest/runs', { query: { limit: 5 } }],
  ['GET /api/drills/{id}', { params: { id: '20260131T123456-9f3a1c' } }],
  [
    'POST /api/drills/{id}/abort',
    { params: { id: '20260131T123456-9f3a1c' } },
    { method: 'GET', path: '/api/gamedays' }
  ],
  ['GET /api/loadtest/runs/{id}', { params: { id: '20260131T123456-9f3a1c' } }],
  ['GET /api/loadtest/runs/{id}/report', { params: { id: '20260131T123456-9f3a1c' } }],
  ['DELETE /api/loadtest/runs/{id}', { params: { id: '20260131T123456-9f3a1c' } }],
  ['GET /api/catalog', {}],
  ['POST /api/catalog/plan', { query: { allowDelete: true }, body: catalog }],
  ['POST /api/catalog/apply', { query: { reason: 'as agreed' }, body: catalog }],
  [
    'GET /api/acls',
    { query: { principal: 'User:alice', resourceType: 'TOPIC', resourceName: '*', patternType: 'MATCH' } }
  ],
  ['GET /api/acls', { query: { operation: 'READ', permission: 'DENY', host: '10.0.0.1' } }],
  [
    'POST /api/acls',
    {
      query: { reason: "it's new" },
      body: {
        acls: ['READ', 'DESCRIBE'].map((operation) => ({
          ...{ resourceType: 'TRANSACTIONAL_ID', resourceName: 'a b', patternType: 'PREFIXED', operation },
          ...{ principal: 'User:CN=x y', host: '10.0.0.1', permission: 'DENY' }
        }))
      }
    }
  ],
  ['DELETE /api/acls', { query: { resourceType: 'CLUSTER', resourceName: 'kafka-cluster', principal: 'User:*' } }],
  ['GET /api/dead-letters', {}],
  [
    'GET /api/dead-letters/{topicName}/letters',
    { params: { topicName: 'o.dlq' }, query: { status: 'all', error: "can't", from: 'latest', limit: 20 } }
  ],
  [
    'POST /api/dead-letters/{topicName}/replay',
    {
      params: { topicName: 'o.dlq' },
      body: { letters: [{ partition: 0, from: 12, to: 40 }], to: 'o2', maxPerSecond: 10, limit: 5 }
    }
  ],
  [
    'POST /api/dead-letters/{topicName}/discard',
    { params: { topicName: 'o.dlq' }, body: { error: 'Timeout', includeUnconfirmed: true, reason: 'a test' } }
  ],
  ['GET /api/reassignments', {}],
  ['POST /api/reassignments/plan', { body: { topics: ['a', 'b'], brokers: [1, 2] } }],
  ['DELETE /api/reassignments', { query: { topic: 'orders', partition: 3 } }],
  [
    'POST /api/brokers/{brokerId}/drain',
    {
      params: { brokerId: 2 },
      body: { mode: 'possible', topics: ['a'], throttleBytesPerSec: 10_000_000, force: true, reason: 'old disk' }
    }
  ],
  ['POST /api/brokers/{brokerId}/refill', { params: { brokerId: 2 }, body: { throttleBytesPerSec: 1048576 } }],
  [
    'PUT /api/topics/{topicName}/replication-factor',
    { params: { topicName: 'orders' }, query: { replicationFactor: 3, throttleBytesPerSec: 1000 } }
  ],
  ['POST /api/elections', { body: { kind: 'preferred', partitions: 'all' } }],
  ['GET /api/connectors', {}],
  ['GET /api/connectors/{name}', { params: { name: 'my sink' } }],
  ['POST /api/connectors/{name}/pause', { params: { name: 'sink' } }],
  ['POST /api/connectors/{name}/resume', { params: { name: 'sink' } }],
  ['DELETE /api/connectors/{name}', { params: { name: 'sink' } }],
  ['POST /api/connectors/{name}/restart', { params: { name: 'sink' }, query: { onlyFailed: false } }],
  ['POST /api/connectors/{name}/tasks/{task}/restart', { params: { name: 'sink', task: 1 } }],
  ['GET /api/drills/kinds', {}],
  ['GET /api/drills/scorecard', {}],
  ['GET /api/drills/schedules', {}],
  ['GET /api/gamedays', { query: { limit: 5 } }],
  [
    'GET /api/gamedays/{id}',
    { params: { id: '20260131T123456-9f3a1c' } },
    { path: '/api/drills/20260131T123456-9f3a1c' }
  ],
  ['POST /api/gamedays/plan', { body: first.plan, files: { gameDay: 'first' } }],
  ['POST /api/gamedays', { body: first.plan, files: { gameDay: 'first' } }],
  [
    'POST /api/drills/plan',
    { body: { kind: 'broker-stop', node: 'kafka-2', load: steady }, files: { load: 'steady' } }
  ],
  ['POST /api/drills/plan', { body: { kind: 'broker-kill', node: 'kafka-2', faultDurationMs: 7500 } }],
  [
    'POST /api/drills/plan',
    {
      body: {
        kind: 'partial-partition',
        node: 'kafka-1',
        from: ['brokers', 'clients'],
        direction: 'incoming',
        queueMs: 600_000,
        producers: { acks: 'leader', recordsPerSecond: 50 },
        consumers: { members: 2, staticMembership: true },
        abortWhen: { failedShare: 0.5, promql: 'sum(up) by (a, b) > 1' },
        clusterId: 'c-1',
        force: { reason: "it's agreed" }
      }
    }
  ],
  ['POST /api/drills/plan', { body: { kind: 'leader-kill', partition: { topic: 'orders', partition: 2 } } }],
  ['POST /api/drills', { body: { kind: 'slow-network', node: 'kafka-1', slow: { lossPercent: 2.5 } } }],
  [
    'POST /api/gamedays/{id}/abort',
    { params: { id: '20260131T123456-9f3a1c' } },
    { method: 'GET', path: '/api/gamedays' }
  ],
  ['DELETE /api/loadtest/runs/{id}', { params: { id: '20260131T123456-9f3a1c' } }],
  ['GET /api/loadtest/compare', { query: { a: '20260131T120000-9f3a1c', b: '20260131T120500-0b77de' } }],
  [
    'GET /api/loadtest/compare',
    { query: { baseline: 'release-1', b: '20260131T120500-0b77de', varying: 'client,broker.num.io.threads' } }
  ],
  ['GET /api/capacity', {}],
  ['GET /api/capacity/measurements', { query: { limit: 20 } }],
  ['DELETE /api/capacity/measurements/{id}', { params: { id: 'a-1' } }],
  ['POST /api/capacity', { body: {} }],
  ['POST /api/capacity', { body: { oneBrokerDown: true, node: 'kafka-2', confirm: 'kafka-2' } }]
]

/** The call that a command would make, as --curl prints it. */
async function printed(command: string): Promise<string> {
  const lines: string[] = []
  const output = {
    print: (line: string) => lines.push(line),
    error: (line: string) => lines.push(line)
  } as unknown as Output
  const program = buildProgram({ output, person: { present: false, ask: async () => '' } })
  const words = [...command.matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll("'\\''", "'") ?? plain ?? ''
  )
  const urls = ['--admin-url', origin, '--health-url', origin, '--loadtest-url', origin]
  await program.parseAsync([...urls, ...words.slice(1), '--curl'], { from: 'user' }).catch((error: unknown) => {
    const thrown = error instanceof Error && error.cause ? error.cause : error
    if (!(thrown instanceof CallPrinted)) throw error
  })
  return lines.join('\n')
}

/** What a line of curl asks for: method, path, and the query without its order and what the command adds by default. */
function askedFor(curl: string) {
  const [, address = ''] = /'(http[^']*(?:'\\''[^']*)*)'$/.exec(curl) ?? []
  const url = new URL(address.replaceAll("'\\''", "'"))
  const body = / -d '(.*?)' '/.exec(curl)?.[1]
  return {
    method: / -X (\w+)/.exec(curl)?.[1] ?? 'GET',
    path: url.pathname,
    query: Object.fromEntries(
      [...url.searchParams].filter(([name, value]) => !(name === 'dryRun' && value === 'false')).sort()
    ),
    body: body && JSON.parse(body.replaceAll("'\\''", "'"))
  }
}

for (const [route, parts, first] of calls) {
  t.test(`the command for ${route} ${JSON.stringify(parts)} makes the call that curl makes`, async (t) => {
    const { kops, curl } = copyAs(route, parts, { origin, needsToken: false })
    t.ok(kops)
    const [byCurl, byKops] = [askedFor(curl), askedFor(await printed(kops ?? ''))]
    t.match(byKops, { ...byCurl, ...first })
  })
}

t.test('the token is never part of a command', async (t) => {
  const { curl } = copyAs('GET /api/brokers', {}, { origin, needsToken: true })
  t.match(curl, /-H "Authorization: Bearer \$KOPS_TOKEN"/)
})

t.test('what is in no file that a command could name has curl only', async (t) => {
  const options = { origin, needsToken: false }
  t.equal(copyAs('POST /api/gamedays', { body: first.plan }, options).kops, undefined)
  t.equal(
    copyAs('POST /api/drills', { body: { kind: 'broker-stop', node: 'kafka-1', load: steady } }, options).kops,
    undefined
  )
  const dry = copyAs(
    'POST /api/gamedays',
    { query: { dryRun: true }, body: first.plan, files: { gameDay: 'first' } },
    options
  )
  t.equal(dry.kops, 'kops drill gameday first --dry-run')
  t.notMatch(dry.curl, /files/)
})

t.test('a change that no single command makes has curl only', async (t) => {
  const body = { configs: { a: '1', b: null } }
  const { kops, curl } = copyAs(
    'PATCH /api/topics/{topicName}/configs',
    { params: { topicName: 't' }, body },
    { origin, needsToken: false }
  )
  t.equal(kops, undefined)
  t.match(curl, /-X PATCH .* -d '\{"configs":\{"a":"1","b":null\}\}'/)
})
