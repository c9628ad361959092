// Runs alone: it holds that nothing in the cluster changes.
import fc from 'fast-check'
import type { Admin } from 'kafkajs'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { ProblemSchema } from '#shared/contracts/common.ts'
import {
  type Answer,
  ask,
  everything,
  independentAdmin,
  overridesOf,
  ownTopic
} from '../../integration/admin/service.ts'
import { operationsIn } from '../../unit/documents.ts'
import { requestsOf } from '../../unit/hostile-requests.ts'

type Request = Parameters<typeof ask>

/** The cluster's contents, read by another client. */
async function stateOf(kafka: Admin, topic: string) {
  const { groups } = await kafka.listGroups()
  return {
    topics: await everything(kafka),
    overrides: await overridesOf(kafka, topic),
    ends: (await kafka.fetchTopicOffsets(topic)).map(({ low, high }) => `${low}-${high}`),
    committed: await kafka.fetchOffsets({ groupId: `${topic}-group`, topics: [topic] }),
    groups: groups
      .map(({ groupId }) => groupId)
      .filter((group) => group.startsWith('test-admin'))
      .sort()
  }
}

function holds(t: Test, request: string, { status, headers, body }: Answer): void {
  // To the reader of test results, U+2028 and U+2029 end a line, and the test with it.
  const what = request.replace(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`)
  const said = JSON.stringify(body)
    .slice(0, 400)
    .replace(/[\u2028\u2029]/g, '?')
  t.ok(status < 500, `${what}: ${status} ${said}`)
  if (status < 400) return
  t.equal(headers['content-type'], 'application/problem+json', what)
  t.ok(Value.Check(ProblemSchema, body), what)
  if (status === 400) t.ok(Array.isArray(body['errors']) && body['errors'].length > 0, `${what}: names its field`)
}

/** A topic of three partitions with one record, and a group that has committed offsets of it. */
async function subject(t: Test, kafka: Admin): Promise<string> {
  const topic = ownTopic(t, 'bounds')
  const made = await ask('POST', '/api/topics', { name: topic, partitions: 3, replicationFactor: 3 })
  t.equal(made.status, 201)
  const records = [{ partition: 0, value: { a: 1 } }]
  t.equal((await ask('POST', `/api/topics/${topic}/messages`, { records })).status, 201)
  await kafka.setOffsets({ groupId: `${topic}-group`, topic, partitions: [{ partition: 0, offset: '1' }] })
  t.teardown(() => kafka.deleteGroups([`${topic}-group`]))
  return topic
}

const farAway = ['0001-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '2016-12-31T23:59:60Z', '9999-12-31T23:59:59.999Z']
const mostSafe = Number.MAX_SAFE_INTEGER
const strangeConfigs: [name: string, value: string][] = [
  ['retention.ms', '-2'],
  ['retention.ms', ''],
  ['retention.ms', '1e3'],
  ['retention.ms', '9223372036854775808'],
  ['segment.bytes', '13'],
  ['segment.bytes', '2147483648'],
  ['max.message.bytes', '-1'],
  ['min.insync.replicas', '0'],
  ['min.cleanable.dirty.ratio', '2'],
  ['cleanup.policy', 'burn'],
  ['compression.type', 'rar'],
  ['message.timestamp.type', 'Never'],
  ['unclean.leader.election.enable', 'maybe'],
  ['leader.replication.throttled.replicas', 'x'],
  ['retention.days', '7'],
  ['', '1'],
  ['toString', '1'],
  ['🦄', '1'],
  ['cleanup.policy', '🦄'],
  ['cleanup.policy', 'x'.repeat(8000)],
  ['cleanup.policy', '🦄'.repeat(8000)],
  ['cleanup.policy', 'x'.repeat(40_000)],
  ['x'.repeat(249), '1'],
  ['x'.repeat(40_000), '1'],
  ['retention.ms', '\u0000'],
  ['retention.ms', '\ud800']
]

/** In bounds for kops or just past them, and for Kafka to refuse or to take: none of them changes anything. */
function harmless(topic: string): Request[] {
  const at = `/api/topics/${topic}`
  const spec = { name: `${topic}-x`, partitions: 1, replicationFactor: 3 }
  const group = `/api/groups/${topic}-group`
  const partition = (number: number) => ({ topic, partition: number })
  return [
    ...['.', '..', '%2E', '%2E%2E', 'a'.repeat(250), '%00', '%ED%A0%80', '%F0%9F%A6%84'].map(
      (name): Request => [
        'GET',
        `/api/topics/${name.startsWith('.') ? encodeURIComponent(name).replaceAll('.', '%2E') : name}`
      ]
    ),
    ['GET', `/api/topics/${'a'.repeat(249)}`],
    ['DELETE', `/api/topics/${'a'.repeat(249)}`],
    ['POST', '/api/topics?dryRun=true', { ...spec, name: 'a'.repeat(249) }],
    ['POST', '/api/topics?dryRun=true', { ...spec, partitions: 10_000 }],
    ...['', '?dryRun=true'].flatMap((query): Request[] => [
      ['POST', `/api/topics${query}`, { ...spec, name: 'a'.repeat(250) }],
      ['POST', `/api/topics${query}`, { ...spec, partitions: 2 ** 31 - 1 }],
      ['POST', `/api/topics${query}`, { ...spec, partitions: 2 ** 31 }],
      ['POST', `/api/topics${query}`, { ...spec, replicationFactor: 100 }],
      ['POST', `/api/topics${query}`, { ...spec, replicationFactor: 32_767 }],
      ['POST', `/api/topics${query}`, { name: spec.name, assignment: [[2 ** 31 - 1]] }],
      ['POST', `/api/topics${query}`, { name: spec.name, assignment: [[2 ** 53 - 1]] }],
      ['POST', `/api/topics${query}`, { name: spec.name, assignment: [[1, 2], [1]] }],
      [
        'POST',
        `/api/topics/batch${query}`,
        { topics: [spec, { ...spec, name: `${topic}-y`, replicationFactor: 100 }] }
      ],
      ['POST', `/api/topics/batch${query}`, { topics: [spec, spec] }],
      ['POST', `${at}/partitions?partitions=2147483647${query.replace('?', '&')}`],
      ['POST', `${at}/partitions?partitions=1${query.replace('?', '&')}`],
      ['PUT', `${at}/replication-factor?replicationFactor=32767${query.replace('?', '&')}`],
      ['PUT', `${at}/replication-factor?replicationFactor=100${query.replace('?', '&')}`],
      ['DELETE', `${at}/records?partition=9999&beforeOffset=0${query.replace('?', '&')}`],
      ['DELETE', `${at}/records?partition=2147483647&beforeOffset=0${query.replace('?', '&')}`],
      ['DELETE', `${at}/records?beforeOffset=9223372036854775807${query.replace('?', '&')}`],
      ['DELETE', `${at}/records?beforeOffset=-1${query.replace('?', '&')}`],
      ['POST', `${group}/reset-offsets${query}`, { to: 'offsets', offsets: [{ ...partition(0), offset: 2 ** 63 }] }],
      [
        'POST',
        `${group}/reset-offsets${query}`,
        { to: 'offsets', offsets: [{ ...partition(2 ** 31 - 1), offset: 0 }] }
      ],
      ['POST', `${group}/reset-offsets${query}`, { to: 'earliest', topics: [{ topic: 'a'.repeat(249) }] }],
      ['POST', `${group}/reset-offsets${query}`, { to: 'shiftBy', shiftBy: 2 ** 53 }],
      ['POST', `/api/reassignments${query}`, { partitions: [{ ...partition(0), replicas: [2 ** 31 - 1] }] }],
      ['POST', `/api/reassignments${query}`, { partitions: [{ ...partition(0), replicas: [2 ** 53 - 1] }] }],
      ['POST', `/api/reassignments${query}`, { partitions: [{ ...partition(2 ** 31), replicas: [1, 2, 3] }] }],
      ['POST', `/api/elections${query}`, { kind: 'preferred', partitions: [partition(2 ** 31 - 1)] }],
      ['POST', `/api/elections${query}`, { kind: 'preferred', partitions: [partition(2 ** 53)] }],
      ['POST', `/api/brokers/2147483647/drain${query}`, {}],
      ['POST', `${at}/messages${query}`, { records: [{ value: 'x', partition: 2 ** 31 - 1 }] }],
      ['POST', `${at}/messages${query}`, { records: [{ value: '%%%', valueEncoding: 'base64' }] }],
      ['POST', `${at}/messages${query}`, { records: [{ value: 'x'.repeat(3_000_000) }] }],
      ...strangeConfigs.flatMap(([name, value]): Request[] => [
        ['POST', `/api/topics${query}`, { ...spec, configs: { [name]: value } }],
        ['PATCH', `${at}/configs${query}`, { configs: { [name]: value } }]
      ])
    ]),
    ...farAway.flatMap((time): Request[] => [
      ['POST', `${group}/reset-offsets?dryRun=true`, { to: 'timestamp', timestamp: time }],
      ['DELETE', `${at}/records?dryRun=true&beforeTime=${time}`],
      ['GET', `${at}/messages?from=timestamp&timestamp=${time}`],
      ['GET', `/api/audit?limit=1&from=${time}&to=${time}`]
    ]),
    ['POST', `${group}/reset-offsets?dryRun=true`, { to: 'offsets', offsets: [{ ...partition(0), offset: mostSafe }] }],
    ['POST', `${group}/reset-offsets?dryRun=true`, { to: 'shiftBy', shiftBy: mostSafe }],
    ['POST', `${group}/reset-offsets?dryRun=true`, { to: 'shiftBy', shiftBy: -mostSafe }],
    ['POST', `${group}/reset-offsets?dryRun=true`, { to: 'durationBack', durationMs: 31_536_000_000 * 100 }],
    ['DELETE', `${at}/records?dryRun=true&beforeOffset=${mostSafe}`],
    ['GET', `${at}/messages?from=offset&offset=${mostSafe}`],
    ['GET', `${at}/messages?from=offset&offset=9223372036854775807`],
    ['GET', `${at}/messages?partition=2147483647`],
    ['GET', `${at}/messages?cursor=${encodeURIComponent('🦄')}`],
    ['GET', '/api/topics?cursor=AAAA&limit=1'],
    ['GET', `/api/topics?name=${encodeURIComponent('İß🦄')}`],
    ['GET', '/api/brokers/2147483647'],
    ['GET', '/api/brokers/9007199254740993'],
    ['GET', '/api/brokers/2147483647/configs'],
    ['PATCH', '/api/brokers/2147483647/configs', { configs: { 'log.cleaner.threads': '2' } }],
    ...['分组', 'مجموعة', '🦄 e\u0301', '..', 'a/b%', '*', 'g'.repeat(1000), '🦄'.repeat(500)].flatMap(
      (name): Request[] => {
        const path = `/api/groups/${encodeURIComponent(name).replaceAll('.', '%2E')}`
        return [
          ['GET', path],
          ['DELETE', path],
          ['DELETE', `${path}/offsets?topic=${topic}`],
          ['POST', `${path}/reset-offsets?dryRun=true`, { to: 'latest', topics: [{ topic }] }]
        ]
      }
    ),
    ['GET', '/api/groups/%ED%A0%80'],
    ['GET', '/api/groups/%00']
  ]
}

t.test(
  'values at the limits that kops or Kafka refuses yield a problem, never a 500, and change nothing',
  async (t) => {
    const kafka = await independentAdmin(t)
    const topic = await subject(t, kafka)
    const before = await stateOf(kafka, topic)
    for (const request of harmless(topic)) {
      const [method, path, body] = request
      const what = `${method} ${path.slice(0, 150)} ${JSON.stringify(body ?? '').slice(0, 200)}`
      const answer = await ask(...request)
      holds(t, what, answer)
      // Requests other than readings and dry runs should have been refused.
      if (method !== 'GET' && !path.includes('dryRun=true') && answer.status < 400) {
        t.ok(
          answer.body['applied'] === false || nothingDone(answer.body),
          `${what} does nothing: ${JSON.stringify(answer.body)}`
        )
      }
    }
    t.same(await stateOf(kafka, topic), before)
  }
)

/** An answer that reports for each of its parts that nothing was done. */
function nothingDone(body: Answer['body']): boolean {
  return JSON.stringify(body).includes('"applied":false') || JSON.stringify(body).includes('"changes":0')
}

t.test('a topic with the longest name can be created, described, written to, and deleted', async (t) => {
  const stem = ownTopic(t, 'long')
  const name = stem.padEnd(249, 'x')
  t.teardown(() => ask('DELETE', `/api/topics/${name}?force=true&reason=test`))
  t.equal((await ask('POST', '/api/topics', { name, partitions: 1, replicationFactor: 3 })).status, 201)
  t.match(await ask('GET', `/api/topics/${name}`), { status: 200, body: { name } })
  t.equal((await ask('POST', `/api/topics/${name}/messages`, { records: [{ value: '🦄' }] })).status, 201)
  t.match(await ask('GET', `/api/topics/${name}/messages?from=earliest`), { body: { messages: [{ value: '🦄' }] } })
  t.equal((await ask('DELETE', `/api/topics/${name}?force=true&reason=test`)).status, 200)
})

t.test('any reading or dry run is answered without a 500, and changes nothing', async (t) => {
  const kafka = await independentAdmin(t)
  const topic = await subject(t, kafka)
  const before = await stateOf(kafka, topic)
  const { body: document } = await ask('GET', '/docs/json')
  for (const { method, path, operation } of operationsIn(document)) {
    const plans = operation.parameters?.some(({ name }) => name === 'dryRun')
    if (path.endsWith('/tail') || (method !== 'GET' && !plans && !path.endsWith('/plan'))) continue
    await fc.assert(
      fc.asyncProperty(requestsOf(operation, path, document), async ({ url, body }) => {
        const [at, search = ''] = url.replace('/topics/x/', `/topics/${topic}/`).split('?')
        const pairs = search.split('&').filter((pair) => pair !== '' && !pair.startsWith('dryRun='))
        if (plans) pairs.push('dryRun=true')
        holds(
          t,
          `${method} ${url.slice(0, 300)} ${body?.slice(0, 300)}`,
          await ask(method, `${at}?${pairs.join('&')}`, body)
        )
      }),
      { numRuns: 8, seed: Number(process.env['KOPS_TEST_SEED'] ?? 1), endOnFailure: true }
    )
  }
  t.same(await stateOf(kafka, topic), before)
})
